-- Counts visitors again from the events that are left of them. $1 keys of visitors.
WITH event AS MATERIALIZED (
  SELECT
    e.site_visitor_hk, e.site_event_hk, e.event_timestamp, e.load_date, e.event_type, e.event_action, e.event_value, e.visitor_state_id,
    coalesce(part.site_session_hk, e.session_slice_hk) AS site_session_hk,
    business.describes_visitor(e.event_type, state) AS is_described
  FROM business.session_slice_visitor_l AS link
  JOIN business.site_event_nl AS e
    ON e.session_slice_hk = link.session_slice_hk AND e.site_visitor_hk = link.site_visitor_hk
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = e.session_slice_hk
  JOIN business.site_visitor_state_r AS state
    ON state.site_visitor_hk = e.site_visitor_hk AND state.visitor_state_id = e.visitor_state_id
  WHERE link.site_visitor_hk = ANY ($1::bytea[])
),
newest AS (
  SELECT DISTINCT ON (event.site_visitor_hk)
    event.site_visitor_hk, event.is_described, event.load_date, event.site_event_hk, event.visitor_state_id
  FROM event
  ORDER BY event.site_visitor_hk, event.is_described DESC, event.load_date DESC, event.site_event_hk DESC
),
counted AS (
  SELECT
    event.site_visitor_hk,
    min(event.load_date) AS first_load_date,
    max(event.load_date) AS last_load_date,
    min(event.event_timestamp) AS first_event_at,
    max(event.event_timestamp) AS last_event_at,
    coalesce(sum(event.event_value), 0) AS lifetime_value,
    count(DISTINCT event.site_session_hk) AS total_sessions,
    count(*) FILTER (WHERE event.event_type = 'page_view') AS total_page_views,
    count(*) AS total_events,
    count(*) FILTER (WHERE event.event_type = 'transaction_step' AND event.event_action = 'complete') AS total_transactions
  FROM event
  GROUP BY event.site_visitor_hk
)
UPDATE business.site_visitor_acc AS acc
SET
  has_changed = true,
  first_load_date = counted.first_load_date,
  last_load_date = counted.last_load_date,
  first_event_at = counted.first_event_at,
  last_event_at = counted.last_event_at,
  lifetime_value = counted.lifetime_value,
  total_sessions = counted.total_sessions,
  total_page_views = counted.total_page_views,
  total_events = counted.total_events,
  total_transactions = counted.total_transactions,
  is_described = newest.is_described,
  observed_load_date = newest.load_date,
  observed_event_hk = newest.site_event_hk,
  visitor_state_id = newest.visitor_state_id
FROM counted
JOIN newest ON newest.site_visitor_hk = counted.site_visitor_hk
WHERE acc.site_visitor_hk = counted.site_visitor_hk
