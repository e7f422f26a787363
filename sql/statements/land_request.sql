-- Lands one request for the tenant of its caller; raw.land_request says how.
--
-- $1 tenant key, $2 tenant id, $3 site id, $4 record source, $5 user agent, $6 address pseudonym, $7 visitor pseudonym,
-- $8 the bytes of all events, and for each event $9 registry key, $10 event id, $11 payload fingerprint,
-- $12 first byte (from 1), $13 length in bytes, $14 context (jsonb text) or null; $15 envelope (jsonb text) or null, $16 trace id
-- or null.
SELECT landed.index, landed.request_id::text AS request_id, landed.is_conflict, landed.is_raced
FROM raw.land_request_for($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AS landed
