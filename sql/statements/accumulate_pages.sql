-- Adds new events to their pages. $1 staging ids of new events.
WITH event AS MATERIALIZED (
  SELECT
    s.site_page_hk, s.tenant_hk, s.received_timestamp, s.site_event_hk, s.page_state_id,
    CASE
      WHEN s.event_type = 'page_view'
        THEN encode(substring(sha256(s.site_page_hk || s.site_visitor_hk) FROM 1 FOR 16), 'hex')::uuid
    END AS page_visitor_key
  FROM staging.site_events_staging AS s
  WHERE s.staging_event_id = ANY ($1::bigint[])
    AND s.page_state_id IS NOT NULL
),
-- The tenant's lock keeps everyone else from adding the same visitor.
met AS (
  INSERT INTO business.site_page_visitors (page_visitor_key)
  SELECT DISTINCT event.page_visitor_key
  FROM event
  WHERE event.page_visitor_key IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM business.site_page_visitors AS known WHERE known.page_visitor_key = event.page_visitor_key
    )
  RETURNING page_visitor_key
),
gathered AS MATERIALIZED (
  SELECT
    seen.*,
    acc.site_page_hk IS NULL AS is_new,
    coalesce((seen.last_load_date, seen.observed_event_hk) > (acc.last_load_date, acc.observed_event_hk), true) AS is_newest
  FROM (
    SELECT
      event.site_page_hk,
      event.tenant_hk,
      count(event.page_visitor_key) AS total_views,
      -- IS TRUE keeps the planner from a join, whose size it cannot guess.
      count(DISTINCT event.page_visitor_key)
        FILTER (WHERE (event.page_visitor_key IN (SELECT met.page_visitor_key FROM met)) IS TRUE) AS unique_visitors,
      max(event.received_timestamp) AS last_load_date,
      (array_agg(event.site_event_hk ORDER BY event.received_timestamp DESC, event.site_event_hk DESC))[1] AS observed_event_hk,
      (array_agg(event.page_state_id ORDER BY event.received_timestamp DESC, event.site_event_hk DESC))[1] AS page_state_id
    FROM event
    GROUP BY event.site_page_hk, event.tenant_hk
  ) AS seen
  LEFT JOIN business.site_page_acc AS acc ON acc.site_page_hk = seen.site_page_hk
),
grown AS (
  UPDATE business.site_page_acc AS acc
  SET
    has_changed = true,
    last_load_date = greatest(acc.last_load_date, gathered.last_load_date),
    total_views = acc.total_views + gathered.total_views,
    unique_visitors = acc.unique_visitors + gathered.unique_visitors,
    observed_event_hk = CASE WHEN gathered.is_newest THEN gathered.observed_event_hk ELSE acc.observed_event_hk END,
    page_state_id = CASE WHEN gathered.is_newest THEN gathered.page_state_id ELSE acc.page_state_id END
  FROM gathered
  WHERE acc.site_page_hk = gathered.site_page_hk
    AND NOT gathered.is_new
)
INSERT INTO business.site_page_acc (
  site_page_hk, tenant_hk, has_changed, last_load_date, total_views, unique_visitors, observed_event_hk, page_state_id
)
SELECT site_page_hk, tenant_hk, true, last_load_date, total_views, unique_visitors, observed_event_hk, page_state_id
FROM gathered
WHERE is_new
