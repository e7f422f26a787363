-- The days a question is about and, if it compares, the days it compares with. $1 tenant, $2 site, $3 time zone, $4 first day, $5 last
-- day, $6 number of days, $7 none, previous or year. Null where the question leaves it open. No row for a site that is not the tenant's.
SELECT
  zone.name AS time_zone,
  asked.day_from::text AS date_from,
  asked.day_to::text AS date_to,
  asked.day_to - asked.day_from AS days_between,
  util.day_start(asked.day_from, zone.name)::text AS from_time,
  util.day_start(asked.day_to + 1, zone.name)::text AS until_time,
  earlier.day_from::text AS earlier_date_from,
  earlier.day_to::text AS earlier_date_to,
  util.day_start(earlier.day_from, zone.name)::text AS earlier_from_time,
  util.day_start(earlier.day_to + 1, zone.name)::text AS earlier_until_time
FROM (SELECT $2::text AS site_id) AS named
LEFT JOIN auth.sites AS site ON site.tenant_hk = $1 AND site.site_id = named.site_id
CROSS JOIN LATERAL (SELECT coalesce($3::text, site.time_zone, 'UTC') AS name) AS zone
CROSS JOIN LATERAL (SELECT coalesce($5::date, (CURRENT_TIMESTAMP AT TIME ZONE zone.name)::date) AS day_to) AS last
CROSS JOIN LATERAL (SELECT coalesce($4::date, last.day_to - coalesce($6::integer - 1, 30)) AS day_from, last.day_to) AS asked
CROSS JOIN LATERAL (
  SELECT
    CASE $7::text
      WHEN 'previous' THEN asked.day_from - (asked.day_to - asked.day_from + 1)
      WHEN 'year' THEN (asked.day_from - interval '1 year')::date
    END AS day_from,
    CASE $7::text
      WHEN 'previous' THEN asked.day_from - 1
      WHEN 'year' THEN (asked.day_to - interval '1 year')::date
    END AS day_to
) AS earlier
WHERE named.site_id IS NULL
   OR site.site_id IS NOT NULL
