import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import { createAuthenticator, type TokenHolder } from '../../lambdas/tenancy/caller.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createRateLimiter, WINDOW_SECONDS } from '../../lambdas/tenancy/rate-limit.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/pipeline.ts';

const RATE = 10;
const QUOTA = RATE * WINDOW_SECONDS;

let database: TestDatabase;
let holder: TokenHolder;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  // The middle of a window.
  vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / 10_000) * 10_000 + 4_500 });
  const tenantId = crypto.randomUUID();
  const { tokens } = await provisionTenant(database.pool, { tenantId, siteId: 's', name: 'A' });
  const authenticate = createAuthenticator(database.pool, silent);
  holder = await authenticate({ token: tokens.secret, customerId: tenantId });
});
afterEach(() => {
  vi.useRealTimers();
});

const newProcess = (database_: Queryable = database.as(databaseRoles.ingest)) =>
  createRateLimiter(database_, silent, { of: 'events', perSecond: RATE });

describe('a token', () => {
  it('may use its quota to the last unit, and no more before the next window', async () => {
    const spend = newProcess();
    expect((await spend(holder, QUOTA - 1)).isWithin).toBe(true);
    expect(await spend(holder, 1)).toEqual({
      isWithin: true,
      retryAfter: 6,
      headers: { 'ratelimit-policy': `"default";q=${QUOTA};w=10`, ratelimit: '"default";r=0;t=6' },
    });
    expect(await spend(holder, 1)).toMatchObject({ isWithin: false, retryAfter: 6 });
    vi.setSystemTime(Date.now() + 6_000);
    expect((await spend(holder, 1)).headers.ratelimit).toBe(`"default";r=${QUOTA - 1};t=10`);
  });

  it('has the rate it was made with before that of the environment', async () => {
    const spend = newProcess();
    const slow = { ...holder, rateLimit: 1 };
    expect((await spend(slow, 10)).isWithin).toBe(true);
    expect((await spend(slow, 1)).isWithin).toBe(false);
  });

  it('may send a batch beyond its whole quota first of all in a window, and then nothing', async () => {
    const spend = newProcess();
    expect((await spend(holder, QUOTA * 2)).isWithin).toBe(true);
    expect((await spend(holder, 1)).isWithin).toBe(false);
    vi.setSystemTime(Date.now() + 6_000);
    await spend(holder, 1);
    expect((await spend(holder, QUOTA * 2)).isWithin).toBe(false);
  });

  it('uses nothing of another’s quota', async () => {
    const spend = newProcess();
    await spend(holder, QUOTA);
    expect((await spend({ ...holder, tokenHash: Buffer.alloc(32, 7) }, QUOTA)).isWithin).toBe(true);
  });
});

it('processes count together: what one used up, the other refuses', async () => {
  const [one, other] = [newProcess(), newProcess()];
  await one(holder, QUOTA / 2);
  expect((await other(holder, QUOTA / 2)).headers.ratelimit).toContain('r=0;');
  expect((await other(holder, 1)).isWithin).toBe(false);
  vi.setSystemTime(Date.now() + 201);
  expect((await one(holder, 1)).isWithin).toBe(false);
});

it('what a token writes leaves what it may ask, in whatever process', async () => {
  const pool = database.as(databaseRoles.reader);
  const ask = createRateLimiter(pool, silent, { of: 'questions', perSecond: 1 });
  await newProcess()(holder, QUOTA);
  expect((await ask(holder, WINDOW_SECONDS)).isWithin).toBe(true);
  const elsewhere = createRateLimiter(pool, silent, { of: 'questions', perSecond: 1 });
  expect((await elsewhere(holder, 1)).isWithin).toBe(false);
});

it('the database is asked once for many small calls within a fifth of a second', async () => {
  const pool = database.as(databaseRoles.ingest);
  const query = vi.spyOn(pool, 'query');
  const spend = createRateLimiter(pool, silent, { of: 'events', perSecond: 1_000_000 });
  for (let call = 0; call < 50; call += 1) await spend(holder, 1);
  expect(query).toHaveBeenCalledOnce();
  vi.setSystemTime(Date.now() + 201);
  await spend(holder, 1);
  expect(query).toHaveBeenCalledTimes(2);
  query.mockRestore();
});

it('a database that does not answer refuses nobody, and this process goes on counting', async () => {
  const spend = newProcess({ query: () => Promise.reject(new Error('gone')) });
  expect((await spend(holder, QUOTA)).isWithin).toBe(true);
  expect((await spend(holder, 1)).isWithin).toBe(false);
});
