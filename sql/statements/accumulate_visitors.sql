-- Adds new events to their visitors. $1 staging ids of new events, $2 the links of session slices to visitors that are new,
-- $3 the visitor of each session that became part of another, once for each.
WITH gathered AS MATERIALIZED (
  SELECT
    event.*,
    -- A session more for each slice that is new, one less for each that goes on with the session before it.
    event.new_slices - (SELECT count(*) FROM unnest($3::bytea[]) AS joined (hk) WHERE joined.hk = event.site_visitor_hk)
      AS total_sessions,
    acc.site_visitor_hk IS NULL AS is_new,
    coalesce(
      (event.is_described, event.observed_load_date, event.observed_event_hk)
        > (acc.is_described, acc.observed_load_date, acc.observed_event_hk),
      true
    ) AS is_newest
  FROM (
    SELECT
      s.site_visitor_hk,
      s.tenant_hk,
      min(s.event_timestamp) AS first_event_at,
      max(s.event_timestamp) AS last_event_at,
      min(s.received_timestamp) AS first_load_date,
      max(s.received_timestamp) AS last_load_date,
      coalesce(sum(s.event_value), 0) AS lifetime_value,
      count(*) FILTER (WHERE s.event_type = 'page_view') AS total_page_views,
      count(*) AS total_events,
      count(*) FILTER (WHERE s.event_type = 'transaction_step' AND s.event_action = 'complete') AS total_transactions,
      -- IS TRUE keeps the planner from a join, whose size it cannot guess; it looks the links up in a hash table.
      count(DISTINCT s.link_session_visitor_hk)
        FILTER (WHERE (s.link_session_visitor_hk IN (SELECT link.hk FROM unnest($2::bytea[]) AS link (hk))) IS TRUE) AS new_slices,
      bool_or(s.describes_visitor) AS is_described,
      (array_agg(s.received_timestamp ORDER BY s.describes_visitor DESC, s.received_timestamp DESC, s.site_event_hk DESC))[1]
        AS observed_load_date,
      (array_agg(s.site_event_hk ORDER BY s.describes_visitor DESC, s.received_timestamp DESC, s.site_event_hk DESC))[1]
        AS observed_event_hk,
      (array_agg(s.visitor_state_id ORDER BY s.describes_visitor DESC, s.received_timestamp DESC, s.site_event_hk DESC))[1]
        AS visitor_state_id
    FROM staging.site_events_staging AS s
    WHERE s.staging_event_id = ANY ($1::bigint[])
    GROUP BY s.site_visitor_hk, s.tenant_hk
  ) AS event
  LEFT JOIN business.site_visitor_acc AS acc ON acc.site_visitor_hk = event.site_visitor_hk
),
grown AS (
  UPDATE business.site_visitor_acc AS acc
  SET
    has_changed = true,
    first_load_date = least(acc.first_load_date, gathered.first_load_date),
    first_event_at = least(acc.first_event_at, gathered.first_event_at),
    last_event_at = greatest(acc.last_event_at, gathered.last_event_at),
    last_load_date = greatest(acc.last_load_date, gathered.last_load_date),
    lifetime_value = acc.lifetime_value + gathered.lifetime_value,
    total_sessions = acc.total_sessions + gathered.total_sessions,
    total_page_views = acc.total_page_views + gathered.total_page_views,
    total_events = acc.total_events + gathered.total_events,
    total_transactions = acc.total_transactions + gathered.total_transactions,
    is_described = CASE WHEN gathered.is_newest THEN gathered.is_described ELSE acc.is_described END,
    observed_load_date = CASE WHEN gathered.is_newest THEN gathered.observed_load_date ELSE acc.observed_load_date END,
    observed_event_hk = CASE WHEN gathered.is_newest THEN gathered.observed_event_hk ELSE acc.observed_event_hk END,
    visitor_state_id = CASE WHEN gathered.is_newest THEN gathered.visitor_state_id ELSE acc.visitor_state_id END
  FROM gathered
  WHERE acc.site_visitor_hk = gathered.site_visitor_hk
    AND NOT gathered.is_new
)
INSERT INTO business.site_visitor_acc (
  site_visitor_hk, tenant_hk, has_changed, first_load_date, first_event_at, last_event_at, last_load_date, lifetime_value,
  total_sessions, total_page_views, total_events, total_transactions, is_described, observed_load_date, observed_event_hk,
  visitor_state_id
)
SELECT
  site_visitor_hk, tenant_hk, true, first_load_date, first_event_at, last_event_at, last_load_date, lifetime_value,
  total_sessions, total_page_views, total_events, total_transactions, is_described, observed_load_date, observed_event_hk,
  visitor_state_id
FROM gathered
WHERE is_new
