import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Finished, onevault } from '../../support/onevault-process.ts';
import { type StackUnderTest, startStack } from '../../support/stack.ts';
import { issued } from '../token/operator.ts';

/** What the contract allows for a change to count in every process. */
const EFFECTIVE_WITHIN_MS = 30_000;
const PAUSE_MS = 250;
const SENDERS = 2;
const LOAD_PAUSE_MS = 100;

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** The command line on this stack, as on a laptop. */
const run = (...argv: string[]): Promise<Finished> => onevault([...argv, '--data-dir', stack.dataDir]);

async function done(...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(...argv);
  if (exitCode !== 0)
    throw new Error(`onevault ${argv.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return stdout;
}

const makeToken = async (...argv: string[]) =>
  issued.parse(JSON.parse(await done('token', 'create', ...argv, '--json')));

it('doctor passes a local stack, and its events are in the vault, apart from people’s', async () => {
  const { exitCode, stdout } = await run('doctor');
  expect(stdout).toContain('Overall Results: 7/7 tests passed\nALL TESTS PASSED!');
  expect(exitCode).toBe(0);
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 1 });
  try {
    const { rows } = await pool.query(
      "SELECT count(*)::int AS events, count(bot_reason)::int AS bots FROM analytics.event_facts WHERE event_type = 'doctor_check'",
    );
    expect(rows).toEqual([{ events: 3, bots: 3 }]);
  } finally {
    await pool.end();
  }
});

it('doctor passes a tenant that was made a moment ago, and one whose events wait for the queue', async () => {
  await done('tenant', 'create', 'fresh');
  await done('tenant', 'set', 'fresh', '--batch-processing', 'true');
  await done('site', 'create', 'fresh', 'main');
  const { token } = await makeToken('fresh', '--kind', 'admin');
  const away = ['--api-url', stack.url, '--tenant', 'fresh', '--token', token];
  const { exitCode, stdout } = await onevault(['doctor', ...away]);
  expect([exitCode, stdout.match(/^FAIL/gm)]).toEqual([0, null]);
});

it('doctor says of a token that may only write that the reading checks need another', async () => {
  const { token } = await makeToken('demo', '--kind', 'secret');
  const { exitCode, stdout } = await run('doctor', '--token', token, '--wait', '0');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('PASS Health Check');
  expect(stdout).toContain('FAIL Status Monitoring\n');
  expect(stdout).toContain('Check that the token is a valid admin token of tenant "demo"');
});

it('a token that is revoked and a tenant that is switched off are refused everywhere within 30 s, others under load never', async () => {
  await done('tenant', 'create', 'life');
  await done('site', 'create', 'life', 'main');
  const [revoked, kept] = [
    await makeToken('life', '--kind', 'secret'),
    await makeToken('demo', '--kind', 'secret'),
  ];
  await done('tenant', 'create', 'off');
  await done('site', 'create', 'off', 'main');
  const switched = await makeToken('off', '--kind', 'secret');
  const send = async (tenant: string, token: string): Promise<number> => {
    const response = await fetch(`${stack.url}/api/v1/track/async`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-customer-id': tenant,
        'content-type': 'application/json',
      },
      body: '{"event_type":"life_check"}',
    });
    await response.arrayBuffer();
    return response.status;
  };
  expect(await send('life', revoked.token)).toBe(202);
  expect(await send('off', switched.token)).toBe(202);
  expect(await send('demo', kept.token)).toBe(202);

  const load = new AbortController();
  const answers: number[] = [];
  const loading = Promise.all(
    Array.from({ length: SENDERS }, async () => {
      while (!load.signal.aborted) {
        answers.push(await send('demo', kept.token));
        // Leaves the machine to the tests beside it.
        await sleep(LOAD_PAUSE_MS);
      }
    }),
  );
  try {
    await done('token', 'revoke', revoked.token_id);
    await done('tenant', 'set', 'off', '--enabled', 'false');
    const deadline = Date.now() + EFFECTIVE_WITHIN_MS;
    let seen = [0, 0];
    while (seen.join() !== '401,403' && Date.now() < deadline) {
      await sleep(PAUSE_MS);
      seen = [await send('life', revoked.token), await send('off', switched.token)];
    }
    expect(seen).toEqual([401, 403]);
  } finally {
    load.abort();
    await loading;
  }
  expect(answers.length).toBeGreaterThan(SENDERS * 10);
  expect(new Set(answers)).toEqual(new Set([202]));
}, 90_000);
