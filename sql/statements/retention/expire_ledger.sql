-- Deletes the ledger of days that their tenant no longer keeps it of. $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT ledger.day
  FROM raw.ledger_days AS ledger
  WHERE ledger.tenant_id = $1
    AND ledger.day < ($2::timestamptz AT TIME ZONE 'UTC')::date
    AND ledger.settled_at IS NOT NULL
    AND NOT ledger.is_stale
  LIMIT $3
),
deleted AS (
  DELETE FROM raw.ledger_days AS ledger USING expired WHERE ledger.tenant_id = $1 AND ledger.day = expired.day RETURNING 1
)
SELECT count(*)::integer AS rows FROM deleted
