-- Notes that what is older may be gone from now on; metrics of days that lose events are calculated no more. For each tenant and class
-- $1 its key, $2 class, $3 cut-off.
WITH begun AS MATERIALIZED (
  SELECT due.tenant_hk, due.class, due.cut_off
  FROM unnest($1::bytea[], $2::text[], $3::timestamptz[]) AS due (tenant_hk, class, cut_off)
),
horizon AS (
  INSERT INTO analytics.metric_horizons AS known (tenant_hk, events_from)
  SELECT begun.tenant_hk, begun.cut_off
  FROM begun
  WHERE begun.class = 'vault'
  ORDER BY begun.tenant_hk
  ON CONFLICT (tenant_hk) DO UPDATE SET events_from = greatest(known.events_from, EXCLUDED.events_from)
)
INSERT INTO auth.retention_progress AS progress (tenant_hk, class, cut_off)
SELECT begun.tenant_hk, begun.class, begun.cut_off
FROM begun
ORDER BY begun.tenant_hk, begun.class
ON CONFLICT (tenant_hk, class) DO UPDATE SET cut_off = greatest(progress.cut_off, EXCLUDED.cut_off)
