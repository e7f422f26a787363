-- Notes that what is older is gone, but for what has to wait. $1 tenant key, $2 class, $3 cut-off.
UPDATE auth.retention_progress AS progress
SET completed_cut_off = $3, completed_at = CURRENT_TIMESTAMP
WHERE progress.tenant_hk = $1
  AND progress.class = $2
