-- What the row in force says of an item equals a recomputation from the events that deal with it.
WITH dealt AS MATERIALIZED (
  SELECT link.business_item_hk, link.item_state_id, link.describes_item, event.site_event_hk, event.load_date, event.event_type, event.event_action
  FROM business.event_business_item_nl AS link
  JOIN business.site_event_nl AS event ON event.site_event_hk = link.site_event_hk
),
counted AS (
  SELECT
    business_item_hk,
    count(*) FILTER (WHERE event_type <> 'transaction_step') AS total_interactions,
    count(*) FILTER (WHERE event_type = 'transaction_step' AND event_action = 'complete') AS total_conversions
  FROM dealt
  GROUP BY business_item_hk
),
newest AS (
  SELECT DISTINCT ON (business_item_hk) business_item_hk, item_state_id
  FROM dealt
  ORDER BY business_item_hk, describes_item DESC, load_date DESC, site_event_hk DESC
),
expected AS (
  SELECT
    counted.*, newest.item_state_id, state.item_name, state.item_value,
    counted.total_interactions + counted.total_conversions * 10 AS popularity_score,
    CASE
      WHEN counted.total_interactions > 0
        THEN least(round(counted.total_conversions * 100.0 / counted.total_interactions, 2), 100)
      ELSE 0
    END AS conversion_rate
  FROM counted
  JOIN newest ON newest.business_item_hk = counted.business_item_hk
  JOIN business.business_item_state_r AS state
    ON state.business_item_hk = newest.business_item_hk AND state.item_state_id = newest.item_state_id
)
SELECT 'business_item_details_s' AS relation, coalesce(shown.business_item_hk, expected.business_item_hk) AS offending_key
FROM (SELECT * FROM business.business_item_details_s WHERE load_end_date IS NULL) AS shown
FULL JOIN expected ON expected.business_item_hk = shown.business_item_hk
WHERE (
    shown.business_item_hk, shown.popularity_score, shown.conversion_rate, shown.total_interactions, shown.total_conversions
  ) IS DISTINCT FROM (
    expected.business_item_hk, expected.popularity_score, expected.conversion_rate, expected.total_interactions,
    expected.total_conversions
  )
UNION ALL
SELECT 'business_item_current', coalesce(shown.business_item_hk, expected.business_item_hk)
FROM business.business_item_current AS shown
FULL JOIN expected ON expected.business_item_hk = shown.business_item_hk
WHERE (
    shown.business_item_hk, shown.item_name, shown.item_value, shown.popularity_score, shown.conversion_rate,
    shown.total_interactions, shown.total_conversions
  ) IS DISTINCT FROM (
    expected.business_item_hk, expected.item_name, expected.item_value, expected.popularity_score, expected.conversion_rate,
    expected.total_interactions, expected.total_conversions
  )
