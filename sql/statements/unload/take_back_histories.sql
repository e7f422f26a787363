-- Takes changes that events brought out of the histories, and has what came after them read again.
-- $1 tenant key, $2 the events that are gone and $3 their links to items, as JSON arrays.
WITH gone AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($2::json)
    AS event (site_event_hk bytea, load_date timestamptz, site_visitor_hk bytea, site_page_hk bytea)
),
gone_item AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($3::json) AS link (site_event_hk bytea, load_date timestamptz, business_item_hk bytea)
),
visitor AS (
  DELETE FROM business.site_visitor_history AS h
  USING gone
  WHERE h.site_visitor_hk = gone.site_visitor_hk
    AND h.load_date = gone.load_date
    AND h.site_event_hk = gone.site_event_hk
  RETURNING h.site_visitor_hk AS parent_hk, h.load_date
),
page AS (
  DELETE FROM business.site_page_history AS h
  USING gone
  WHERE h.site_page_hk = gone.site_page_hk
    AND h.load_date = gone.load_date
    AND h.site_event_hk = gone.site_event_hk
  RETURNING h.site_page_hk AS parent_hk, h.load_date
),
item AS (
  DELETE FROM business.business_item_history AS h
  USING gone_item
  WHERE h.business_item_hk = gone_item.business_item_hk
    AND h.load_date = gone_item.load_date
    AND h.site_event_hk = gone_item.site_event_hk
  RETURNING h.business_item_hk AS parent_hk, h.load_date
),
late AS (
  SELECT 'site_visitor_history' AS history, parent_hk, min(load_date) AS since FROM visitor GROUP BY parent_hk
  UNION ALL
  SELECT 'site_page_history', parent_hk, min(load_date) FROM page GROUP BY parent_hk
  UNION ALL
  SELECT 'business_item_history', parent_hk, min(load_date) FROM item GROUP BY parent_hk
)
INSERT INTO business.late_observations AS noted (history, parent_hk, tenant_hk, since)
SELECT late.history, late.parent_hk, $1, late.since
FROM late
ORDER BY late.history, late.parent_hk
ON CONFLICT (history, parent_hk) DO UPDATE SET since = least(noted.since, EXCLUDED.since)
