import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRefusedEvents } from '../../lambdas/api/refused-events.ts';
import { balanceLedger } from '../../lambdas/lifecycle/ledger.ts';
import { mendInScope } from '../../lambdas/lifecycle/replay/scope.ts';
import { ReplaySurvey } from '../../lambdas/lifecycle/replay/survey.ts';
import { readLedgerDays } from '../../lambdas/pipeline-state/ledger.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess } from '../support/http-calls.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { track } from '../support/sql-api.ts';
import { until } from '../support/stack.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const dayAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
/** Long enough ago to be over for an hour, whatever the time. */
const DAY = dayAgo(2);

let database: TestDatabase;
let tenant: Tenant;
beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(
    `CREATE OR REPLACE FUNCTION raw.ledger_begins_on() RETURNS date LANGUAGE sql IMMUTABLE RETURN DATE '2026-01-01'`,
  );
});
afterAll(() => database.drop());
beforeEach(async () => {
  for (const table of [
    'raw.ledger_days',
    'raw.landing_outcomes',
    'raw.erased_tally',
    'raw.site_tracking_requests_r',
    'raw.pending_requests',
    'staging.quarantined_events',
    'business.site_event_nl',
  ])
    await database.pool.query(`DELETE FROM ${table}`);
  tenant = await createTenant(database.pool, crypto.randomUUID());
});

/** Everything of today arrived so many days ago, when nothing was closed yet. */
async function arriveAgo(days = 2): Promise<void> {
  for (const [table, column] of [
    ['raw.site_tracking_requests_r', 'received_timestamp'],
    ['raw.pending_requests', 'received_timestamp'],
    ['raw.landing_outcomes', 'received_timestamp'],
    ['staging.quarantined_events', 'received_timestamp'],
    ['business.site_event_nl', 'load_date'],
  ])
    await database.pool.query(
      `UPDATE ${table} SET ${column} = ${column} - make_interval(days => $1)
       WHERE ${column} > statement_timestamp() - INTERVAL '1 day'`,
      [days],
    );
  await database.pool.query(
    `UPDATE raw.ledger_progress SET closed_until = $1, balanced_until = $1, closing_until = NULL, closing_xid = NULL`,
    [dayAgo(days)],
  );
}

async function balance() {
  const { logger, lines, measured } = createRecordingLogger();
  await balanceLedger(database.as(databaseRoles.maintenance), logger);
  return { gap: measured[0]?.LedgerGap, line: lines[0] };
}
const read = async (day = DAY) => {
  const [row] = await inTenant(database.as(databaseRoles.reader), tenant, (client) =>
    readLedgerDays(client, tenant, { from: day, to: day }),
  );
  return row;
};
const isSettled = async (day = DAY, tenantId = tenant.tenantId): Promise<boolean> => {
  const { rows } = await database
    .as(databaseRoles.maintenance)
    .query('SELECT raw.is_ledger_settled($1, $2::date) AS is_settled', [tenantId, day]);
  return rows[0]?.is_settled;
};
/** Transactions of other tests on this server hold a day open as well. */
const untilSettled = (day = DAY) =>
  until('the day is settled', async () => {
    await balance();
    return isSettled(day);
  });
const notes = async (): Promise<number> => {
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS n FROM raw.landing_outcomes WHERE tenant_id = $1',
    [tenant.tenantId],
  );
  return rows[0]?.n;
};
const click = (n: number) => ({
  event_id: `0190a0b0-c0d0-7000-8000-${String(n).padStart(12, '0')}`,
  event_type: 'click',
  timestamp: `${DAY}T10:00:00Z`,
});
/** Two stored, one sent again, one contested, one refused, one in quarantine. */
async function visit(): Promise<void> {
  await tenant.track([click(1), click(2)]);
  await tenant.track([click(1), { ...click(2), evt_label: 'changed' }]);
  await track(database.pool, [{ ...click(3), event_type: 'page_view', tenantId: tenant.tenantId }, 7]);
  const { rows } = await database.pool.query('SELECT request_id::text AS id FROM raw.pending_requests');
  await tenant.stage(rows.map(({ id }) => id));
}
const visited = {
  received: 6,
  stored: 2,
  duplicate: 1,
  quarantined: 2,
  refused: 1,
  erased: 0,
  pending: 0,
  gap: 0,
};

