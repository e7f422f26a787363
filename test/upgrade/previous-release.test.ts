import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { beginChecks, readChecks, runCheck } from '../../cli/conformance/checks.ts';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { analyticsRoutes } from '../../lambdas/platform/routes.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { openRoles } from '../../local/database-login.ts';
import { createDatabase } from '../support/database.ts';
import { credentials, gatewayEvent } from '../support/http-calls.ts';
import { Installation, pageView, repeat, type Sender } from './installation.ts';
import { type PreviousRelease, type Release, repository, unpackPreviousRelease } from './release.ts';

const MINUTE = 60_000;
/** The tests of a busy machine wait for each other. */
const PATIENCE = 3 * MINUTE;

let previous: PreviousRelease;
beforeAll(() => {
  previous = unpackPreviousRelease();
});
afterAll(() => previous.remove());

const site = { tenantId: 'shop', siteId: 'main', name: 'Shop' };

/** Names of the checks that return rows. */
async function broken({ database }: Installation): Promise<string[]> {
  return inTransaction(database.pool, async (client) => {
    await beginChecks(client);
    const names: string[] = [];
    for (const check of readChecks()) {
      if ((await runCheck(client, check)).rows > 0) names.push(check.name);
    }
    return names;
  });
}

describe('the handlers of the release before, on the schema of this one', () => {
  let installation: Installation;
  let before: Release;
  let now: Release;
  let sender: Sender;
  let admin: Sender;
  beforeAll(async () => {
    installation = await Installation.on(await createDatabase());
    const { tokens } = await provisionTenant(installation.database.pool, site);
    sender = { tenantId: site.tenantId, token: tokens.secret };
    admin = { tenantId: site.tenantId, token: tokens.admin };
    before = installation.release(previous.directory);
    now = installation.release(repository);
    installation.consumeWith(before);
  }, PATIENCE);
  afterAll(() => installation.stop());

  it(
    'bring every event into the vault, and what cannot be loaded into quarantine',
    async () => {
      const send = (route: string, body: unknown) => installation.send(before, sender, route, body);
      const twice = pageView('c');
      expect([
        await send('POST /api/v1/track', pageView('a')),
        await send('POST /api/v1/track/async', twice),
        await send('POST /api/v1/track/batch', { events: Array.from({ length: 20 }, () => pageView('b')) }),
      ]).toEqual([200, 202, 202]);
      // The id is taken: nobody may change what an event said.
      await send('POST /api/v1/track/async', { ...twice, page_title: 'Another' });
      await installation.untilLoaded(22);
      await expect.poll(() => installation.count('staging.quarantined_events'), { timeout: MINUTE }).toBe(1);
    },
    PATIENCE,
  );

  it(
    'finish what the queues have forgotten',
    async () => {
      await installation.stopConsuming();
      await installation.send(before, sender, 'POST /api/v1/track/async', pageView('d'));
      await installation.forgetMessages();
      installation.consumeWith(before);
      await expect
        .poll(
          async () => {
            expect(await before.invoke('maintenance', { job: 'sweep' })).toMatchObject({ kind: 'answered' });
            return installation.count('business.site_event_nl');
          },
          { timeout: MINUTE, interval: 500 },
        )
        .toBe(23);
    },
    PATIENCE,
  );

  it.each(['snapshots', 'metrics', 'partitions'])('run their job %s', async (job) => {
    expect(await before.invoke('maintenance', { job })).toMatchObject({ kind: 'answered' });
  });

  const questions = analyticsRoutes.filter((route) => /\/api\/v1\/(analytics|track)/.test(route));
  it.each(questions)('answer %s as this release does', async (route) => {
    const event = {
      ...gatewayEvent(route, credentials(admin.token, admin.tenantId)),
      queryStringParameters: route.endsWith('/funnel') ? { steps: 'event:page_view,event:page_view' } : {},
    };
    const answers = await Promise.all(
      [before, now].map((release) => installation.call(release, 'analytics', event)),
    );
    const [old, current] = answers.map(({ statusCode, body }) => ({
      statusCode,
      body: withoutClock(JSON.parse(body)),
    }));
    expect(old?.statusCode).toBe(200);
    expect(current).toMatchObject(z.looseObject({}).parse(old));
  });

  it('say that the database is whole', async () => {
    const { statusCode } = await installation.call(before, 'analytics', gatewayEvent('GET /health/db', {}));
    expect(statusCode).toBe(200);
  });

  it('leave a vault that passes every check', async () => {
    expect(await broken(installation)).toEqual([]);
  });
});

/** An answer without the moment at which it was given. */
function withoutClock(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each) =>
      /^(to|generated_at|timestamp|oldest_seconds)$/.test(key) ? undefined : each,
    ),
  );
}

describe('an upgrade under traffic', () => {
  let installation: Installation;
  const calls = new Map<number, number>();
  beforeAll(async () => {
    const database = await createDatabase({ empty: true });
    await migrate(database.pool, readMigrations(join(previous.directory, 'sql', 'migrations')));
    await openRoles(database.url);
    installation = await Installation.on(database);
  }, PATIENCE);
  afterAll(() => installation.stop());

  it(
    'refuses no call and loses no event: old code, then the new schema under it, then both, then new code',
    async () => {
      const { database } = installation;
      const operator = installation.functionOf('operator', database.url);
      writeOperator(previous.directory);
      const before = installation.release(previous.directory, [operator]);
      const made = await before.invoke('operator', site);
      const { tokens } = z
        .object({ value: z.object({ tokens: z.object({ secret: z.string() }) }) })
        .parse(made).value;
      const sender = { tenantId: site.tenantId, token: tokens.secret };
      const traffic = (release: Release) => {
        const stop = new AbortController();
        const done = repeat(async () => {
          const status = await installation.send(release, sender, 'POST /api/v1/track/async', pageView('s'));
          calls.set(status, (calls.get(status) ?? 0) + 1);
        }, stop);
        return async () => {
          stop.abort();
          return done;
        };
      };

      installation.consumeWith(before);
      const endOld = traffic(before);
      await installation.untilLoaded(10);
      const ran = await migrate(database.pool, readMigrations(migrationsDirectory));
      expect(ran.length).toBeGreaterThan(0);
      const atMigration = await installation.count('business.site_event_nl');
      await installation.untilLoaded(atMigration + 10);

      const now = installation.release(repository);
      const endNew = traffic(now);
      installation.consumeWith(now);
      await installation.untilLoaded(atMigration + 20);
      const bySent = await endOld();
      await installation.stopConsuming();
      installation.consumeWith(now);
      await installation.untilLoaded(atMigration + 30);
      const sent = bySent + (await endNew());

      expect([...calls]).toEqual([[202, sent]]);
      await expect
        .poll(
          async () => {
            await now.invoke('maintenance', { job: 'sweep' });
            return installation.count('business.site_event_nl');
          },
          { timeout: MINUTE, interval: 500 },
        )
        .toBe(sent);
      expect(await broken(installation)).toEqual([]);
    },
    PATIENCE,
  );
});

/** Lets the release make a tenant as its own operator would have. */
function writeOperator(directory: string): void {
  writeFileSync(
    join(directory, 'lambdas', 'operator.ts'),
    `import { readEnvironment } from './platform/environment.ts';
import { createPool } from './platform/postgres.ts';
import { provisionTenant } from './tenancy/provision.ts';
const pool = createPool(readEnvironment());
export const handler = (tenant) => provisionTenant(pool, tenant);
`,
  );
}
