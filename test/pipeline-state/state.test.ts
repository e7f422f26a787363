import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeCursor } from '../../lambdas/api/cursor.ts';
import { readDashboard } from '../../lambdas/pipeline-state/dashboard.ts';
import { createHealthChecks } from '../../lambdas/pipeline-state/health.ts';
import { readLineage } from '../../lambdas/pipeline-state/lineage.ts';
import { readStatus } from '../../lambdas/pipeline-state/status.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { uuid } from '../support/sql-api.ts';

let database: TestDatabase;
let acme: Awaited<ReturnType<typeof createTenant>>;
let globex: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  acme = await createTenant(database.pool, crypto.randomUUID());
  globex = await createTenant(database.pool, crypto.randomUUID());
});

const reader = () => database.as(databaseRoles.reader);
const click = (n: number) => ({ event_id: uuid(n), event_type: 'click', page_url: 'https://shop.example/' });
const ids = ({ pending }: { pending: readonly { requestId: string }[] }) =>
  pending.map(({ requestId }) => requestId);

/** For acme two events in the vault, one staged, one landed, one refused by staging; for globex one in the vault. */
async function oneInEachStage(): Promise<void> {
  await acme.track([click(1), click(2)]);
  await acme.stage(ids(await acme.land(click(3))));
  await acme.land(click(4));
  await globex.track(click(1));
  await database.pool.query(
    `INSERT INTO staging.quarantined_events (tenant_id, event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source)
     VALUES ($2, $1, now(), 'INGEST', 'id_conflict', '{}', '{}', 'test')`,
    [uuid(1), acme.tenantId],
  );
}

const noQueues = async () => [];

describe('the status', () => {
  it('counts a tenant’s events by stage, says how long the oldest waits in each, and shows the newest', async () => {
    await oneInEachStage();
    const status = await readStatus(reader(), noQueues, acme);
    expect(status).toMatchObject({
      success: true,
      tenant_id: acme.tenantId,
      stages: {
        raw: { events: 4 },
        pending: { events: 2, requests: 2, oldest_seconds: expect.any(Number) },
        staged: { events: 1, oldest_seconds: expect.any(Number) },
        vault: { events: 2 },
        quarantined: { events: 1 },
      },
      oldest_pending: expect.any(String),
    });
    expect(status.lag.business_seconds).toBe(status.stages.pending.oldest_seconds);
    expect(status.lag.staging_seconds).toBeLessThan(status.lag.business_seconds);
    expect(status.recent.map(({ event_id, stage }) => [event_id, stage])).toEqual([
      [uuid(4), 'Pending'],
      [uuid(3), 'Pending'],
      [uuid(2), 'Complete Pipeline'],
      [uuid(1), 'Complete Pipeline'],
    ]);
  });

  it('of a tenant without events is zero everywhere, and nothing waits', async () => {
    await globex.track(click(1));
    expect(await readStatus(reader(), noQueues, acme)).toMatchObject({
      stages: { raw: { events: 0 }, vault: { events: 0 }, pending: { oldest_seconds: null } },
      lag: { staging_seconds: 0, business_seconds: 0 },
      oldest_pending: null,
      recent: [],
    });
  });

  it('does not depend on the queues', async () => {
    const status = await readStatus(reader(), () => Promise.reject(new Error('gone')), acme);
    expect(status.queues).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('sums up and says how much of all is staged and in the vault', async () => {
    await oneInEachStage();
    const { summary, completion_rates } = await readDashboard(reader(), acme, { limit: 20 });
    expect(summary).toEqual({
      total_events: 5,
      processed_to_staging: 3,
      processed_to_business: 2,
      quarantined: 1,
      pending: 2,
      latest_event: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
    });
    expect(completion_rates).toEqual({ staging: 60, business: 40 });
  });

  it('counts an event once that is in quarantine while its request waits', async () => {
    await database.pool.query(
      `ALTER TABLE staging.site_events_staging ADD CONSTRAINT no_poison CHECK (event_type <> 'poison') NOT VALID`,
    );
    try {
      const { pending } = await acme.land([click(1), { event_type: 'poison' }, click(3)]);
      await acme.stage(pending.map(({ requestId }) => requestId));
    } finally {
      await database.pool.query('ALTER TABLE staging.site_events_staging DROP CONSTRAINT no_poison');
    }
    const { summary } = await readDashboard(reader(), acme, { limit: 20 });
    expect(summary).toMatchObject({
      total_events: 3,
      processed_to_staging: 2,
      quarantined: 1,
      pending: 2,
    });
  });

  it('sums up on the first page only', async () => {
    await acme.track([1, 2].map(click));
    const { next_cursor } = await readDashboard(reader(), acme, { limit: 1 });
    const next = await readDashboard(reader(), acme, { limit: 1, cursor: next_cursor ?? '' });
    expect(Object.keys(next)).toEqual(['events', 'next_cursor']);
  });

  it('of nothing is complete', async () => {
    const { completion_rates, events, next_cursor } = await readDashboard(reader(), acme, { limit: 20 });
    expect({ completion_rates, events, next_cursor }).toEqual({
      completion_rates: { staging: 100, business: 100 },
      events: [],
      next_cursor: null,
    });
  });

  it.each([1, 2, 3, 4, 9, 10])(
    'pages of %i give every event once, newest first, while others arrive',
    async (limit) => {
      await acme.track([1, 2, 3, 4].map(click));
      await acme.track(click(5));
      await acme.track([6, 7, 8, 9].map(click));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await readDashboard(reader(), acme, { limit, cursor });
        expect(page.events.length).toBeLessThanOrEqual(limit);
        seen.push(...page.events.map(({ event_id }) => event_id));
        cursor = page.next_cursor ?? undefined;
        await acme.track(click(100 + seen.length));
      } while (cursor !== undefined);
      expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1].map(uuid));
    },
  );

  it('refuses a cursor of another tenant, and one that nobody was given', async () => {
    await acme.track([1, 2].map(click));
    await globex.track([1, 2].map(click));
    const { next_cursor } = await readDashboard(reader(), globex, { limit: 1 });
    for (const cursor of [next_cursor ?? '', `${next_cursor?.slice(0, -2)}xx`, 'x', '', 'bnVsbA']) {
      await expect(readDashboard(reader(), acme, { limit: 1, cursor })).rejects.toMatchObject({
        status: 400,
        code: 'invalid_cursor',
      });
    }
  });
});

