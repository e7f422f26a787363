-- Takes events that are gone out of what counts how often visitors dealt with items. $1 their links to items as a JSON array.
WITH taken AS MATERIALIZED (
  SELECT link.site_visitor_hk, link.business_item_hk, count(*)::integer AS interactions
  FROM json_to_recordset($1::json) AS link (site_visitor_hk bytea, business_item_hk bytea)
  GROUP BY link.site_visitor_hk, link.business_item_hk
),
ended AS (
  DELETE FROM business.visitor_item_acc AS acc
  USING taken
  WHERE acc.site_visitor_hk = taken.site_visitor_hk
    AND acc.business_item_hk = taken.business_item_hk
    AND acc.interactions <= taken.interactions
)
UPDATE business.visitor_item_acc AS acc
SET interactions = acc.interactions - taken.interactions
FROM taken
WHERE acc.site_visitor_hk = taken.site_visitor_hk
  AND acc.business_item_hk = taken.business_item_hk
  AND acc.interactions > taken.interactions
