import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eraseConflicts } from '../../lambdas/lifecycle/erasure/erase-again.ts';
import { eraseVisitors } from '../../lambdas/lifecycle/erasure/erase-visitors.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { findText } from './find-text.ts';
import { markedVisit } from './marked-visitor.ts';

const then = new Date(Date.now() - 3 * 86_400_000);
let database: TestDatabase;
let a: Awaited<ReturnType<typeof createTenant>>;
let b: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  database = await createDatabase();
  a = await createTenant(database.pool, 'late-a');
  b = await createTenant(database.pool, 'late-b');
  await a.track(markedVisit('others', then));
});
afterAll(() => database.drop());

const erase = (...marks: readonly string[]) =>
  eraseVisitors(
    database.as(databaseRoles.maintenance),
    silent,
    a,
    marks.map((mark) => `visitor-${mark}`),
  );
const left = (mark: string) => findText(database.pool, mark, a);
const tallied = async (): Promise<Record<string, number>> => {
  const { rows } = await database.pool.query(
    'SELECT kind, sum(events)::int AS events FROM raw.erased_tally GROUP BY kind',
  );
  const counted = z.array(z.object({ kind: z.string(), events: z.number() })).parse(rows);
  return Object.fromEntries(counted.map(({ kind, events }) => [kind, events]));
};

