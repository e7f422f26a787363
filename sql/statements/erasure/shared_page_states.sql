-- In which states others have seen pages, with what each says and how many they were; the most of them first.
-- $1 tenant key, $2 keys of the visitors who do not count, $3 keys of pages.
SELECT
  seen.site_page_hk, seen.page_state_id::text AS page_state_id, seen.visitors, state.page_title, state.page_category, state.page_type
FROM (
  SELECT event.site_page_hk, event.page_state_id, count(DISTINCT event.site_visitor_hk)::integer AS visitors
  FROM business.site_event_nl AS event
  WHERE event.tenant_hk = $1
    AND event.site_page_hk IN (SELECT unnest($3::bytea[]))
    AND event.page_state_id IS NOT NULL
    AND event.site_visitor_hk NOT IN (SELECT unnest($2::bytea[]))
  GROUP BY event.site_page_hk, event.page_state_id
) AS seen
JOIN business.site_page_state_r AS state
  ON state.site_page_hk = seen.site_page_hk AND state.page_state_id = seen.page_state_id
ORDER BY seen.site_page_hk, seen.visitors DESC, seen.page_state_id
