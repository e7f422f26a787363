import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createQueueConsumer } from '../../lambdas/platform/queue-consumer.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';

let database: TestDatabase;
let acme: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  acme = await createTenant(database.pool, 'acme');
});
afterAll(() => database.drop());

const vaulted = async (): Promise<number> => {
  const { rows } = await database.pool.query<{ events: number }>(
    'SELECT count(*)::int AS events FROM business.site_event_h',
  );
  return rows[0]?.events ?? 0;
};

it('18 one poison message in ten is returned alone, the other nine are in the vault, and a second delivery does nothing', async () => {
  const landed = await Promise.all(
    Array.from({ length: 9 }, () => acme.land([{ event_id: randomUUID(), event_type: 'click' }])),
  );
  const messages = landed.map(({ pending }, index) => ({
    messageId: `good-${index}`,
    body: JSON.stringify({ requests: pending.map(({ requestId, events }) => ({ id: requestId, events })) }),
  }));
  const Records = messages.toSpliced(4, 0, { messageId: 'poison', body: '{"requests":"all of them"}' });
  const pool = database.as(databaseRoles.loader);
  const staging = createQueueConsumer(silent, 1_000, (ids) =>
    stageRequests(pool, recordingBell(), silent, ids),
  );
  const business = createQueueConsumer(silent, 1_000, async (ids) => {
    await loadRequests(pool, silent, ids);
  });
  const before = await vaulted();
  for (let delivery = 1; delivery <= 2; delivery += 1) {
    expect(await staging({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'poison' }] });
    expect(await business({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'poison' }] });
    expect(await vaulted()).toBe(before + 9);
  }
});
