import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../lambdas/platform/log.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess, json } from '../support/http-calls.ts';
import { createTenant, recordingBell } from '../support/pipeline.ts';

let database: TestDatabase;
let tenant: ProvisionedTenant;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  tenant = await provisionTenant(database.pool, { tenantId: crypto.randomUUID(), siteId: 's', name: 'A' });
});

const headers = (more: Record<string, string> = {}) => credentials(tenant.tokens.secret, tenant.id, more);
const stages = async (): Promise<unknown[]> => {
  const { rows } = await database.pool.query('SELECT stage FROM raw.pending_requests WHERE tenant_id = $1', [
    tenant.id,
  ]);
  return rows.map(({ stage }) => stage);
};
const inVault = async (): Promise<unknown[]> => {
  const { rows } = await database.pool.query(
    `SELECT event.event_type FROM business.site_event_nl AS event
     JOIN auth.tenant_h AS tenant USING (tenant_hk) WHERE tenant.tenant_bk = $1 ORDER BY event.event_type`,
    [tenant.id],
  );
  return rows.map(({ event_type }) => event_type);
};

/** A logger that keeps its messages. */
function recordingLogger(): Logger & { readonly messages: string[] } {
  const messages: string[] = [];
  const keep = (message: string) => {
    messages.push(message);
  };
  return { messages, debug: keep, info: keep, warn: keep, error: keep, measure: () => undefined };
}

describe('the asynchronous call', () => {
  it('says 202 for events that are stored, though the queue fails', async () => {
    const track = ingestProcess(database.pool, {
      bell: { ring: () => Promise.reject(new Error('the queue is gone')) },
    });
    const { statusCode } = await track('POST /api/v1/track/async', headers(), '{"event_type":"click"}');
    expect(statusCode).toBe(202);
    expect(await stages()).toEqual(['LANDED']);
  });
});

describe('the synchronous call', () => {
  const click = { event_type: 'click', event_id: '0190a0b0-c0d0-7000-8000-00000000a001' };

  it('answers when its event is in the vault, and rings nobody', async () => {
    const bell = recordingBell();
    const logger = recordingLogger();
    const answered = await ingestProcess(database.pool, { bell, logger })(
      'POST /api/v1/track',
      headers(),
      click,
    );
    expect(answered.statusCode).toBe(200);
    expect(json(answered)).toEqual({
      success: true,
      message: 'Event tracked successfully',
      event_id: click.event_id,
      status: 'accepted',
      timestamp: expect.any(String),
      processing: 'automatic',
      pipeline: { staged: true, loaded: true },
    });
    expect(await inVault()).toEqual(['click']);
    expect(await stages()).toEqual([]);
    expect(bell.rung).toEqual([]);
    expect(logger.messages).toEqual(['processing triggered', 'staged', 'loaded', 'processing result']);
  });

  it('answers an event that was stored before as a duplicate with nothing to process', async () => {
    const logger = recordingLogger();
    const track = ingestProcess(database.pool, { logger });
    await track('POST /api/v1/track', headers(), click);
    logger.messages.length = 0;
    const answered = json(await track('POST /api/v1/track', headers(), click));
    expect(answered).toMatchObject({ status: 'duplicate', processing: 'automatic' });
    expect(answered).not.toHaveProperty('pipeline');
    expect(logger.messages).toEqual(['no processing needed']);
  });

  it('says of each event of a batch how far it has come, one in quarantine included', async () => {
    await database.pool.query(
      `ALTER TABLE business.site_event_nl ADD CONSTRAINT no_poison CHECK (event_type <> 'poison') NOT VALID`,
    );
    try {
      const track = ingestProcess(database.pool);
      const answered = await track('POST /api/v1/track', headers(), [
        { event_type: 'click' },
        { event_type: 'poison' },
        { event_type: 'page_view' },
      ]);
      expect(answered.statusCode).toBe(200);
      expect(json(answered)).toMatchObject({
        success: false,
        processing: 'automatic',
        accepted: 2,
        rejected: 1,
        results: [
          { status: 'accepted', pipeline: { staged: true, loaded: true } },
          { status: 'accepted', pipeline: { staged: true, loaded: false, code: 'cannot_be_loaded' } },
          { status: 'rejected', code: 'missing_field', pointer: '/page_url' },
        ],
      });
      expect(await inVault()).toEqual(['click']);
    } finally {
      await database.pool.query('ALTER TABLE business.site_event_nl DROP CONSTRAINT no_poison');
    }
  });

  it('succeeds with the business stage broken: rings, and the event arrives once it is mended', async () => {
    const bell = recordingBell();
    const logger = recordingLogger();
    const track = ingestProcess(database.pool, { bell, logger });
    await database.pool.query('ALTER TABLE business.site_visitor_h RENAME TO mislaid');
    let answered: Awaited<ReturnType<typeof track>>;
    try {
      answered = await track('POST /api/v1/track', headers(), click);
    } finally {
      await database.pool.query('ALTER TABLE business.mislaid RENAME TO site_visitor_h');
    }
    expect(answered.statusCode).toBe(200);
    expect(json(answered)).toMatchObject({ success: true, processing: 'background', status: 'accepted' });
    expect(json(answered).pipeline).toEqual({ staged: true, loaded: false });
    expect(logger.messages).toContain('processing failed, the queue takes over');
    expect(bell.rung).toHaveLength(1);
    expect(await inVault()).toEqual([]);

    const { stage, load } = await createTenant(database.pool, tenant.id);
    await load(await stage(bell.rung.map(({ requestId }) => requestId)));
    expect(await inVault()).toEqual(['click']);
  });

  it('hands over to the queue when its time is over, and keeps no lock', async () => {
    const bell = recordingBell();
    const holder = await database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE business.site_visitor_h IN ACCESS EXCLUSIVE MODE');
      const track = ingestProcess(database.pool, { bell, patience: 500 });
      const answered = await track('POST /api/v1/track', headers(), click);
      expect(json(answered)).toMatchObject({
        success: true,
        processing: 'background',
        pipeline: { staged: true, loaded: false },
      });
      expect(bell.rung).toHaveLength(1);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS open FROM pg_stat_activity WHERE usename = 'onevault_ingest' AND xact_start IS NOT NULL
       AND datname = current_database()`,
    );
    expect(rows).toEqual([{ open: 0 }]);
  });
});