describe('a cursor of the dashboard that the caller sealed himself', () => {
  const begun = (at: unknown[]) => {
    const cursor = writeCursor({ tenant: acme, question: ['dashboard'] }, at);
    return readDashboard(reader(), acme, { limit: 1, cursor });
  };

  it.each([
    [['2026-01-01T00:00:00.000Z', '9999999999999999999']],
    [['2026-01-01T00:00:00.000Z', '9223372036854775808']],
    [['2026-01-01T00:00:00.000Z', '-1']],
    [['2026-01-01T00:00:00.000Z', 'one']],
    [['2026-01-01T00:00:00.000Z', 1]],
    [['2026-02-30T00:00:00.000Z', '1']],
    [['0000-01-01T00:00:00.000Z', '1']],
    [['garbage', '1']],
    [['2026-01-01T00:00:00.000Z']],
  ])('is refused for what the database would not take: %j', async (at) => {
    await expect(begun(at)).rejects.toMatchObject({ status: 400, code: 'invalid_cursor' });
  });

  it('begins where it says in his own events', async () => {
    await acme.track(click(1));
    const { events } = await begun(['9999-12-31T23:59:59.999Z', '9223372036854775807']);
    expect(events.map(({ event_id }) => event_id)).toEqual([uuid(1)]);
  });
});

