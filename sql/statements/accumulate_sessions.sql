-- Adds new events to their open sessions. $1 staging ids of new events, $2 sessions that are built again from all their events.
WITH gathered AS MATERIALIZED (
  SELECT
    event.*,
    acc.site_session_hk IS NULL AS is_new
  FROM (
    SELECT
      coalesce(part.site_session_hk, s.session_slice_hk) AS site_session_hk,
      s.tenant_hk,
      min(s.received_timestamp) AS first_load_date,
      max(s.received_timestamp) AS last_load_date,
      min(s.site_event_hk) AS first_event_hk,
      max(s.site_event_hk) AS last_event_hk,
      min(s.site_event_hk) FILTER (WHERE s.event_type = 'page_view') AS entry_event_hk,
      max(s.site_event_hk) FILTER (WHERE s.event_type = 'page_view') AS exit_event_hk,
      coalesce(sum(s.event_value), 0) AS total_conversion_value,
      count(*) AS total_events,
      count(*) FILTER (WHERE s.event_type = 'page_view') AS total_page_views,
      count(*) FILTER (WHERE business.is_interaction(s.event_type)) AS total_interactions,
      count(*) FILTER (WHERE s.event_type = 'transaction_step') AS transaction_steps,
      count(*) FILTER (WHERE s.event_type = 'transaction_step' AND s.event_action = 'complete') AS transactions_completed
    FROM staging.site_events_staging AS s
    LEFT JOIN business.derived_session_slices AS part
      ON part.session_slice_hk = s.session_slice_hk AND s.slice_start IS NOT NULL
    WHERE s.staging_event_id = ANY ($1::bigint[])
      AND coalesce(part.site_session_hk, s.session_slice_hk) <> ALL ($2::bytea[])
    GROUP BY coalesce(part.site_session_hk, s.session_slice_hk), s.tenant_hk
  ) AS event
  LEFT JOIN business.site_session_acc AS acc ON acc.site_session_hk = event.site_session_hk
),
grown AS (
  UPDATE business.site_session_acc AS acc
  SET
    first_load_date = least(acc.first_load_date, gathered.first_load_date),
    first_event_hk = least(acc.first_event_hk, gathered.first_event_hk),
    entry_event_hk = least(acc.entry_event_hk, gathered.entry_event_hk),
    last_load_date = greatest(acc.last_load_date, gathered.last_load_date),
    last_event_hk = greatest(acc.last_event_hk, gathered.last_event_hk),
    exit_event_hk = greatest(acc.exit_event_hk, gathered.exit_event_hk),
    total_conversion_value = acc.total_conversion_value + gathered.total_conversion_value,
    total_events = acc.total_events + gathered.total_events,
    total_page_views = acc.total_page_views + gathered.total_page_views,
    total_interactions = acc.total_interactions + gathered.total_interactions,
    transaction_steps = acc.transaction_steps + gathered.transaction_steps,
    transactions_completed = acc.transactions_completed + gathered.transactions_completed,
    has_changed = true
  FROM gathered
  WHERE acc.site_session_hk = gathered.site_session_hk
    AND NOT gathered.is_new
)
INSERT INTO business.site_session_acc (
  site_session_hk, tenant_hk, first_load_date, last_load_date, first_event_hk, last_event_hk, entry_event_hk, exit_event_hk,
  total_conversion_value, total_events, total_page_views, total_interactions, transaction_steps, transactions_completed,
  has_changed
)
SELECT
  site_session_hk, tenant_hk, first_load_date, last_load_date, first_event_hk, last_event_hk, entry_event_hk, exit_event_hk,
  total_conversion_value, total_events, total_page_views, total_interactions, transaction_steps, transactions_completed,
  true
FROM gathered
WHERE is_new
