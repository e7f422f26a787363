-- Makes the slices of sessions part of the ones they join. $1 sessions that end as such, $2 the session each becomes part of.
UPDATE business.derived_session_slices AS part
SET site_session_hk = joined.into_hk
FROM unnest($1::bytea[], $2::bytea[]) AS joined (absorbed_hk, into_hk)
WHERE part.site_session_hk = joined.absorbed_hk
