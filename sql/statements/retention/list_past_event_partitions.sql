-- Partitions of events that are over and take up space, oldest first.
SELECT part.starts_on::text AS range_start, part.ends_on::text AS range_end
FROM pg_inherits
JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
CROSS JOIN LATERAL (SELECT substring(child.relname FROM '^site_event_nl_([0-9]+)$') AS digits) AS named
CROSS JOIN LATERAL (
  SELECT to_date(rpad(named.digits, 6, '01'), 'YYYYMM') AS starts_on
) AS begun
CROSS JOIN LATERAL (
  SELECT
    begun.starts_on,
    (begun.starts_on + CASE length(named.digits) WHEN 4 THEN interval '1 year' ELSE interval '1 month' END)::date AS ends_on
) AS part
WHERE pg_inherits.inhparent = 'business.site_event_nl'::regclass
  AND part.ends_on::timestamp AT TIME ZONE 'UTC' < CURRENT_TIMESTAMP
  AND pg_relation_size(child.oid) > 0
ORDER BY part.starts_on
