-- Adds new events to the items they concern. $1 staging ids of new events.
-- Every event of an item is an interaction, but for the steps of a transaction; a completed transaction is a conversion.
WITH gathered AS MATERIALIZED (
  SELECT
    event.*,
    acc.business_item_hk IS NULL AS is_new,
    coalesce(
      (event.is_described, event.observed_load_date, event.observed_event_hk)
        > (acc.is_described, acc.observed_load_date, acc.observed_event_hk),
      true
    ) AS is_newest
  FROM (
    SELECT
      decode(item.business_item_hk, 'hex') AS business_item_hk,
      s.tenant_hk,
      count(*) FILTER (WHERE s.event_type <> 'transaction_step') AS total_interactions,
      count(*) FILTER (WHERE s.event_type = 'transaction_step' AND s.event_action = 'complete') AS total_conversions,
      min(s.received_timestamp) AS first_load_date,
      max(s.received_timestamp) AS last_load_date,
      bool_or(item.describes_item) AS is_described,
      (array_agg(s.received_timestamp ORDER BY item.describes_item DESC, s.received_timestamp DESC, s.site_event_hk DESC))[1]
        AS observed_load_date,
      (array_agg(s.site_event_hk ORDER BY item.describes_item DESC, s.received_timestamp DESC, s.site_event_hk DESC))[1]
        AS observed_event_hk,
      (array_agg(item.item_state_id ORDER BY item.describes_item DESC, s.received_timestamp DESC, s.site_event_hk DESC))[1]
        AS item_state_id
    FROM staging.site_events_staging AS s
    CROSS JOIN LATERAL jsonb_to_recordset(s.business_items)
      AS item (business_item_hk text, item_state_id bigint, describes_item boolean)
    WHERE s.staging_event_id = ANY ($1::bigint[])
      AND s.business_items IS NOT NULL
    GROUP BY item.business_item_hk, s.tenant_hk
  ) AS event
  LEFT JOIN business.business_item_acc AS acc ON acc.business_item_hk = event.business_item_hk
),
grown AS (
  UPDATE business.business_item_acc AS acc
  SET
    has_changed = true,
    first_load_date = least(acc.first_load_date, gathered.first_load_date),
    last_load_date = greatest(acc.last_load_date, gathered.last_load_date),
    total_interactions = acc.total_interactions + gathered.total_interactions,
    total_conversions = acc.total_conversions + gathered.total_conversions,
    is_described = CASE WHEN gathered.is_newest THEN gathered.is_described ELSE acc.is_described END,
    observed_load_date = CASE WHEN gathered.is_newest THEN gathered.observed_load_date ELSE acc.observed_load_date END,
    observed_event_hk = CASE WHEN gathered.is_newest THEN gathered.observed_event_hk ELSE acc.observed_event_hk END,
    item_state_id = CASE WHEN gathered.is_newest THEN gathered.item_state_id ELSE acc.item_state_id END
  FROM gathered
  WHERE acc.business_item_hk = gathered.business_item_hk
    AND NOT gathered.is_new
)
INSERT INTO business.business_item_acc (
  business_item_hk, tenant_hk, has_changed, first_load_date, last_load_date, total_interactions, total_conversions,
  is_described, observed_load_date, observed_event_hk, item_state_id
)
SELECT
  business_item_hk, tenant_hk, true, first_load_date, last_load_date, total_interactions, total_conversions,
  is_described, observed_load_date, observed_event_hk, item_state_id
FROM gathered
WHERE is_new