describe('an erased visitor does not come back', { timeout: 30_000 }, () => {
  it('with what had landed or was staged before and what is delivered or imported after, and all of it is counted', async () => {
    const before = await tallied();
    const mark = 'zq7late1';
    const visit = markedVisit(mark, then);
    await a.track(visit.slice(0, 2));
    const landed = await a.land(visit.slice(2, 3));
    const staged = await a.land(visit.slice(3, 4));
    const toLoad = await a.stage(staged.pending.map(({ requestId }) => requestId));
    const counts = await erase(mark);
    expect(counts).toMatchObject({ visitors_found: 1, events_anonymised: 2, requests_to_come: 1 });
    await a.load(toLoad);
    expect(await a.stage(landed.pending.map(({ requestId }) => requestId))).toEqual([]);
    // Redelivered: known events are duplicates. What the browser had kept back is new, and so is an import of old lines.
    const again = await a.track(visit);
    expect(again.verdicts.map(({ status }) => status)).toEqual([
      'duplicate',
      'duplicate',
      'duplicate',
      'duplicate',
      'accepted',
      'accepted',
    ]);
    await a.track({
      visitor_id: 'somebody',
      events: markedVisit(mark, new Date('2020-02-03T00:00:00Z')).map((event) => ({
        ...event,
        event_id: undefined,
      })),
    });
    expect(await left(mark)).toEqual([]);
    const after = await tallied();
    expect((after.anonymised ?? 0) - (before.anonymised ?? 0)).toBe(2);
    expect((after.dropped ?? 0) - (before.dropped ?? 0)).toBe(1 + 1 + 2 + 6);
    expect(await brokenChecks(database.pool)).toEqual([]);
  });

  it('with a second payload under the id of an event that is known', async () => {
    const mark = 'zq7late0';
    await a.track(markedVisit(mark, then));
    await erase(mark);
    const again = await a.track(
      markedVisit(mark, then).map((event) => ({ ...event, note: `more of ${mark}` })),
    );
    expect(again.verdicts.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await left(mark)).toEqual(['staging.quarantined_events: 6']);
    expect(await eraseConflicts(database.as(databaseRoles.maintenance))).toBe(6);
    expect(await left(mark)).toEqual([]);
  });

  it('out of quarantine, where events of theirs lay that no rule accepts', async () => {
    const mark = 'zq7late2';
    await database.pool.query('SELECT api.track_event($1::jsonb)', [
      JSON.stringify([
        { tenantId: 'late-a', visitor_id: `visitor-${mark}`, event_type: 'page_view', note: mark },
        {
          tenantId: 'late-a',
          visitor_id: `visitor-${mark}`,
          event_type: 'transaction_step',
          evt_action: mark,
        },
        { tenantId: 'late-a', visitor_id: 'somebody', event_type: 'page_view', note: 'zq7kept' },
      ]),
    ]);
    const { rows } = await database.pool.query(
      `SELECT request_id::text AS id FROM raw.pending_requests WHERE stage = 'LANDED'`,
    );
    await a.stage(
      z
        .array(z.object({ id: z.string() }))
        .parse(rows)
        .map(({ id }) => id),
    );
    expect(await left(mark)).toContain('staging.quarantined_events: 2');
    expect(await erase(mark)).toMatchObject({ events_dropped: 2, events_anonymised: 0 });
    expect(await left(mark)).toEqual([]);
    expect(await left('zq7kept')).toContain('staging.quarantined_events: 1');
    expect(await brokenChecks(database.pool)).toEqual([]);
  });

  it('and is erased as well where the raw layer has forgotten the events', async () => {
    const mark = 'zq7late3';
    await a.track(markedVisit(mark, then));
    await database.pool.query(
      `DELETE FROM raw.site_tracking_requests_r WHERE position(convert_to($1, 'UTF8') IN body) > 0`,
      [mark],
    );
    expect(await erase(mark)).toMatchObject({ events_anonymised: 6, requests_rewritten: 0 });
    expect(await left(mark)).toEqual([]);
    expect(await brokenChecks(database.pool)).toEqual([]);
  });

  it('while a visitor of another tenant with the same id keeps everything', async () => {
    const mark = 'zq7late4';
    for (const tenant of [a, b]) await tenant.track(markedVisit(mark, then));
    await takeSnapshots(database.pool, silent, new Date());
    const standing = await findText(database.pool, mark, b);
    await erase(mark);
    expect(await findText(database.pool, mark, b)).toEqual(standing);
    const later = await b.track(
      markedVisit(mark, then).map((event) => ({ ...event, event_id: undefined, note: 'later' })),
    );
    expect(later.verdicts.every(({ status }) => status === 'accepted')).toBe(true);
    expect(await left(mark)).toEqual([]);
  });

  it('and to erase twice does no more than once', async () => {
    const mark = 'zq7late5';
    await a.track(markedVisit(mark, then));
    const first = await erase(mark);
    expect(first).toMatchObject({ visitors_found: 1, events_anonymised: 6 });
    expect(await erase(mark)).toMatchObject({
      visitors: 1,
      visitors_found: 0,
      events_anonymised: 0,
      requests_rewritten: 0,
    });
  });

  it('and leaves whoever shared a session with them their part of it', async () => {
    const mark = 'zq7late6';
    await a.track(markedVisit(mark, then));
    await a.track({
      visitor_id: 'partner',
      session_id: `session-${mark}`,
      event_type: 'page_view',
      page_url: 'https://shop.example/shared',
      event_timestamp: then.toISOString(),
    });
    await erase(mark);
    // The session's name is the partner's as well.
    expect(await left(`visitor-${mark}`)).toEqual([]);
    expect(await left(`session-${mark}`)).toEqual([
      'business.session_slice_h: 1',
      'raw.site_tracking_requests_r: 1',
    ]);
    expect(await brokenChecks(database.pool)).toEqual([]);
  });

  it('and is erased while others are loaded all the time, without a deadlock or a lost event', async () => {
    const marks = Array.from({ length: 12 }, (_, n) => `zq7crowd${n}x`);
    for (const mark of marks) await a.track(markedVisit(mark, then));
    let isOver = false;
    let sent = 0;
    const loader = async (worker: number) => {
      while (!isOver) {
        sent += 1;
        await a.track({
          visitor_id: `busy-${worker}`,
          event_type: 'page_view',
          event_id: `busy-${worker}-${sent}`,
          page_url: 'https://shop.example/shared',
          evt_value: 1,
        });
      }
    };
    const loaders = [loader(1), loader(2), loader(3)];
    for (let from = 0; from < marks.length; from += 3) await erase(...marks.slice(from, from + 3));
    isOver = true;
    await Promise.all(loaders);
    for (const mark of marks) expect(await left(mark)).toEqual([]);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM business.site_event_nl JOIN business.site_visitor_h USING (site_visitor_hk) WHERE site_visitor_bk LIKE 'busy-%'`,
    );
    expect(rows).toEqual([{ n: sent }]);
    expect(await brokenChecks(database.pool)).toEqual([]);
  });
});
