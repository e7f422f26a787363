import { afterAll, beforeAll, expect, it } from 'vitest';
import { processPending } from '../../lambdas/api/process-pending.ts';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { findJobs, requestJob } from '../../lambdas/visitors/visitor-jobs.ts';
import type { TestDatabase } from '../support/database.ts';
import { onevault } from '../support/onevault-process.ts';
import { silent } from '../support/pipeline.ts';
import { CONTESTED, createGround, type Ground, idOf, relationsOf, type Tenant, VISITOR } from './ground.ts';

let database: TestDatabase;
let ground: Ground;
/** Events of A that the vault has when nothing is pending. */
let whole: number;
beforeAll(async () => {
  ({ database, ground } = await createGround());
});
afterAll(() => database.drop());

/** Every row of the given tenants, with the transaction that wrote it, by table. */
async function rowsOf(tenants: readonly Tenant[]): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {};
  for (const { name, kind } of await relationsOf(ground.pool)) {
    if (kind !== 'table') continue;
    const found = await ground.pool.query(
      `SELECT md5(string_agg(line, '|' ORDER BY line)) AS digest, count(*)::int AS n
       FROM (
         SELECT stored.xmin::text || to_jsonb(stored)::text AS line
         FROM ${name} AS stored
         CROSS JOIN LATERAL (SELECT to_jsonb(stored) AS columns) AS row
         WHERE row.columns ->> 'tenant_hk' = ANY ($1)
            OR row.columns ->> 'tenant_id' = ANY ($2)
            OR row.columns ->> 'tenant_key' = ANY (SELECT raw.tenant_key(id)::text FROM unnest($2::text[]) AS id)
       ) AS lines`,
      [
        tenants.map(({ tenantHk }) => `\\x${tenantHk.toString('hex')}`),
        tenants.map(({ tenantId }) => tenantId),
      ],
    );
    rows[name] = found.rows[0];
  }
  return rows;
}

const stateOf = async (tenant: Tenant) => {
  const { rows } = await ground.pool.query(
    `SELECT
       (SELECT count(*)::int FROM business.site_event_nl WHERE tenant_hk = $1) AS loaded,
       (SELECT count(*)::int FROM raw.pending_requests WHERE tenant_id = $2) AS pending,
       (SELECT count(*)::int FROM staging.quarantined_events WHERE tenant_id = $2 AND event_id = $3) AS contested`,
    [tenant.tenantHk, tenant.tenantId, CONTESTED],
  );
  return rows[0];
};

it('T29: an id that every tenant contests is in each one’s quarantine once', async () => {
  for (const tenant of ground.tenants)
    expect(await stateOf(tenant)).toMatchObject({ contested: 1, pending: 1 });
});

it('T29: processing what is pending of A touches nothing of B and C', async () => {
  const others = await rowsOf([ground.b, ground.c]);
  whole = 1 + (await stateOf(ground.a))?.loaded;
  await processPending(ground.ingest, silent, ground.a.tenantId, { eventsPerSet: 100 });
  expect(await stateOf(ground.a)).toMatchObject({ loaded: whole, pending: 0 });
  expect(await rowsOf([ground.b, ground.c])).toEqual(others);
});

it.each([['--rebuild', '--yes'], ['--diff'], ['--workers', '2']])(
  'T29: a replay of A with %s touches nothing of B and C, who have the same ids',
  async (...options) => {
    const others = await rowsOf([ground.b, ground.c]);
    await ground.pool.query(
      'DELETE FROM business.site_event_nl WHERE tenant_hk = $1 AND site_event_bk = $2',
      [ground.a.tenantHk, idOf(95)],
    );
    const { exitCode, stderr } = await onevault(
      ['replay', '--quiet', '--tenant', ground.a.tenantId, ...options],
      {
        environment: { SYSTEM_DATABASE_URL: database.url },
      },
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    // A look changes nothing; the other two bring back what was lost.
    expect(await stateOf(ground.a)).toMatchObject({ loaded: options[0] === '--diff' ? whole - 1 : whole });
    expect(await rowsOf([ground.b, ground.c])).toEqual(others);
  },
);

it('T29: an export and an erasure of A’s visitor, whose id B and C have as well, touch nothing of theirs', async () => {
  const others = await rowsOf([ground.b, ground.c]);
  const asA = <Result>(work: Parameters<typeof inTenant<Result>>[2]) =>
    inTenant(ground.reader, ground.a, work);
  const jobs = await asA(async (client) => [
    await requestJob(client, 'export', VISITOR, 'token:test'),
    await requestJob(client, 'erasure', VISITOR, 'token:test'),
  ]);
  await runPrivacyJobs(database.as(databaseRoles.maintenance), silent, jobs);
  expect(await asA((client) => findJobs(client, ground.a, VISITOR))).toMatchObject([
    { kind: 'erasure', status: 'done' },
  ]);
  const { rows } = await ground.pool.query(
    'SELECT tenant_hk FROM business.site_visitor_h WHERE site_visitor_bk = $1 ORDER BY tenant_hk',
    [VISITOR],
  );
  expect(rows).toHaveLength(2);
  expect(rows).not.toContainEqual({ tenant_hk: ground.a.tenantHk });
  expect(await rowsOf([ground.b, ground.c])).toEqual(others);
});
