-- What tenants keep for a number of days, since when, and how far retention has come with it.
-- $1 as of when, $2 id of one tenant or null for all, $3 classes.
SELECT
  kept.tenant_id,
  kept.tenant_hk,
  kept.class,
  kept.days,
  kept.cut_off,
  progress.completed_cut_off,
  progress.completed_at
FROM auth.retention_cut_offs($1) AS kept
LEFT JOIN auth.retention_progress AS progress ON progress.tenant_hk = kept.tenant_hk AND progress.class = kept.class
WHERE ($2::text IS NULL OR kept.tenant_id = $2)
  AND kept.class = ANY ($3::text[])
ORDER BY kept.tenant_hk, kept.class
