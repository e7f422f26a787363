-- Notes the pages, items, states and sources of which, now that events are gone, perhaps no event is left, or not the one that
-- brought them or was seen last. To tell takes a look at all events, which is not for every batch.
-- $1 tenant key, $2 the events that are gone and $3 their links to items, as JSON arrays.
WITH gone AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($2::json) AS event (
    site_event_hk bytea, load_date timestamptz, record_source text, site_page_hk bytea, page_state_id bigint, traffic_source_id bigint
  )
),
gone_item AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($3::json) AS link (
    site_event_hk bytea, load_date timestamptz, record_source text, business_item_hk bytea, item_state_id bigint
  )
),
unsettled AS (
  SELECT 'page_origin' AS kind, gone.site_page_hk AS key_hk, 0 AS state_id
  FROM gone
  JOIN business.site_page_h AS hub ON hub.site_page_hk = gone.site_page_hk AND hub.tenant_hk = $1
  WHERE (hub.load_date, hub.record_source) = (gone.load_date, gone.record_source)
  UNION
  SELECT 'page_seen', gone.site_page_hk, 0
  FROM gone
  JOIN business.site_page_h AS hub ON hub.site_page_hk = gone.site_page_hk AND hub.tenant_hk = $1
  LEFT JOIN business.site_page_acc AS acc ON acc.site_page_hk = gone.site_page_hk
  WHERE acc.site_page_hk IS NULL
     OR acc.total_views = 0
     OR acc.observed_event_hk = gone.site_event_hk
  UNION
  SELECT 'page_state', gone.site_page_hk, gone.page_state_id
  FROM gone
  LEFT JOIN business.site_page_acc AS acc
    ON acc.site_page_hk = gone.site_page_hk AND acc.page_state_id = gone.page_state_id
  WHERE gone.page_state_id IS NOT NULL
    AND (acc.site_page_hk IS NULL OR acc.observed_event_hk IN (SELECT other.site_event_hk FROM gone AS other))
  UNION
  SELECT 'item_origin', gone_item.business_item_hk, 0
  FROM gone_item
  JOIN business.business_item_h AS hub ON hub.business_item_hk = gone_item.business_item_hk
  JOIN business.business_item_acc AS acc ON acc.business_item_hk = gone_item.business_item_hk
  WHERE (hub.load_date, hub.record_source) = (gone_item.load_date, gone_item.record_source)
     OR gone_item.load_date IN (acc.first_load_date, acc.last_load_date)
  UNION
  SELECT 'item_seen', gone_item.business_item_hk, 0
  FROM gone_item
  LEFT JOIN business.business_item_acc AS acc ON acc.business_item_hk = gone_item.business_item_hk
  WHERE acc.business_item_hk IS NULL
     OR acc.total_interactions + acc.total_conversions = 0
     OR acc.observed_event_hk = gone_item.site_event_hk
  UNION
  SELECT 'item_state', gone_item.business_item_hk, gone_item.item_state_id
  FROM gone_item
  LEFT JOIN business.business_item_acc AS acc
    ON acc.business_item_hk = gone_item.business_item_hk AND acc.item_state_id = gone_item.item_state_id
  WHERE acc.business_item_hk IS NULL
     OR acc.observed_event_hk IN (SELECT other.site_event_hk FROM gone_item AS other)
  UNION
  -- A source that is a channel and no more says nothing of anybody, and is soon needed again.
  SELECT 'source', '\x', source.traffic_source_id
  FROM business.traffic_source_r AS source
  WHERE source.traffic_source_id IN (SELECT gone.traffic_source_id FROM gone)
    AND num_nonnulls(
      source.referrer_host, source.utm_source, source.utm_medium, source.utm_campaign, source.utm_content, source.utm_term
    ) > 0
)
INSERT INTO staging.unsettled_keys (tenant_hk, kind, key_hk, state_id)
SELECT $1, unsettled.kind, unsettled.key_hk, unsettled.state_id
FROM unsettled
ORDER BY unsettled.kind, unsettled.key_hk, unsettled.state_id
ON CONFLICT (tenant_hk, kind, key_hk, state_id) DO NOTHING
