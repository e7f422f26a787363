-- Ids of a tenant's visitors, page by page. $1 tenant key, $2 the id after which the page begins, $3 how many.
SELECT hub.site_visitor_bk
FROM business.site_visitor_h AS hub
WHERE hub.tenant_hk = $1
  AND hub.site_visitor_bk COLLATE "C" > $2 COLLATE "C"
ORDER BY hub.site_visitor_bk COLLATE "C"
LIMIT $3
