-- The counters of open sessions equal a recomputation from their events, and a session that became part of another has none.
WITH expected AS (
  SELECT
    coalesce(part.site_session_hk, event.session_slice_hk) AS site_session_hk,
    min(event.load_date) AS first_load_date,
    max(event.load_date) AS last_load_date,
    coalesce(sum(event.event_value), 0) AS total_conversion_value,
    count(*) AS total_events,
    count(*) FILTER (WHERE event.event_type = 'page_view') AS total_page_views,
    count(*) FILTER (WHERE event.event_type NOT IN ('page_view', 'page_visibility', 'scroll', 'scroll_depth')) AS total_interactions,
    count(*) FILTER (WHERE event.event_type = 'transaction_step') AS transaction_steps,
    count(*) FILTER (WHERE event.event_type = 'transaction_step' AND event.event_action = 'complete') AS transactions_completed,
    min(encode(event.site_event_hk, 'hex') COLLATE "C") AS first_event,
    max(encode(event.site_event_hk, 'hex') COLLATE "C") AS last_event,
    min(encode(event.site_event_hk, 'hex') COLLATE "C") FILTER (WHERE event.event_type = 'page_view') AS entry_event,
    max(encode(event.site_event_hk, 'hex') COLLATE "C") FILTER (WHERE event.event_type = 'page_view') AS exit_event
  FROM business.site_event_nl AS event
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = event.session_slice_hk
  GROUP BY coalesce(part.site_session_hk, event.session_slice_hk)
)
SELECT 'site_session_acc' AS relation, acc.site_session_hk AS offending_key
FROM business.site_session_acc AS acc
LEFT JOIN expected ON expected.site_session_hk = acc.site_session_hk
WHERE (
    acc.first_load_date, acc.last_load_date, acc.total_conversion_value, acc.total_events, acc.total_page_views,
    acc.total_interactions, acc.transaction_steps, acc.transactions_completed, encode(acc.first_event_hk, 'hex'),
    encode(acc.last_event_hk, 'hex'), encode(acc.entry_event_hk, 'hex'), encode(acc.exit_event_hk, 'hex')
  ) IS DISTINCT FROM (
    expected.first_load_date, expected.last_load_date, expected.total_conversion_value, expected.total_events,
    expected.total_page_views, expected.total_interactions, expected.transaction_steps, expected.transactions_completed,
    expected.first_event, expected.last_event, expected.entry_event, expected.exit_event
  )
