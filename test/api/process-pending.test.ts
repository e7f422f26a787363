import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processPending } from '../../lambdas/api/process-pending.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';

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

const process = (bounds: Partial<Parameters<typeof processPending>[3]> = {}) =>
  processPending(database.as(databaseRoles.ingest), silent, acme.tenantId, {
    eventsPerSet: 1_000,
    ...bounds,
  });
const events = (count: number) => Array.from({ length: count }, (_, n) => ({ event_type: 'click', n }));
const pending = async (): Promise<unknown[]> => {
  const { rows } = await database.pool.query(
    'SELECT tenant_id, stage FROM raw.pending_requests WHERE tenant_id = ANY ($1) ORDER BY request_id',
    [[acme.tenantId, globex.tenantId]],
  );
  return rows;
};

describe('processing what is pending', () => {
  it('takes what landed and what is staged into the vault, and leaves other tenants’ alone', async () => {
    await acme.land(events(3));
    const { pending: staged } = await acme.land(events(2));
    await acme.stage(staged.map(({ requestId }) => requestId));
    await globex.land(events(1));
    expect(await process()).toEqual({
      success: true,
      message: 'Processed all that was pending',
      timestamp: expect.any(String),
      processed: { staged: 3, loaded: 5, quarantined: 0 },
      remaining: { requests: 0, events: 0 },
    });
    expect(await pending()).toEqual([{ tenant_id: globex.tenantId, stage: 'LANDED' }]);
  });

  it('a second time finds nothing to do', async () => {
    await acme.land(events(1));
    await process();
    expect(await process()).toMatchObject({
      message: 'No processing needed - all events up to date',
      processed: { staged: 0, loaded: 0, quarantined: 0 },
    });
  });

  it('counts what was refused apart', async () => {
    await database.pool.query(
      `ALTER TABLE business.site_event_nl ADD CONSTRAINT no_poison CHECK (event_type <> 'poison') NOT VALID`,
    );
    await acme.land([...events(2), { event_type: 'poison' }]);
    expect(await process()).toMatchObject({ processed: { staged: 3, loaded: 2, quarantined: 1 } });
  });

  it('leaves what another worker holds to it, and says what remains', async () => {
    const { pending: held } = await acme.land(events(2));
    await acme.land(events(3));
    const worker = await database.pool.connect();
    try {
      await worker.query('BEGIN');
      await worker.query('SELECT FROM raw.pending_requests WHERE request_id = $1 FOR UPDATE', [
        held[0]?.requestId,
      ]);
      expect(await process({ eventsPerSet: 1 })).toMatchObject({
        processed: { staged: 3, loaded: 3 },
        remaining: { requests: 1, events: 2 },
      });
    } finally {
      await worker.query('ROLLBACK');
      worker.release();
    }
  });

  it('says what it did where the business stage is broken', async () => {
    await acme.land(events(2));
    await database.pool.query('ALTER TABLE business.site_visitor_h RENAME TO mislaid');
    try {
      expect(await process()).toMatchObject({
        success: true,
        processed: { staged: 2, loaded: 0 },
        remaining: { requests: 1, events: 2 },
      });
    } finally {
      await database.pool.query('ALTER TABLE business.mislaid RENAME TO site_visitor_h');
    }
  });

  it('goes on behind a set that cannot be processed', async () => {
    const { pending: broken } = await acme.land(events(1));
    await acme.land(events(2));
    await database.pool.query(
      `CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
       CREATE TRIGGER refuse BEFORE UPDATE ON raw.pending_requests FOR EACH ROW
         WHEN (OLD.request_id = ${broken[0]?.requestId}) EXECUTE FUNCTION public.refuse()`,
    );
    try {
      expect(await process({ eventsPerSet: 1 })).toMatchObject({
        processed: { staged: 2, loaded: 2 },
        remaining: { requests: 1, events: 1 },
      });
    } finally {
      await database.pool.query('DROP FUNCTION public.refuse() CASCADE');
    }
  });

  it('fails where the database does not answer', async () => {
    const gone = new pg.Pool({ port: 1, host: '127.0.0.1' });
    await expect(processPending(gone, silent, acme.tenantId, { eventsPerSet: 1 })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('stops when its time is over: what is done stays done, and the rest waits', async () => {
    await acme.land(events(2));
    const holder = await database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE business.site_visitor_h IN ACCESS EXCLUSIVE MODE');
      expect(await process({ patience: 300 })).toMatchObject({
        processed: { staged: 2, loaded: 0 },
        remaining: { requests: 1, events: 2 },
      });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect(await pending()).toEqual([{ tenant_id: acme.tenantId, stage: 'STAGED' }]);
    expect(await process()).toMatchObject({ processed: { staged: 0, loaded: 2 } });
  });
});
