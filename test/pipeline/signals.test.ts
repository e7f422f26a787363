import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runJob } from '../../lambdas/lifecycle/job.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

let database: TestDatabase;
let acme: Awaited<ReturnType<typeof createTenant>>;
let globex: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  acme = await createTenant(database.pool, 'acme');
  globex = await createTenant(database.pool, 'globex');
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('TRUNCATE raw.pending_requests'));

const clicks = (count: number) =>
  Array.from({ length: count }, () => ({ event_id: randomUUID(), event_type: 'click', visitor_id: 'v' }));
const landed = async (tenant: typeof acme, count: number, traceId?: string) => {
  const { pending } = await tenant.land(clicks(count), { ...(traceId !== undefined && { traceId }) });
  return pending.map(({ requestId }) => requestId);
};
const loader = () => database.as(databaseRoles.loader);
const HOUR = 3_600_000;

/** As though these requests had arrived an hour ago. */
async function backdate(requestIds: readonly string[]) {
  await database.pool.query(
    `ALTER TABLE raw.site_tracking_requests_r NO FORCE ROW LEVEL SECURITY;
     ALTER TABLE raw.pending_requests NO FORCE ROW LEVEL SECURITY`,
  );
  for (const table of ['raw.site_tracking_requests_r', 'raw.pending_requests'])
    await database.pool.query(
      `UPDATE ${table} SET received_timestamp = received_timestamp - interval '1 hour' WHERE request_id = ANY ($1)`,
      [requestIds],
    );
  await database.pool.query(
    `ALTER TABLE raw.site_tracking_requests_r FORCE ROW LEVEL SECURITY;
     ALTER TABLE raw.pending_requests FORCE ROW LEVEL SECURITY`,
  );
}

const stage = async (requestIds: readonly string[]) => {
  const { logger, lines, measured } = createRecordingLogger();
  await stageRequests(loader(), recordingBell(), logger, requestIds);
  return { lines, measured };
};
const load = async (requestIds: readonly string[]) => {
  const { logger, lines, measured } = createRecordingLogger();
  await loadRequests(loader(), logger, requestIds);
  return { lines, measured };
};
const lags = (count: number) => Array.from({ length: count }, () => expect.any(Number));

