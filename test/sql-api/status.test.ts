import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { readStatus } from '../../lambdas/pipeline-state/status.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { track, uuid } from '../support/sql-api.ts';

let database: TestDatabase;
let acme: Awaited<ReturnType<typeof createTenant>>;
let globex: Awaited<ReturnType<typeof createTenant>>;
beforeEach(async () => {
  database = await createDatabase();
  acme = await createTenant(database.pool, 'acme');
  globex = await createTenant(database.pool, 'globex');
});
afterEach(() => database.drop());

const click = (n: number) => ({ event_id: uuid(n), event_type: 'click' });
const ask = async (expression: string, values: readonly unknown[] = []) => {
  const { rows } = await database.pool.query(`SELECT ${expression} AS answer`, [...values]);
  return rows[0].answer;
};
const requestsOf = async (tenantId: string): Promise<string[]> => {
  const { rows } = await database.pool.query<{ request_id: string }>(
    'SELECT request_id::text FROM raw.pending_requests WHERE tenant_id = $1 ORDER BY request_id',
    [tenantId],
  );
  return rows.map(({ request_id }) => request_id);
};
/** Seconds differ from one question to the next. */
const withoutAges = (stages: unknown): unknown =>
  JSON.parse(
    JSON.stringify(stages, (key, value) => (key === 'oldest_seconds' && value !== null ? 'some' : value)),
  );

/** For acme one event in each stage and two in quarantine, for globex two that wait. */
async function oneInEachStage(): Promise<void> {
  await acme.track(click(1));
  await acme.land([click(1), { ...click(1), n: 1 }]);
  await track(database.pool, { tenantId: 'acme', event_id: uuid(2), event_type: 'page_view' });
  await acme.stage(await requestsOf('acme'));
  await acme.land(click(3));
  await acme.stage(await requestsOf('acme'));
  await track(database.pool, { tenantId: 'acme', ...click(4) });
  await track(database.pool, { tenantId: 'globex', events: [click(1), click(2)] });
}

describe('the status', () => {
  it('of all tenants counts the events of each stage and says how long the oldest waits', async () => {
    await oneInEachStage();
    await database.pool.query(
      `UPDATE raw.pending_requests SET received_timestamp = received_timestamp - INTERVAL '90 seconds' WHERE tenant_id = 'globex'`,
    );
    const status = await ask('staging.get_pipeline_status()');
    expect(status).toEqual({
      success: true,
      generated_at: expect.stringMatching(/Z$/),
      stages: {
        raw: { events: 6 },
        pending: { events: 4, requests: 3, oldest_seconds: expect.any(Number) },
        staged: { events: 1, oldest_seconds: expect.any(Number) },
        vault: { events: 1 },
        quarantined: { events: 2 },
      },
    });
    expect(status.stages.pending.oldest_seconds).toBeGreaterThan(90);
    expect(status.stages.staged.oldest_seconds).toBeLessThan(90);
    const same = await ask('api.get_tracking_system_status()');
    expect(same).toMatchObject({ success: true, tenant_id: null });
    expect(withoutAges(same.stages)).toEqual(withoutAges(status.stages));
  });

  it('of a tenant is the one that HTTP answers with', async () => {
    await oneInEachStage();
    for (const tenant of [acme, globex]) {
      const { stages } = await readStatus(database.pool, async () => [], {
        tenantId: tenant.tenantId,
        tenantHk: tenant.tenantHk,
      });
      const status = await ask('api.get_tracking_system_status($1)', [tenant.tenantId]);
      expect(status).toMatchObject({ success: true, tenant_id: tenant.tenantId });
      expect(withoutAges(status.stages)).toEqual(withoutAges(stages));
    }
  });

  it('of a tenant that there is not says so', async () => {
    expect(await ask(`api.get_tracking_system_status('nobody')`)).toMatchObject({
      success: false,
      code: 'unknown_tenant',
    });
  });

  it('of nothing is zero, and nobody waits', async () => {
    expect((await ask('staging.get_pipeline_status()')).stages).toEqual({
      raw: { events: 0 },
      pending: { events: 0, requests: 0, oldest_seconds: null },
      staged: { events: 0, oldest_seconds: null },
      vault: { events: 0 },
      quarantined: { events: 0 },
    });
  });
});

