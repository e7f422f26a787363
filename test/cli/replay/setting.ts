import * as z from 'zod';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { mixedTraffic } from '../../support/mixed-industries.ts';
import { type OnevaultOptions, onevault } from '../../support/onevault-process.ts';
import { createTenant } from '../../support/pipeline.ts';

export const TENANTS = ['replay-a', 'replay-b'] as const;
type Tenant = Awaited<ReturnType<typeof createTenant>>;

const counted = z.object({ n: z.number() });

/** A database with landed traffic of two tenants, and the command under test on it. */
export async function createSetting(events: number) {
  const database = await createDatabase();
  const { pool } = database;
  const [a, b] = [await createTenant(pool, TENANTS[0]), await createTenant(pool, TENANTS[1])];
  const tenantOf = (tenantId: string): Tenant => (tenantId === TENANTS[0] ? a : b);
  const requests: { readonly id: string; readonly tenantId: string }[] = [];
  for (const { tenantId, body, ...origin } of mixedTraffic(events, 11, TENANTS, new Date()).sendings) {
    const { pending } = await tenantOf(tenantId).land(body, origin);
    requests.push(...pending.map(({ requestId }) => ({ id: requestId, tenantId })));
  }
  const replay = (argv: readonly string[], options: OnevaultOptions = {}) =>
    onevault(['replay', '--quiet', ...argv], {
      ...options,
      environment: { SYSTEM_DATABASE_URL: database.url },
    });
  const count = async (text: string, values: readonly unknown[] = []): Promise<number> =>
    counted.parse((await pool.query(`SELECT count(*)::int AS n FROM ${text}`, [...values])).rows[0]).n;
  return {
    database,
    pool,
    a,
    b,
    /** Every landed request, in the order of arrival. */
    requests,
    replay,
    count,
    /** Loads requests one after another. */
    async loadInOrder(ids: readonly string[]): Promise<void> {
      for (const id of ids) await a.load(await a.stage([id]));
    },
  };
}
export type Setting = Awaited<ReturnType<typeof createSetting>>;
export type { TestDatabase };

const report = z.object({
  events: z.number(),
  same: z.number(),
  changed: z.number(),
  dropped: z.number(),
  missing: z.number(),
  accepted: z.number(),
  refused: z.number(),
  released: z.number(),
  expired: z.number(),
  pending_requests: z.number(),
  columns: z.record(z.string(), z.number()),
  tenants_to_rebuild: z.array(z.string()),
  examples: z.array(
    z.object({
      tenant_id: z.string(),
      event_id: z.string(),
      verdict: z.string(),
      differences: z.array(
        z.object({ table: z.string(), column: z.string(), old: z.unknown(), new: z.unknown() }),
      ),
    }),
  ),
});

/** What `--json` printed. */
export const readReport = (stdout: string): z.infer<typeof report> => report.parse(JSON.parse(stdout));
