-- Partitions of the raw layer whose week is over, oldest first. $1 as of when.
SELECT week.starts_on::text AS week_start
FROM pg_inherits
JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
CROSS JOIN LATERAL (SELECT to_date(substring(child.relname FROM '^site_tracking_requests_r_([0-9]{8})$'), 'YYYYMMDD') AS starts_on) AS week
WHERE pg_inherits.inhparent = 'raw.site_tracking_requests_r'::regclass
  AND (week.starts_on + 7)::timestamp AT TIME ZONE 'UTC' < $1
ORDER BY week.starts_on