describe('staging.trigger_pipeline_now', () => {
  const swept = async (idleSeconds: number) => {
    const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
    await sweep(database.pool, bells, silent, idleSeconds);
    return [bells.LANDED.rung.length, bells.STAGED.rung.length];
  };

  it('makes all that waits due at the next sweep, at its stage, however recently it was rung for', async () => {
    await acme.land(click(1));
    await acme.stage(await requestsOf('acme'));
    await globex.land([click(2), click(3)]);
    expect(await swept(3_600)).toEqual([0, 0]);
    expect(await ask('staging.trigger_pipeline_now()')).toEqual({
      success: true,
      processing_needed: true,
      message: expect.stringContaining('next sweep'),
      requests: 2,
      events: 3,
      oldest_seconds: expect.any(Number),
    });
    expect(await swept(3_600)).toEqual([1, 1]);
    expect(await swept(3_600)).toEqual([0, 0]);
  });

  it('says that nothing is to do when nothing waits', async () => {
    await acme.track(click(1));
    expect(await ask('staging.trigger_pipeline_now()')).toMatchObject({
      success: true,
      processing_needed: false,
      requests: 0,
      events: 0,
      oldest_seconds: null,
    });
  });

  it('neither waits for nor disturbs what a worker holds', async () => {
    await acme.land(click(1));
    await acme.land(click(2));
    const [held] = await requestsOf('acme');
    const worker = await database.pool.connect();
    await worker.query('BEGIN');
    await worker.query('SELECT FROM raw.pending_requests WHERE request_id = $1 FOR UPDATE', [held]);
    expect(await ask('staging.trigger_pipeline_now()')).toMatchObject({ requests: 1 });
    await worker.query('ROLLBACK');
    worker.release();
  });

  it('leaves the stages to the functions: nothing is staged or loaded by it', async () => {
    await acme.land(click(1));
    await ask('staging.trigger_pipeline_now()');
    expect((await ask('staging.get_pipeline_status()')).stages).toMatchObject({
      pending: { events: 1 },
      staged: { events: 0 },
      vault: { events: 0 },
    });
  });
});

describe('staging.auto_process_if_needed', () => {
  it('does it only for what waits longer than the threshold, 30 seconds unless told otherwise', async () => {
    await acme.land(click(1));
    await acme.land(click(2));
    expect(await ask('staging.auto_process_if_needed()')).toMatchObject({
      processing_needed: false,
      requests: 0,
    });
    const [first] = await requestsOf('acme');
    await database.pool.query(
      `UPDATE raw.pending_requests SET received_timestamp = received_timestamp - INTERVAL '31 seconds' WHERE request_id = $1`,
      [first],
    );
    expect(await ask('staging.auto_process_if_needed()')).toMatchObject({
      processing_needed: true,
      requests: 1,
    });
    expect(await ask(`staging.auto_process_if_needed('1 hour')`)).toMatchObject({ processing_needed: false });
    expect(await ask(`staging.auto_process_if_needed('0 seconds')`)).toMatchObject({ requests: 2 });
  });
});

describe('api.track_test', () => {
  it('says that all is there, and how many migrations ran', async () => {
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS migrations FROM util.schema_migrations',
    );
    expect(await ask('api.track_test()')).toEqual({
      success: true,
      message: 'Tracking is ready',
      timestamp: expect.stringMatching(/Z$/),
      migrations: rows[0].migrations,
      missing: [],
    });
  });

  it.each([
    ['DROP FUNCTION api.track_site_event', 'api.track_site_event(text,text,text,jsonb,text,text,inet,text)'],
    ['DROP TABLE auth.visitor_salts CASCADE', 'auth.visitor_salts'],
    [
      `DO $$ BEGIN EXECUTE 'DROP TABLE raw.site_tracking_requests_r_' || to_char(date_trunc('week', now() AT TIME ZONE 'UTC'), 'YYYYMMDD'); END $$`,
      'raw.site_tracking_requests_r_',
    ],
  ])('names what is missing after %s', async (damage, missing) => {
    await database.pool.query(damage);
    const answer = await ask('api.track_test()');
    expect(answer).toMatchObject({ success: false, missing: [expect.stringContaining(missing)] });
    expect(answer.message).toContain('missing');
  });
});
