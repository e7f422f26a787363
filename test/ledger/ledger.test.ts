import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Books, runLedger } from '../../bench/ledger-run.ts';
import { ledgerOperations } from '../../lambdas/api/ledger-operation.ts';
import { eraseVisitors } from '../../lambdas/lifecycle/erasure/erase-visitors.ts';
import { answerLedger, readLedgerDays, totalsOf } from '../../lambdas/pipeline-state/ledger.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant, type Queryable, type Tenant } from '../../lambdas/platform/postgres.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { onevault } from '../support/onevault-process.ts';
import { silent } from '../support/pipeline.ts';

const TENANTS = ['ledger-a', 'ledger-b'];
/** Two days, should the run go over midnight. */
const range = {
  from: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
  to: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
};

let database: TestDatabase;
let books: Books[];
let tenants: Tenant[];
beforeAll(async () => {
  database = await createDatabase();
  books = await runLedger(database, {
    tenantIds: TENANTS,
    events: 3_000,
    batchSize: 20,
    erase: (tenant, visitors) =>
      eraseVisitors(database.as(databaseRoles.maintenance), silent, tenant, visitors),
  });
  tenants = await Promise.all(TENANTS.map((tenantId) => findTenant(database.pool, tenantId)));
});
afterAll(() => database.drop());

const reader = <Result>(tenant: Tenant, work: (client: Queryable) => Promise<Result>) =>
  inTenant(database.as(databaseRoles.reader), tenant, work);
const ask = (tenant: Tenant, query: Record<string, string>, accept?: string) =>
  reader(tenant, (client) => answerLedger(client, tenant, query, accept));
const answerSchema = ledgerOperations['GET /api/v1/ledger'].answers[200].content['application/json'].schema;

describe('the ledger', () => {
  it('is exact: duplicates, malformed, refused, opted out, limited, bots, quarantined, erased and pending', () => {
    for (const { sent, found } of books) {
      const { gap, ...figures } = found;
      expect(figures).toEqual(sent);
      expect(gap).toBe(0);
      const { refusals, ...classes } = sent;
      expect(Object.entries(classes).filter(([, events]) => events === 0)).toEqual([]);
      expect(Object.keys(refusals)).toEqual(
        expect.arrayContaining([
          'invalid_json',
          'opted_out',
          'rate_limited',
          'not_an_object',
          'too_many_events',
        ]),
      );
    }
  });

  it('is on the API, for the tenant that asks and no other', async () => {
    for (const [index, tenant] of tenants.entries()) {
      const { statusCode, body } = await ask(tenant, { dateFrom: range.from, dateTo: range.to });
      expect(statusCode).toBe(200);
      const { data } = answerSchema.parse(JSON.parse(body));
      expect(data.totals).toEqual(books[index]?.found);
      expect(data.days.map(({ settled }) => settled)).not.toContain(true);
    }
    const [a, b] = tenants;
    if (a === undefined || b === undefined) throw new Error('Two tenants were asked for.');
    const seen = await reader(a, (client) => readLedgerDays(client, b, range));
    expect(seen).toEqual([]);
  });

  it('is CSV for who asks for it', async () => {
    const [tenant] = tenants;
    if (tenant === undefined) throw new Error('Tenants were asked for.');
    const { headers, body } = await ask(tenant, { dateFrom: range.from, dateTo: range.to }, 'text/csv');
    expect(headers['content-type']).toContain('text/csv');
    const [columns, first] = body.split('\r\n').map((line) => line.split(','));
    const day = Object.fromEntries((columns ?? []).map((column, index) => [column, first?.[index]]));
    expect(day).toMatchObject({ date: expect.any(String), gap: '0', settled: 'false' });
  });

  it.each([
    [{ dateFrom: 'yesterday' }, 'invalid_date'],
    [{ dateFrom: '2026-02-01', dateTo: '2026-01-31' }, 'invalid_date_range'],
    [{ dateFrom: '2025-01-01', dateTo: '2026-01-31' }, 'invalid_date_range'],
    [{ site: 'main' }, 'unknown_parameter'],
  ])('refuses %j', async (query, code) => {
    const [tenant] = tenants;
    if (tenant === undefined) throw new Error('Tenants were asked for.');
    await expect(ask(tenant, query)).rejects.toMatchObject({ status: 400, code });
  });
});

describe('a loss shows as a gap', () => {
  /** The gap of a tenant after a statement, which is undone. */
  async function gapAfter(tenant: Tenant, statement: string): Promise<number> {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      const { rowCount } = await client.query(statement);
      expect(rowCount).toBe(1);
      return totalsOf(await readLedgerDays(client, tenant, range)).gap;
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }
  const one = (relation: string, condition: string) =>
    `DELETE FROM ${relation} WHERE ctid = (SELECT ctid FROM ${relation} WHERE ${condition} LIMIT 1)`;

  it.each([
    [
      'an event of the vault',
      one('business.site_event_nl', `tableoid IS NOT NULL AND tenant_hk = $TENANT`),
      1,
    ],
    ['a refused event', one('staging.quarantined_events', `tenant_id = 'ledger-a'`), 1],
    [
      'a note of what arrived',
      one('raw.landing_outcomes', `kind = 'received' AND tenant_id = 'ledger-a'`),
      -1,
    ],
    ['a note of duplicates', one('raw.landing_outcomes', `kind = 'duplicate' AND tenant_id = 'ledger-a'`), 1],
    ['a note of refusals', one('raw.landing_outcomes', `kind = 'refused' AND tenant_id = 'ledger-a'`), 1],
    ['a mark of what is pending', one('raw.pending_requests', `tenant_id = 'ledger-a'`), 1],
  ])('%s', async (_, statement, sign) => {
    const [a, b] = tenants;
    if (a === undefined || b === undefined) throw new Error('Two tenants were asked for.');
    const planted = statement.replace('$TENANT', `'\\x${a.tenantHk.toString('hex')}'`);
    expect(Math.sign(await gapAfter(a, planted))).toBe(sign);
    expect(await gapAfter(b, planted)).toBe(0);
  });
});

it('`onevault ledger` shows it, and fails on a gap where nothing is pending', async () => {
  const run = () =>
    onevault(['ledger', '--json', '--from', range.from], {
      environment: { SYSTEM_DATABASE_URL: database.url },
    });
  const days = z.array(z.looseObject({ tenant: z.string(), gap: z.number(), received: z.number() }));
  await database.pool.query(
    `DELETE FROM business.site_event_nl WHERE site_event_hk = (
       SELECT site_event_hk FROM business.site_event_nl JOIN auth.tenant_h USING (tenant_hk)
       WHERE tenant_bk = 'ledger-a' LIMIT 1
     )`,
  );
  const pending = await run();
  expect(pending).toMatchObject({ exitCode: 0, stderr: '' });
  const found = days.parse(JSON.parse(pending.stdout));
  expect(found.find(({ tenant }) => tenant === 'ledger-a')?.gap).toBe(1);
  expect(new Set(found.map(({ tenant }) => tenant))).toEqual(new Set(TENANTS));
  await database.pool.query('DELETE FROM raw.pending_requests');
  const lost = await run();
  expect(lost.exitCode).toBe(1);
  expect(lost.stderr).toContain('docs/runbook.md#ledger-gap');
});
