import * as z from 'zod';
import { recomputeDay, refreshMetrics } from '../../lambdas/lifecycle/metrics.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Tenant } from '../../lambdas/platform/postgres.ts';
import type { TestDatabase } from '../support/database.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const restatement = z.object({
  site: z.string(),
  day: z.string(),
  reasons: z.array(z.string()),
  before: z.record(z.string(), z.number().nullable()),
  after: z.record(z.string(), z.number().nullable()).nullable(),
});

export const click = (at: string, visitor: string, more: object = {}) => ({
  event_type: 'click',
  timestamp: at,
  visitor_id: visitor,
  session_id: `of-${visitor}`,
  ...more,
});

/** What tests of the daily metrics do to a database and ask of it. @param at the database, once there is one. */
export function metricsIn(at: () => TestDatabase) {
  const maintenance = () => at().as(databaseRoles.maintenance);
  /** Moves the progress of the metrics to a time. */
  const countedUntil = (time: string) =>
    at().pool.query('UPDATE analytics.metrics_progress SET noted_until = $1, published_until = $1', [time]);
  /** Everything there is came two hours earlier and was counted within one. */
  const publish = async () => {
    await at().pool.query("UPDATE business.site_event_nl SET load_date = load_date - INTERVAL '2 hours'");
    await countedUntil(new Date(Date.now() - 3_600_000).toISOString());
  };
  const refresh = async () => {
    const { logger, lines, measured } = createRecordingLogger();
    await refreshMetrics(maintenance(), logger);
    return { lines, restated: measured.reduce((sum, { DaysRestated }) => sum + Number(DaysRestated), 0) };
  };
  const recompute = (day: string, tenant?: Tenant) =>
    recomputeDay(maintenance(), day, tenant?.tenantHk ?? null);
  const restatementsOf = async ({ tenantHk }: Tenant) => {
    const { rows } = await at().pool.query(
      `SELECT site_id AS site, metric_date::text AS day, reasons, before, after
       FROM analytics.metric_restatements WHERE tenant_hk = $1 ORDER BY restated_at, site_id, metric_date`,
      [tenantHk],
    );
    return z.array(restatement).parse(rows);
  };
  const daysOf = async ({ tenantHk }: Tenant) => {
    const { rows } = await at().pool.query(
      `SELECT site_id AS site, metric_date::text AS day, total_events AS events FROM analytics.daily_site_metrics
       WHERE tenant_hk = $1 ORDER BY site_id, metric_date`,
      [tenantHk],
    );
    return rows;
  };
  return { countedUntil, publish, refresh, recompute, restatementsOf, daysOf };
}
