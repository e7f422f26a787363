-- Which words others' events say too, in the same place. A place that no word is asked for costs nothing.
-- $1 tenant key, $2 keys of the visitors who do not count, $3 places and $4 words, side by side.
WITH asked AS MATERIALIZED (
  SELECT word.place, word.said
  FROM unnest($3::text[], $4::text[]) AS word (place, said)
),
excluded AS MATERIALIZED (
  SELECT visitor.hk
  FROM unnest($2::bytea[]) AS visitor (hk)
)
SELECT DISTINCT 'event_type' AS place, event.event_type::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.event_type IN (SELECT asked.said FROM asked WHERE asked.place = 'event_type')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'event_category' AS place, event.event_category::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.event_category IN (SELECT asked.said FROM asked WHERE asked.place = 'event_category')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'event_action' AS place, event.event_action::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.event_action IN (SELECT asked.said FROM asked WHERE asked.place = 'event_action')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'event_label' AS place, event.event_label::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.event_label IN (SELECT asked.said FROM asked WHERE asked.place = 'event_label')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'business_item_type' AS place, event.business_item_type::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.business_item_type IN (SELECT asked.said FROM asked WHERE asked.place = 'business_item_type')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'transaction_funnel_step' AS place, event.transaction_funnel_step::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.transaction_funnel_step IN (SELECT asked.said FROM asked WHERE asked.place = 'transaction_funnel_step')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'conversion_funnel_stage' AS place, event.conversion_funnel_stage::text AS word
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.conversion_funnel_stage IN (SELECT asked.said FROM asked WHERE asked.place = 'conversion_funnel_stage')
  AND event.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'device_type', state.device_type::text
FROM business.site_visitor_state_r AS state
WHERE state.tenant_hk = $1
  AND state.device_type IN (SELECT asked.said FROM asked WHERE asked.place = 'device_type')
  AND state.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'browser_name', state.browser_name::text
FROM business.site_visitor_state_r AS state
WHERE state.tenant_hk = $1
  AND state.browser_name IN (SELECT asked.said FROM asked WHERE asked.place = 'browser_name')
  AND state.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
UNION ALL
SELECT DISTINCT 'operating_system', state.operating_system::text
FROM business.site_visitor_state_r AS state
WHERE state.tenant_hk = $1
  AND state.operating_system IN (SELECT asked.said FROM asked WHERE asked.place = 'operating_system')
  AND state.site_visitor_hk NOT IN (SELECT excluded.hk FROM excluded)
