-- What the vault counts of a visitor, under the id that is asked for and what stands for it. $1 visitor id, $2 tenant id, $3 tenant key.
SELECT
  sum(acc.total_events)::integer AS events,
  sum(acc.total_sessions)::integer AS sessions,
  sum(acc.total_page_views)::integer AS page_views,
  min(acc.first_event_at) AS first_event_at,
  max(acc.last_event_at) AS last_event_at
FROM unnest(ARRAY[$1, auth.pseudonym_of_visitor($1)]) AS known (id)
JOIN business.site_visitor_acc AS acc ON acc.site_visitor_hk = util.hash_key($2, known.id)
WHERE acc.tenant_hk = $3
HAVING count(*) > 0
