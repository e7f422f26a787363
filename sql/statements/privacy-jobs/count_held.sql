-- How many of some visitors the vault has, and how many events of theirs. $1 tenant key, $2 keys of visitors.
SELECT count(*)::integer AS visitors, coalesce(sum(acc.total_events), 0)::integer AS events
FROM business.site_visitor_acc AS acc
WHERE acc.tenant_hk = $1
  AND acc.site_visitor_hk = ANY ($2::bytea[])
