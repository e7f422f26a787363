-- $1 tenant id, $2 cut-off.
SELECT count(*) AS rows FROM raw.expired_requests($1, $2)
