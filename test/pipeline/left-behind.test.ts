import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { stageLeftBehind } from '../../lambdas/pipeline/stage-left-behind.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import { createDatabase, loginAs, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

let database: TestDatabase;
let loader: Queryable;
let tenant: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  loader = loginAs(database.pool, databaseRoles.loader);
  tenant = await createTenant(database.pool, 'acme');
});
beforeEach(() => database.pool.query('DELETE FROM raw.pending_requests'));
afterAll(() => database.drop());

let events = 0;
const view = () => {
  events += 1;
  return {
    event_id: `0190a0b0-c0d0-7000-8000-${String(events).padStart(12, '0')}`,
    event_type: 'page_view',
    timestamp: '2026-11-01T10:00:00.000Z',
    page_url: 'https://shop.example/',
    session_id: 's',
    visitor_id: 'v',
  };
};
/** Lands a request of so many events, as if that had been some seconds ago. */
async function land({ ago, count = 1, attempts = 0 }: { ago: number; count?: number; attempts?: number }) {
  const { pending } = await tenant.land(Array.from({ length: count }, view));
  const ids = pending.map(({ requestId }) => requestId);
  await database.pool.query(
    `UPDATE raw.pending_requests SET rung_at = CURRENT_TIMESTAMP - make_interval(secs => $2), attempts = $3
     WHERE request_id = ANY ($1::bigint[])`,
    [ids, ago, attempts],
  );
  return ids;
}
async function found(limits: { overdueSeconds: number; eventsPerSet: number }): Promise<string[]> {
  const staged: string[] = [];
  await stageLeftBehind(loader, silent, limits, async (ids) => {
    staged.push(...ids);
  });
  return staged;
}

it('staging takes along what nobody has rung for in time, longest waiting first, and nothing younger', async () => {
  const late = await land({ ago: 30 });
  const later = await land({ ago: 40 });
  await land({ ago: 5 });
  expect(await found({ overdueSeconds: 20, eventsPerSet: 100 })).toEqual([...later, ...late]);
});

it('what the sweeper has rung for does not ride along with the work of others', async () => {
  await land({ ago: 30, attempts: 1 });
  expect(await found({ overdueSeconds: 20, eventsPerSet: 100 })).toEqual([]);
});

it('one invocation takes along no more than a transaction holds', async () => {
  const first = await land({ ago: 40, count: 3 });
  await land({ ago: 30, count: 3 });
  expect(await found({ overdueSeconds: 20, eventsPerSet: 5 })).toEqual(first);
});

it('where rings are not gathered nothing is looked for', async () => {
  await land({ ago: 3_600 });
  expect(await found({ overdueSeconds: 0, eventsPerSet: 100 })).toEqual([]);
});

it('a failure is left to the sweeper and fails no message', async () => {
  await land({ ago: 30 });
  const { logger, lines } = createRecordingLogger();
  await stageLeftBehind(loader, logger, { overdueSeconds: 20, eventsPerSet: 100 }, () =>
    Promise.reject(new Error('gone')),
  );
  expect(lines.map(({ message }) => message)).toEqual(['left behind, the sweeper takes over']);
});
