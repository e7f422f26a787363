-- Deletes what happened to a tenant before it keeps it. A month always stays: so long may a token that was replaced go on, and the log
-- says which were. $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT act.audit_id
  FROM auth.audit_log AS act
  WHERE act.tenant_hk = (SELECT tenant.tenant_hk FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = $1)
    AND act.occurred_at < least($2, CURRENT_TIMESTAMP - interval '31 days')
  LIMIT $3
),
deleted AS (
  DELETE FROM auth.audit_log AS act USING expired WHERE act.audit_id = expired.audit_id RETURNING 1
)
SELECT count(*)::integer AS rows FROM deleted
