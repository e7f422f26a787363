-- Takes events that are gone out of the accumulators of their pages. $1 the events as a JSON array.
-- A visitor of whom no view of a page is left has not been there.
WITH gone AS MATERIALIZED (
  SELECT event.*
  FROM json_to_recordset($1::json) AS event (site_page_hk bytea, site_visitor_hk bytea, event_type text, page_state_id bigint)
  WHERE event.page_state_id IS NOT NULL
),
lost AS MATERIALIZED (
  SELECT pair.site_page_hk, pair.site_visitor_hk
  FROM (SELECT DISTINCT gone.site_page_hk, gone.site_visitor_hk FROM gone WHERE gone.event_type = 'page_view') AS pair
  WHERE NOT EXISTS (
    SELECT
    FROM business.session_slice_visitor_l AS link
    JOIN business.site_event_nl AS kept
      ON kept.session_slice_hk = link.session_slice_hk AND kept.site_visitor_hk = link.site_visitor_hk
    WHERE link.site_visitor_hk = pair.site_visitor_hk
      AND kept.site_page_hk = pair.site_page_hk
      AND kept.event_type = 'page_view'
      AND kept.page_state_id IS NOT NULL
  )
),
forgotten AS (
  DELETE FROM business.site_page_visitors AS known
  USING lost
  WHERE known.page_visitor_key = encode(substring(sha256(lost.site_page_hk || lost.site_visitor_hk) FROM 1 FOR 16), 'hex')::uuid
),
taken AS (
  SELECT
    gone.site_page_hk,
    count(*) FILTER (WHERE gone.event_type = 'page_view') AS total_views,
    (SELECT count(*) FROM lost WHERE lost.site_page_hk = gone.site_page_hk) AS unique_visitors
  FROM gone
  GROUP BY gone.site_page_hk
)
UPDATE business.site_page_acc AS acc
SET
  total_views = acc.total_views - taken.total_views,
  unique_visitors = acc.unique_visitors - taken.unique_visitors,
  has_changed = true
FROM taken
WHERE acc.site_page_hk = taken.site_page_hk
