-- Lands one request; raw.land_request says how.
--
-- $1 tenant id, $2 site id, $3 record source, $4 user agent, $5 address pseudonym, $6 visitor pseudonym,
-- $7 the bytes of all events, and for each event $8 registry key, $9 event id, $10 payload fingerprint,
-- $11 first byte (from 1), $12 length in bytes, $13 context (jsonb text) or null; $14 envelope (jsonb text) or null.
SELECT landed.index, landed.request_id::text AS request_id, landed.is_conflict, landed.is_raced
FROM raw.land_request($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, true) AS landed
