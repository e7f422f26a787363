-- Takes events that are gone out of the accumulators of their items. $1 their links to items as a JSON array.
WITH taken AS (
  SELECT
    link.business_item_hk,
    count(*) FILTER (WHERE link.event_type <> 'transaction_step') AS total_interactions,
    count(*) FILTER (WHERE link.event_type = 'transaction_step' AND link.event_action = 'complete') AS total_conversions
  FROM json_to_recordset($1::json) AS link (business_item_hk bytea, event_type text, event_action text)
  GROUP BY link.business_item_hk
)
UPDATE business.business_item_acc AS acc
SET
  total_interactions = acc.total_interactions - taken.total_interactions,
  total_conversions = acc.total_conversions - taken.total_conversions,
  has_changed = true
FROM taken
WHERE acc.business_item_hk = taken.business_item_hk