describe('the lineage of an event', () => {
  it('leads from its raw row to its rows in the vault', async () => {
    const sent = {
      ...click(1),
      event_type: 'item_interaction',
      item_id: 'sku-1',
      session_id: 's',
      visitor_id: 'v',
    };
    await acme.track([click(2), sent]);
    const { rows } = await database.pool.query(
      `SELECT encode(event.site_event_hk, 'hex') AS event, encode(session.site_session_hk, 'hex') AS session,
         encode(event.site_visitor_hk, 'hex') AS visitor, encode(event.site_page_hk, 'hex') AS page, encode(item.business_item_hk, 'hex') AS item
       FROM business.site_event_nl AS event
       JOIN business.event_session_l AS session USING (site_event_hk)
       JOIN business.event_business_item_nl AS item USING (site_event_hk)
       WHERE event.tenant_hk = $1`,
      [acme.tenantHk],
    );
    const [keys] = rows;
    const lineage = await readLineage(reader(), acme, uuid(1));
    expect(lineage).toMatchObject({
      event_id: uuid(1),
      stage: 'Complete Pipeline',
      raw: {
        site_id: 'main',
        status: 'PROCESSED',
        bytes: JSON.stringify(sent).length,
        sha256: createHash('sha256').update(JSON.stringify(sent)).digest('hex'),
        value_altered: false,
      },
      quarantine: null,
      vault: {
        site_event_hk: keys.event,
        event_type: 'item_interaction',
        site_session_hk: keys.session,
        site_visitor_hk: keys.visitor,
        site_page_hk: keys.page,
        business_item_hks: [keys.item],
      },
    });
    expect(lineage.vault?.rows.map(({ table, key }) => [table, key])).toEqual([
      ['business.site_event_nl', keys.event],
      ['business.session_slice_h', expect.any(String)],
      ['business.site_visitor_h', keys.visitor],
      ['business.session_slice_visitor_l', expect.any(String)],
      ['business.site_page_h', keys.page],
      ['business.business_item_h', keys.item],
    ]);
  });

  it('ends where the event waits, or was refused', async () => {
    await acme.land(click(1));
    expect(await readLineage(reader(), acme, uuid(1))).toMatchObject({
      stage: 'Pending',
      raw: { status: 'PENDING' },
      vault: null,
    });
    await database.pool.query(
      `ALTER TABLE business.site_event_nl ADD CONSTRAINT no_poison CHECK (event_type <> 'poison') NOT VALID`,
    );
    await acme.track({ ...click(2), event_type: 'poison' });
    expect(await readLineage(reader(), acme, uuid(2))).toMatchObject({
      stage: 'Quarantined',
      raw: { status: 'ERROR' },
      quarantine: { stage: 'BUSINESS', code: 'cannot_be_loaded' },
      vault: null,
    });
  });

  it('is found by the id as the client sent it', async () => {
    await acme.track({ ...click(1), event_id: 'order 7/éà' });
    expect(await readLineage(reader(), acme, 'order 7/éà')).toMatchObject({ stage: 'Complete Pipeline' });
  });

  it('of another tenant’s event is that of one that does not exist', async () => {
    await globex.track(click(1));
    const refusals = [];
    for (const id of [uuid(1), uuid(2)]) {
      refusals.push(
        await readLineage(reader(), acme, id).then(
          () => 'found',
          ({ status, code, message, pointer }) => ({ status, code, message, pointer }),
        ),
      );
    }
    expect(refusals[0]).toMatchObject({ status: 404, code: 'unknown_event' });
    expect(refusals[0]).toEqual(refusals[1]);
  });

  it('shows each of two tenants its own where both sent the same id', async () => {
    await acme.track(click(1));
    await globex.track({ ...click(1), event_type: 'scroll' });
    const [mine, theirs] = await Promise.all(
      [acme, globex].map((tenant) => readLineage(reader(), tenant, uuid(1))),
    );
    expect([mine?.vault?.event_type, theirs?.vault?.event_type]).toEqual(['click', 'scroll']);
    expect(mine?.raw?.raw_event_id).not.toBe(theirs?.raw?.raw_event_id);
  });
});

describe('the health of', () => {
  let own: TestDatabase;
  beforeAll(async () => {
    own = await createDatabase();
  });
  afterAll(() => own.drop());
  const checks = (readDepths: () => Promise<unknown> = noQueues) =>
    createHealthChecks({ database: own.as(databaseRoles.reader), readDepths, logger: silent });

  it('a whole database is well', async () => {
    expect(await checks().db()).toMatchObject({ status: 'ok', missing: [] });
    expect(await checks().detailed()).toMatchObject({
      status: 'ok',
      checks: { database: 'ok', queues: 'ok' },
    });
  });

  it('a database without an object, or behind on migrations, is not', async () => {
    await own.pool.query('DROP FUNCTION staging.trigger_pipeline_now()');
    expect(await checks().db()).toMatchObject({
      status: 'failing',
      missing: ['staging.trigger_pipeline_now()'],
    });
    await own.pool.query('DELETE FROM util.schema_migrations WHERE migration_number = 11');
    const { migrations } = await checks().db();
    expect(migrations?.applied).toBe((migrations?.expected ?? 0) - 1);
  });

  it('queues that do not answer leaves the whole well: events do not depend on them', async () => {
    expect(await checks(() => Promise.reject(new Error('gone'))).detailed()).toMatchObject({
      status: 'ok',
      checks: { database: 'ok', queues: 'failing' },
    });
  });

  it('a database that does not answer names no cause', async () => {
    const health = createHealthChecks({
      database: { query: () => Promise.reject(new Error('password of onevault_reader at 10.0.0.1')) },
      readDepths: noQueues,
      logger: silent,
    });
    const answers = JSON.stringify([await health.detailed(), await health.db()]);
    expect(answers).toContain('failing');
    expect(answers).not.toMatch(/password|onevault_reader|10\.0/);
  });
});
