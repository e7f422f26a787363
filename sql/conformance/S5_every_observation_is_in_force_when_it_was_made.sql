-- The state in force at the load date of an event is the one the event observed; of one instant the last event speaks. Left out: what waits for repair, and keys beyond a hundred changes a day.
WITH visitor_observed AS (
  SELECT DISTINCT ON (event.site_visitor_hk, event.load_date) event.site_visitor_hk, event.load_date, event.visitor_state_id
  FROM business.site_event_nl AS event
  JOIN business.site_visitor_state_r AS state
    ON state.site_visitor_hk = event.site_visitor_hk AND state.visitor_state_id = event.visitor_state_id
  WHERE event.event_type = 'page_view'
     OR num_nonnulls(
       state.screen_resolution, state.viewport_size, state.timezone, state.language, state.do_not_track,
       state.device_pixel_ratio
     ) > 0
  ORDER BY event.site_visitor_hk, event.load_date, event.site_event_hk DESC
),
visitor_capped AS (
  SELECT DISTINCT site_visitor_hk
  FROM business.site_visitor_history
  GROUP BY site_visitor_hk, (load_date AT TIME ZONE 'UTC')::date
  HAVING count(*) >= 100
),
page_observed AS (
  SELECT DISTINCT ON (site_page_hk, load_date) site_page_hk, load_date, page_state_id
  FROM business.site_event_nl
  WHERE page_state_id IS NOT NULL
  ORDER BY site_page_hk, load_date, site_event_hk DESC
),
page_capped AS (
  SELECT DISTINCT site_page_hk
  FROM business.site_page_history
  GROUP BY site_page_hk, (load_date AT TIME ZONE 'UTC')::date
  HAVING count(*) >= 100
),
item_observed AS (
  SELECT DISTINCT ON (business_item_hk, load_date) business_item_hk, load_date, item_state_id
  FROM business.event_business_item_nl
  WHERE describes_item
  ORDER BY business_item_hk, load_date, site_event_hk DESC
),
item_capped AS (
  SELECT DISTINCT business_item_hk
  FROM business.business_item_history
  GROUP BY business_item_hk, (load_date AT TIME ZONE 'UTC')::date
  HAVING count(*) >= 100
)
SELECT 'site_visitor_history' AS relation, observed.site_visitor_hk AS offending_key
FROM visitor_observed AS observed
LEFT JOIN LATERAL (
  SELECT history.visitor_state_id
  FROM business.site_visitor_history AS history
  WHERE history.site_visitor_hk = observed.site_visitor_hk
    AND history.load_date <= observed.load_date
  ORDER BY history.load_date DESC, history.site_event_hk DESC
  LIMIT 1
) AS in_force ON true
WHERE in_force.visitor_state_id IS DISTINCT FROM observed.visitor_state_id
  AND NOT EXISTS (SELECT 1 FROM visitor_capped AS capped WHERE capped.site_visitor_hk = observed.site_visitor_hk)
  AND NOT EXISTS (
    SELECT 1
    FROM business.late_observations AS late
    WHERE late.history = 'site_visitor_history' AND late.parent_hk = observed.site_visitor_hk AND late.since <= observed.load_date
  )
UNION ALL
SELECT 'site_page_history', observed.site_page_hk
FROM page_observed AS observed
LEFT JOIN LATERAL (
  SELECT history.page_state_id
  FROM business.site_page_history AS history
  WHERE history.site_page_hk = observed.site_page_hk
    AND history.load_date <= observed.load_date
  ORDER BY history.load_date DESC, history.site_event_hk DESC
  LIMIT 1
) AS in_force ON true
WHERE in_force.page_state_id IS DISTINCT FROM observed.page_state_id
  AND NOT EXISTS (SELECT 1 FROM page_capped AS capped WHERE capped.site_page_hk = observed.site_page_hk)
  AND NOT EXISTS (
    SELECT 1
    FROM business.late_observations AS late
    WHERE late.history = 'site_page_history' AND late.parent_hk = observed.site_page_hk AND late.since <= observed.load_date
  )
UNION ALL
SELECT 'business_item_history', observed.business_item_hk
FROM item_observed AS observed
LEFT JOIN LATERAL (
  SELECT history.item_state_id
  FROM business.business_item_history AS history
  WHERE history.business_item_hk = observed.business_item_hk
    AND history.load_date <= observed.load_date
  ORDER BY history.load_date DESC, history.site_event_hk DESC
  LIMIT 1
) AS in_force ON true
WHERE in_force.item_state_id IS DISTINCT FROM observed.item_state_id
  AND NOT EXISTS (SELECT 1 FROM item_capped AS capped WHERE capped.business_item_hk = observed.business_item_hk)
  AND NOT EXISTS (
    SELECT 1
    FROM business.late_observations AS late
    WHERE late.history = 'business_item_history' AND late.parent_hk = observed.business_item_hk AND late.since <= observed.load_date
  )
