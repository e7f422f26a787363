-- Takes one of a tenant's slots for questions until the transaction ends; no row when all are taken. $1 tenant id, $2 how many there are.
SELECT slot.number
FROM generate_series(1, $2::integer) AS slot (number)
WHERE pg_try_advisory_xact_lock(hashtextextended('analytics.question:' || slot.number || ':' || $1::text, 0))
LIMIT 1
