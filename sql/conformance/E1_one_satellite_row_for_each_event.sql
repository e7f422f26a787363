-- Every event has exactly one row in its satellite, and the satellite no row of another.
SELECT 'site_event_details_s' AS relation, coalesce(hub.site_event_hk, satellite.site_event_hk) AS offending_key
FROM (SELECT DISTINCT site_event_hk FROM business.site_event_h) AS hub
FULL JOIN (
  SELECT site_event_hk, count(*) AS rows FROM business.site_event_details_s GROUP BY site_event_hk
) AS satellite ON satellite.site_event_hk = hub.site_event_hk
WHERE hub.site_event_hk IS NULL OR satellite.rows IS DISTINCT FROM 1
