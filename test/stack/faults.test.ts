import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListQueuesCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { accessLog } from '../../cli/sample/generate.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { onevault, scratchFolder } from '../support/onevault-process.ts';
import { type StackUnderTest, startStack, until } from '../support/stack.ts';

/** The sweeper comes once a minute and rings for what was last rung for a while ago. */
const SWEEPER_LIMIT = 150_000;

let stack: StackUnderTest;
let pool: pg.Pool;
beforeAll(async () => {
  stack = await startStack();
  pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await stack.stop();
});

const inVault = async (tenantId: string): Promise<number> => {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS n FROM business.site_event_nl AS event
     JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk WHERE tenant.tenant_bk = $1`,
    [tenantId],
  );
  return rows[0].n;
};

const track = ({ id, tokens }: ProvisionedTenant, event: unknown) =>
  fetch(`${stack.url}/api/v1/track/async`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens.secret}`,
      'x-customer-id': id,
      'content-type': 'application/json',
    },
    body: JSON.stringify(event),
  });

async function purgeQueues(): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sqs = new SQSClient({
    endpoint: stack.queueEndpoint,
    region: 'us-east-1',
    useQueueUrlAsEndpoint: false,
    credentials,
  });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls.length).toBeGreaterThanOrEqual(4);
  for (const QueueUrl of QueueUrls) await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  sqs.destroy();
}

const IMPORTED = 'demo';
const HELD = 'held';
let accepted = 0;

it('an import during which Postgres is killed backs off, goes on once the stack has brought it back, and closes its ledger', async () => {
  const log = join(scratchFolder(), 'access.log');
  const lines = 5_000;
  writeFileSync(log, [...accessLog(lines, 77)].map((line) => `${line}\n`).join(''));
  const pace = ['--batch-size', '50', '--concurrency', '2'];
  const importing = onevault(['import', log, '--json', ...pace, '--data-dir', stack.dataDir]);
  await until('the import is under way', async () => (await inVault(IMPORTED)) > 500);
  await stack.killProcess('postgres');
  const { exitCode, stdout, stderr } = await importing;
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('503');
  const ledger = z.object({ lines: z.number(), accepted: z.number() }).parse(JSON.parse(stdout));
  expect(ledger.lines).toBe(lines);
  accepted = ledger.accepted;
});

it('events are accepted while their poller is dead, though their queues are purged', async () => {
  const poller = stack.pids().staging;
  if (poller === undefined) throw new Error('The stack has no staging poller.');
  const tenant = await provisionTenant(pool, { tenantId: HELD, siteId: 'main', name: 'Held' });
  process.kill(poller, 'SIGSTOP');
  for (let n = 0; n < 100; n += 1) expect((await track(tenant, { event_type: 'click', n })).status).toBe(202);
  await purgeQueues();
  expect(await inVault(HELD)).toBe(0);
  await stack.killProcess('staging');
});

it(
  'all of them reach the vault unaided',
  async () => {
    await until('the 100 events are in the vault', async () => (await inVault(HELD)) === 100, SWEEPER_LIMIT);
    await until(
      'the import is in the vault',
      async () => (await inVault(IMPORTED)) === accepted,
      SWEEPER_LIMIT,
    );
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM raw.pending_requests');
    expect(rows).toEqual([{ n: 0 }]);
  },
  2 * SWEEPER_LIMIT,
);
