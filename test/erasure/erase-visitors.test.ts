import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eraseVisitors } from '../../lambdas/lifecycle/erasure/erase-visitors.ts';
import { judge } from '../../lambdas/lifecycle/replay/judgement.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mixedTraffic } from '../support/mixed-industries.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { findText } from './find-text.ts';
import { markedVisit } from './marked-visitor.ts';
import { totalsOf } from './totals.ts';

const EVENTS = 400;
const MARKS = Array.from({ length: 6 }, (_, n) => `zq7mark${n}x`);
const VISITORS = MARKS.map((mark) => `visitor-${mark}`);
const now = new Date();
const DAY = 86_400_000;

let database: TestDatabase;
let a: Awaited<ReturnType<typeof createTenant>>;
let b: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  database = await createDatabase();
  const { pool } = database;
  a = await createTenant(pool, 'erase-a');
  b = await createTenant(pool, 'erase-b');
  for (const tenant of [a, b]) {
    for (const { body, ...origin } of mixedTraffic(EVENTS, 5, [tenant.tenantId], now, 60).sendings)
      await tenant.track(body, origin);
    // Others see the shared page and deal with the shared items, before and after.
    await tenant.track(markedVisit('everybody', new Date(now.getTime() - 3 * DAY)));
    await tenant.track({
      visitor_id: 'later',
      event_type: 'page_view',
      page_url: 'https://shop.example/shared',
      page_title: 'Shop',
      event_timestamp: new Date(now.getTime() - DAY).toISOString(),
    });
    for (const mark of MARKS) await tenant.track(markedVisit(mark, new Date(now.getTime() - 2 * DAY)));
    // A batch whose envelope names a marked visitor for all events but one.
    await tenant.track({
      visitor_id: VISITORS[0],
      events: [
        ...markedVisit('n', new Date(now.getTime() - 2 * DAY)).map((event) => ({
          ...event,
          visitor_id: undefined,
          event_id: undefined,
          user_agent: undefined,
        })),
        {
          event_type: 'page_view',
          page_url: 'https://shop.example/shared',
          visitor_id: 'somebody',
          event_timestamp: now.toISOString(),
        },
      ],
    });
    await tenant.track(
      markedVisit(MARKS[1] ?? '', new Date(now.getTime() - 2 * DAY))
        .slice(0, 1)
        .map((event) => ({ ...event, note: 'another payload' })),
    );
  }
  await takeSnapshots(pool, silent, new Date(now.getTime() + DAY));
}, 60_000);
afterAll(() => database.drop());

describe('erasing visitors', { timeout: 60_000 }, () => {
  it('leaves no mark of theirs in any table, totals as they were, the other tenant untouched, and a vault that passes every check', async () => {
    const { pool } = database;
    for (const mark of MARKS) expect(await findText(pool, mark)).not.toEqual([]);
    const before = await totalsOf(pool, a.tenantHk);
    const counts = await eraseVisitors(database.as(databaseRoles.maintenance), silent, a, VISITORS);
    expect(counts).toMatchObject({ visitors: 6, visitors_found: 6, conflicts_deleted: 1 });
    expect(await totalsOf(pool, a.tenantHk)).toEqual(before);
    for (const mark of MARKS) {
      const left = await findText(pool, mark, { tenantHk: a.tenantHk, tenantId: a.tenantId });
      expect(left).toEqual([]);
    }
    expect(await brokenChecks(pool)).toEqual([]);
  });

  it('leaves raw bytes of which a replay makes the same vault', async () => {
    const { rows } = await database.pool.query(
      'SELECT request_id::text AS "requestId", received_timestamp::text AS received, event_count AS events FROM raw.site_tracking_requests_r',
    );
    const requests = z
      .array(z.object({ requestId: z.string(), received: z.string(), events: z.number() }))
      .parse(rows);
    const { events } = await judge(database.pool, requests);
    expect(events.length).toBeGreaterThan(2 * EVENTS);
    expect(events.filter(({ verdict }) => verdict !== 'same')).toEqual([]);
  });
});