describe('a day', () => {
  it('is settled once it is over and adds up; what the door noted goes, and the sums stay', async () => {
    await visit();
    await arriveAgo();
    expect(await read()).toMatchObject({ ...visited, settled: false });
    expect(await notes()).toBeGreaterThan(0);
    expect(await isSettled()).toBe(false);
    await untilSettled();
    expect(await read()).toMatchObject({ ...visited, settled: true, refusals: { not_an_object: 1 } });
    expect(await notes()).toBe(0);
    await balance();
    expect(await read()).toMatchObject({ ...visited, settled: true });
  });

  it('of today is never settled, nor one on which something is pending', async () => {
    await tenant.track([click(1)]);
    await balance();
    expect(await isSettled(dayAgo(0))).toBe(false);
    const { pending } = await tenant.land([click(2)]);
    await arriveAgo();
    await balance();
    expect(await read()).toMatchObject({ received: 2, stored: 1, pending: 1, gap: 0, settled: false });
    await tenant.load(await tenant.stage(pending.map(({ requestId }) => requestId)));
    await untilSettled();
  });

  it('counts as pending what is on its way, and no event that was set aside, dropped or loaded before', async () => {
    await tenant.track([click(1), click(2)]);
    await tenant.land([click(3), click(4), click(5)]);
    // A replay has marked the first request, staging refused an event of the second and dropped another.
    await database.pool.query(
      `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
       SELECT request_id, received_timestamp, tenant_id, event_count, now() FROM raw.site_tracking_requests_r
       WHERE event_count = 2`,
    );
    await database.pool.query(
      `INSERT INTO staging.quarantined_events
         (tenant_id, event_id, raw_event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source)
       SELECT tenant_id, event_ids[1], request_id * 1024, received_timestamp, 'STAGING', 'invalid_field', '{}', '{}', 'test'
       FROM raw.site_tracking_requests_r WHERE event_count = 3`,
    );
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET event_context = '{"1": {"erased": {"dropped": true}}}' WHERE event_count = 3`,
    );
    await database.pool.query(
      `INSERT INTO raw.erased_tally (tenant_id, received_day, kind, events) VALUES ($1, $2, 'dropped', 1)`,
      [tenant.tenantId, dayAgo(0)],
    );
    expect(await read(dayAgo(0))).toMatchObject({
      received: 5,
      stored: 2,
      quarantined: 1,
      erased: 1,
      pending: 1,
      gap: 0,
    });
  });

  it('of before the ledger began, or on which nothing arrived, keeps nobody waiting', async () => {
    expect(await isSettled('2020-01-01')).toBe(true);
    await arriveAgo(3);
    await until('the days are closed', async () => {
      await balance();
      return isSettled(dayAgo(3));
    });
    expect(await isSettled(dayAgo(0))).toBe(false);
  });

  it('stays open while a transaction that began before its end may still commit', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await track(client, { ...click(1), tenantId: tenant.tenantId });
      await arriveAgo();
      for (let run = 0; run < 3; run += 1) await balance();
      expect(await isSettled()).toBe(false);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    const { rows } = await database.pool.query('SELECT request_id::text AS id FROM raw.pending_requests');
    await tenant.load(await tenant.stage(rows.map(({ id }) => id)));
    await arriveAgo();
    await untilSettled();
    expect(await read()).toMatchObject({ received: 1, stored: 1, gap: 0 });
  });

  it('that is cut off while it is balanced, or balanced by two at once, has the same figures', async () => {
    await visit();
    await arriveAgo();
    const client = await database.as(databaseRoles.maintenance).connect();
    await client.query('BEGIN');
    await client.query('SELECT raw.due_ledger_days()');
    await client.query('SELECT raw.balance_ledger_day($1)', [DAY]);
    await client.query('ROLLBACK');
    client.release();
    expect(await read()).toMatchObject(visited);
    await Promise.all([balance(), balance(), balance()]);
    await untilSettled();
    expect(await read()).toMatchObject(visited);
  });
});

describe('a settled day', () => {
  beforeEach(async () => {
    await visit();
    await arriveAgo();
    await untilSettled();
  });

  it('stands when retention takes what it was counted from', async () => {
    await database.pool.query('DELETE FROM business.site_event_nl WHERE tenant_hk = $1', [tenant.tenantHk]);
    await database.pool.query('DELETE FROM staging.quarantined_events WHERE tenant_id = $1', [
      tenant.tenantId,
    ]);
    await balance();
    expect(await read()).toMatchObject({ ...visited, settled: true });
  });

  it('moves to erased what is erased later, once', async () => {
    await database.pool.query(
      `INSERT INTO raw.erased_tally (tenant_id, received_day, kind, events)
       VALUES ($1, $2, 'anonymised', 1), ($1, $2, 'conflict', 1)`,
      [tenant.tenantId, DAY],
    );
    for (let run = 0; run < 2; run += 1) await balance();
    expect(await read()).toMatchObject({ ...visited, stored: 1, quarantined: 1, erased: 2, gap: 0 });
  });

  it('is counted again when a replay has loaded what was in quarantine', async () => {
    // Refused by rules of before: the event is fine by those of today.
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET body = convert_to($2, 'UTF8'), byte_lengths = ARRAY[length($2)]
       WHERE tenant_id = $1 AND event_count = 1`,
      [tenant.tenantId, JSON.stringify(click(3))],
    );
    const context = {
      pool: database.pool,
      logger: silent,
      workers: 1,
      stop: new AbortController().signal,
      onProgress: () => undefined,
    };
    const scope = { tenantIds: [tenant.tenantId], from: null, to: null };
    await mendInScope(context, scope, new ReplaySurvey(0));
    await balance();
    expect(await read()).toMatchObject({ ...visited, stored: 3, quarantined: 1, settled: true });
  });

  it('keeps its figures when a replay finds less than was counted', async () => {
    await database.pool.query('DELETE FROM business.site_event_nl WHERE tenant_hk = $1', [tenant.tenantHk]);
    await database.pool.query('UPDATE raw.ledger_days SET is_stale = true');
    await balance();
    expect(await read()).toMatchObject({ ...visited, settled: true });
  });
});