describe('a set of work', () => {
  it('is counted once for each tenant and stage, with the lag of every event', async () => {
    const ids = [...(await landed(acme, 2)), ...(await landed(acme, 3)), ...(await landed(globex, 1))];
    const staged = await stage(ids);
    expect(staged.measured).toEqual([
      { tenantId: 'acme', EventsStaged: 5, StagingLag: lags(5) },
      { tenantId: 'globex', EventsStaged: 1, StagingLag: lags(1) },
    ]);
    const loaded = await load(ids);
    expect(loaded.measured).toEqual([
      { tenantId: 'acme', EventsVaulted: 5, VaultLag: lags(5) },
      { tenantId: 'globex', EventsVaulted: 1, VaultLag: lags(1) },
    ]);
  });

  it('has the lag since the database received each event', async () => {
    const old = await landed(acme, 2);
    const fresh = await landed(acme, 1);
    await backdate(old);
    const { measured: staged } = await stage([...old, ...fresh]);
    const { measured: loaded } = await load([...old, ...fresh]);
    for (const found of [staged[0]?.StagingLag, loaded[0]?.VaultLag]) {
      const values = [found].flat();
      expect(values.filter((lag) => Number(lag) >= HOUR)).toHaveLength(2);
      expect(values.filter((lag) => Number(lag) >= 0 && Number(lag) < HOUR)).toHaveLength(1);
    }
  });

  it('counts nothing when it comes again, nor when another worker has it', async () => {
    const ids = await landed(acme, 2);
    await inTransaction(database.pool, async (client) => {
      await client.query('SELECT 1 FROM raw.pending_requests WHERE request_id = ANY ($1) FOR UPDATE', [ids]);
      expect(await stage(ids)).toEqual({ lines: [], measured: [] });
    });
    await stage(ids);
    expect(await stage(ids)).toEqual({ lines: [], measured: [] });
    await load(ids);
    expect(await load(ids)).toEqual({ lines: [], measured: [] });
    expect(await stage(ids)).toEqual({ lines: [], measured: [] });
  });

  it('counts nothing that is rolled back', async () => {
    const ids = await landed(acme, 2);
    const { logger, lines, measured } = createRecordingLogger();
    const failing = {
      transact: <Result>(
        pool: Parameters<typeof inTransaction>[0],
        work: Parameters<typeof inTransaction<Result>>[1],
      ): Promise<Result> =>
        inTransaction(pool, async (client) => {
          await work(client);
          throw new Error('the commit fails');
        }),
    };
    await expect(stageRequests(loader(), recordingBell(), logger, ids, failing.transact)).rejects.toThrow();
    await stage(ids);
    await expect(loadRequests(loader(), logger, ids, failing)).rejects.toThrow();
    expect({ lines, measured }).toEqual({ lines: [], measured: [] });
    expect((await load(ids)).measured).toEqual([{ tenantId: 'acme', EventsVaulted: 2, VaultLag: lags(2) }]);
  });

  it('counts what the vault refuses by its reason, and the rest as loaded', async () => {
    const { pending } = await acme.land([...clicks(2), { event_type: 'poison' }, { event_type: 'poison' }]);
    const ids = pending.map(({ requestId }) => requestId);
    await database.pool.query(
      `ALTER TABLE business.site_event_nl ADD CONSTRAINT no_poison CHECK (event_type <> 'poison') NOT VALID`,
    );
    try {
      await stage(ids);
      expect((await load(ids)).measured).toEqual([
        { tenantId: 'acme', EventsVaulted: 2, VaultLag: lags(2) },
        { tenantId: 'acme', EventsQuarantined: 2, reason: 'cannot_be_loaded' },
      ]);
    } finally {
      await database.pool.query('ALTER TABLE business.site_event_nl DROP CONSTRAINT no_poison');
    }
  });

  it('counts what staging refuses by its reason, and once however often it is staged', async () => {
    const ids = await landed(acme, 2);
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET body = convert_to(replace(convert_from(body, 'UTF8'), '"event_type":"click"', '"event_type":"page_view"'), 'UTF8'),
         byte_lengths = ARRAY(SELECT n + 4 FROM unnest(byte_lengths) AS n) WHERE request_id = ANY ($1)`,
      [ids],
    );
    const { measured } = await stage(ids);
    expect(measured).toEqual([{ tenantId: 'acme', EventsQuarantined: 2, reason: 'missing_field' }]);
    // As after a crash of the database, which empties staging.
    await database.pool.query(
      `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
       SELECT request_id, received_timestamp, tenant_id, event_count, now()
       FROM raw.site_tracking_requests_r WHERE request_id = ANY ($1)`,
      [ids],
    );
    const again = await stage(ids);
    expect(again.lines).toHaveLength(1);
    expect(again.measured).toEqual([]);
  });

  it('names the traces of its requests in its log line, each once', async () => {
    const [one, two] = ['1'.repeat(32), '2'.repeat(32)];
    const ids = [
      ...(await landed(acme, 1, one)),
      ...(await landed(acme, 1, one)),
      ...(await landed(acme, 1, two)),
      ...(await landed(acme, 1)),
    ];
    const facts = { requests: 4, events: 4, quarantined: 0, trace_ids: [one, two] };
    expect((await stage(ids)).lines).toEqual([{ message: 'staged', facts }]);
    expect((await load(ids)).lines).toEqual([{ message: 'loaded', facts }]);
  });
});

describe('a sweep', () => {
  const run = async (bell = recordingBell()) => {
    const { logger, measured } = createRecordingLogger();
    const maintenance = database.as(databaseRoles.maintenance);
    const swept = sweep(maintenance, { LANDED: bell, STAGED: bell }, logger, 60);
    return { measured, failure: await swept.catch(String) };
  };

  it('says zero when nothing waits', async () => {
    expect((await run()).measured).toEqual([{ EventsPending: 0, OldestPendingAge: 0 }]);
  });

  it('says how much of all tenants waits, and since when the oldest', async () => {
    const old = await landed(acme, 3);
    await landed(globex, 4);
    await backdate(old);
    const { measured } = await run();
    expect(measured).toEqual([{ EventsPending: 7, OldestPendingAge: expect.any(Number) }]);
    expect(measured[0]?.OldestPendingAge).toBeGreaterThanOrEqual(3_600);
  });

  it('counts the requests that it rings for again, and a queue that does not take them', async () => {
    await landed(acme, 1);
    await landed(globex, 1);
    const forget = () => database.pool.query(`UPDATE raw.pending_requests SET rung_at = '-infinity'`);
    await forget();
    const { measured } = await run();
    expect(measured.slice(1)).toEqual([{ RequestsRungAgain: 2 }]);
    await forget();
    const refused = await run({ ...recordingBell(), ring: () => Promise.reject(new Error('gone')) });
    expect(refused.failure).toBe('Error: gone');
    expect(refused.measured.slice(1)).toEqual([{ DoorbellFailures: 1 }]);
  });
});

describe('a job', () => {
  it('is counted by its name, with how long it took', async () => {
    const { logger, measured } = createRecordingLogger();
    await runJob('metrics', logger, [async () => undefined]);
    expect(measured).toEqual([{ JobDuration: expect.any(Number), job: 'metrics' }]);
  });

  it('that fails is counted as failed, and neither says nor throws the words of its error', async () => {
    const { logger, lines, measured } = createRecordingLogger();
    const secret = new Error('Key (email)=(anna@example.org) already exists.');
    const failed = await runJob('metrics', logger, [() => Promise.reject(secret)]).catch(
      (error: unknown) => error,
    );
    expect(measured).toEqual([{ JobDuration: expect.any(Number), JobFailures: 1, job: 'metrics' }]);
    expect(String(failed)).toContain('"metrics" failed (Error)');
    expect(failed).not.toHaveProperty('cause');
    expect(JSON.stringify([lines, String(failed)])).not.toContain('anna');
  });

  it('does its other parts when one of them fails, and has failed', async () => {
    const { logger, lines, measured } = createRecordingLogger();
    const done: string[] = [];
    const part = (name: string) => async () => {
      done.push(name);
      if (name !== 'b') throw new TypeError(name);
    };
    const job = runJob('metrics', logger, ['a', 'b', 'c'].map(part));
    await expect(job).rejects.toThrow('"metrics" failed (TypeError, TypeError)');
    expect(done).toEqual(['a', 'b', 'c']);
    expect(lines).toHaveLength(2);
    expect(measured).toEqual([{ JobDuration: expect.any(Number), JobFailures: 1, job: 'metrics' }]);
  });
});

it('what SQL lands belongs to the trace that its session names, or to none', async () => {
  const traceId = '3'.repeat(32);
  const client = await database.pool.connect();
  try {
    const land = async () => {
      await client.query(`SELECT api.track_event('{"tenantId": "acme", "event_type": "click"}')`);
      const { rows } = await client.query(
        `SELECT request_id::text AS id FROM raw.site_tracking_requests_r ORDER BY request_id DESC LIMIT 1`,
      );
      return String(rows[0]?.id);
    };
    const ids = [await land()];
    await client.query(`SELECT set_config('app.trace_id', $1, false)`, [traceId]);
    ids.push(await land());
    const { lines } = await stage(ids);
    expect(lines).toEqual([
      { message: 'staged', facts: expect.objectContaining({ requests: 2, trace_ids: [traceId] }) },
    ]);
  } finally {
    client.release(true);
  }
});

it('the release before can land, stage and load on this schema', async () => {
  const { rows } = await database.as(databaseRoles.ingest).query(
    // The statement of the release before 0013, word for word.
    `SELECT landed.index, landed.request_id::text AS request_id, landed.is_conflict, landed.is_raced
     FROM raw.land_request_for($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) AS landed`,
    [
      acme.tenantHk,
      'acme',
      'main',
      'site_tracker',
      null,
      null,
      null,
      Buffer.from('{"event_type":"click"}'),
      [randomUUID()],
      [randomUUID()],
      [1],
      [1],
      [22],
      [null],
      null,
    ],
  );
  const ids = rows.map(({ request_id }) => String(request_id));
  expect(ids).toHaveLength(1);
  const { lines, measured } = await stage(ids);
  expect(measured).toEqual([{ tenantId: 'acme', EventsStaged: 1, StagingLag: lags(1) }]);
  expect(lines[0]?.facts.trace_ids).toEqual([]);
  await loadRequests(loader(), silent, ids);
});
