-- Which pages others have seen too. $1 tenant key, $2 keys of the visitors who do not count, $3 keys of pages.
SELECT DISTINCT event.site_page_hk AS key
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.site_page_hk IN (SELECT unnest($3::bytea[]))
  AND event.site_visitor_hk NOT IN (SELECT unnest($2::bytea[]))