it('a day that retention has taken from a tenant is not counted again with that of another', async () => {
  const other = await createTenant(database.pool, crypto.randomUUID());
  await visit();
  await other.track([click(1)]);
  await arriveAgo();
  await untilSettled();
  await database.pool.query('DELETE FROM raw.ledger_days WHERE tenant_id = $1', [tenant.tenantId]);
  await database.pool.query('DELETE FROM business.site_event_nl WHERE tenant_hk = $1', [tenant.tenantHk]);
  await database.pool.query('UPDATE raw.ledger_days SET is_stale = true');
  expect(await balance()).toMatchObject({ gap: 0 });
  const { rows } = await database.pool.query(
    'SELECT tenant_id, is_stale FROM raw.ledger_days WHERE day = $1 ORDER BY tenant_id',
    [DAY],
  );
  expect(rows).toEqual([{ tenant_id: other.tenantId, is_stale: false }]);
});

describe('a gap', () => {
  it('is measured at every run, holds the day open for a week, and then stays in the ledger', async () => {
    await tenant.track([click(1), click(2)]);
    await database.pool.query(
      'DELETE FROM business.site_event_nl WHERE site_event_bk = $1 AND tenant_hk = $2',
      [click(1).event_id, tenant.tenantHk],
    );
    await arriveAgo();
    for (let run = 0; run < 2; run += 1) {
      const { gap, line } = await balance();
      expect(gap).toBe(1);
      expect(line).toMatchObject({ message: 'ledger has a gap', facts: { gap: 1 } });
    }
    expect(await isSettled()).toBe(false);
    await database.pool.query('DELETE FROM raw.ledger_days');
    for (const [table, column] of [
      ['raw.site_tracking_requests_r', 'received_timestamp'],
      ['business.site_event_nl', 'load_date'],
    ])
      await database.pool.query(
        `UPDATE ${table} SET ${column} = ${column} - INTERVAL '7 days'
         WHERE ${column} > statement_timestamp() - INTERVAL '3 days'`,
      );
    await database.pool.query('UPDATE raw.ledger_progress SET closed_until = $1, balanced_until = $1', [
      dayAgo(9),
    ]);
    await untilSettled(dayAgo(9));
    expect(await balance()).toMatchObject({ gap: 0 });
    expect(await read(dayAgo(9))).toMatchObject({ received: 2, stored: 1, gap: 1, settled: true });
  });

  it('of zero is measured as well, so that an alarm tells none from nothing', async () => {
    expect(await balance()).toMatchObject({ gap: 0 });
  });
});

describe('refusals at the door', () => {
  it('of a call whose tenant nobody knows are in no ledger', async () => {
    const { tokens } = await provisionTenant(database.pool, {
      tenantId: tenant.tenantId,
      siteId: 'main',
      name: 'A',
    });
    const send = ingestProcess(database.pool);
    const route = 'POST /api/v1/track/async';
    expect((await send(route, credentials(tokens.secret, 'somebody-else'), click(1))).statusCode).toBe(401);
    expect(await notes()).toBe(0);
    expect((await send(route, credentials(tokens.secret, tenant.tenantId), 7)).statusCode).toBe(400);
    expect(await notes()).toBe(2);
  });

  it('by the rate reach the database once a second, however many they are', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { beyondRate } = createRefusedEvents(database.as(databaseRoles.ingest), silent);
      for (let call = 0; call < 50; call += 1) await beyondRate.record(tenant, 3);
      expect(await notes()).toBe(2);
      vi.setSystemTime(Date.now() + 1_001);
      await beyondRate.writeDue();
      expect(await notes()).toBe(4);
      vi.useRealTimers();
      expect(await read(dayAgo(0))).toMatchObject({ received: 150, refused: 150, gap: 0 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('that cannot be noted fail no call, and are neither received nor refused', async () => {
    const { logger, lines } = createRecordingLogger();
    const { note } = createRefusedEvents({ query: () => Promise.reject(new Error('gone')) }, logger);
    await note(tenant, 2, new Map([['invalid_json', 2]]));
    expect(lines).toMatchObject([{ message: 'refused events not noted', facts: { events: 2 } }]);
  });
});
