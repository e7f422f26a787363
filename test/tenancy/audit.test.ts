import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type DatabaseRole, databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { type AuditEntry, createAuditLog } from '../../lambdas/tenancy/audit.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/pipeline.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await database.pool.query('DELETE FROM auth.audit_log');
});
afterEach(() => {
  vi.useRealTimers();
});

const refusal: AuditEntry = {
  tenantHk: null,
  actor: 'anonymous',
  action: 'POST /api/v1/track',
  outcome: 'refused',
  reason: 'unauthorized',
  subject: null,
};
const newLog = (role: DatabaseRole = databaseRoles.ingest) => createAuditLog(database.as(role), silent);
const written = async () => {
  const { rows } = await database.pool.query(
    'SELECT actor, reason, outcome, times FROM auth.audit_log ORDER BY audit_id',
  );
  return rows;
};
const row = { actor: 'anonymous', reason: 'unauthorized', outcome: 'refused' };

it.each([databaseRoles.ingest, databaseRoles.reader])(
  'the first of a quiet second is there when the call ends: %s',
  async (role) => {
    await newLog(role).record(refusal);
    expect(await written()).toEqual([{ ...row, times: 1 }]);
  },
);

it('a flood of equal refusals within a second is one more row that counts them', async () => {
  const log = newLog();
  for (let call = 0; call < 100; call += 1) await log.record(refusal);
  expect(await written()).toEqual([{ ...row, times: 1 }]);
  vi.setSystemTime(Date.now() + 1_001);
  await log.record(refusal);
  expect(await written()).toEqual([
    { ...row, times: 1 },
    { ...row, times: 99 },
    { ...row, times: 1 },
  ]);
});

it('what is counted is written by itself once the second is over', async () => {
  vi.useRealTimers();
  const log = newLog();
  await log.record(refusal);
  await log.record(refusal);
  await vi.waitFor(
    async () => {
      expect((await written()).reduce((sum, { times }) => sum + times, 0)).toBe(2);
    },
    { timeout: 10_000 },
  );
});

it('tells tenants, tokens, calls and reasons apart', async () => {
  const log = newLog();
  const others: Partial<AuditEntry>[] = [
    { tenantHk: Buffer.from('01', 'hex') },
    { actor: 'token:1' },
    { action: 'GET /health' },
    { reason: 'rate_limited' },
    { outcome: 'done' },
    { subject: 'x' },
  ];
  for (const other of [{}, ...others]) await log.record({ ...refusal, ...other });
  expect(await written()).toHaveLength(1 + others.length);
});

it('a flood of different entries stays within bounds and loses none', async () => {
  const log = newLog();
  for (let call = 0; call < 1_100; call += 1) {
    for (const _ of [1, 2]) await log.record({ ...refusal, actor: `token:${call}` });
  }
  vi.setSystemTime(Date.now() + 1_001);
  await log.record(refusal);
  expect((await written()).reduce((sum, { times }) => sum + times, 0)).toBe(2_201);
});

it('a database that does not answer fails no call', async () => {
  const log = createAuditLog({ query: () => Promise.reject(new Error('gone')) }, silent);
  await expect(log.record(refusal)).resolves.toBeUndefined();
});
