import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLineage } from '../../lambdas/pipeline-state/lineage.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess, json } from '../support/http-calls.ts';
import { createTenant } from '../support/pipeline.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

let database: TestDatabase;
let tenant: ProvisionedTenant;
beforeAll(async () => {
  database = await createDatabase();
  tenant = await provisionTenant(database.pool, { tenantId: 'acme', siteId: 'main', name: 'Acme' });
});
afterAll(() => database.drop());

const ASYNC = 'POST /api/v1/track/async';
const click = () => ({ event_id: randomUUID(), event_type: 'click' });
const bytesOf = (body: unknown) => Buffer.byteLength(JSON.stringify(body));

/** What one call is answered with, and what is measured of it. */
async function track(
  body: unknown,
  {
    route = ASYNC,
    headers = {},
    token = tenant.tokens.secret,
    ...parts
  }: Parameters<typeof ingestProcess>[1] & {
    route?: Parameters<ReturnType<typeof ingestProcess>>[0];
    headers?: Record<string, string>;
    token?: string;
  } = {},
) {
  const { logger, lines, measured } = createRecordingLogger();
  const send = ingestProcess(database.pool, { logger, ...parts });
  const answer = await send(route, credentials(token, tenant.id, headers), body);
  return { answer, lines, measured };
}

describe('a request is counted in one line, once it is answered', () => {
  it('with the events it stored, those stored before, and those refused', async () => {
    const [old, fresh] = [click(), click()];
    await track([old]);
    const body = [old, fresh, { event_type: 'page_view' }, { ...fresh, event_type: 'scroll' }];
    const { answer, measured } = await track(body);
    expect(answer.statusCode).toBe(202);
    expect(measured).toEqual([
      {
        tenantId: 'acme',
        BytesReceived: bytesOf(body),
        EventsReceived: 4,
        EventsAccepted: 1,
        EventsDuplicate: 1,
        EventsRejected: 2,
      },
    ]);
  });

  it('with its events as rejected when it is refused as a whole', async () => {
    const { answer, measured } = await track({ event_type: 'page_view' });
    expect(answer.statusCode).toBe(400);
    expect(measured).toEqual([
      {
        tenantId: 'acme',
        BytesReceived: expect.any(Number),
        EventsReceived: 1,
        EventsRejected: 1,
        RequestsRefused: 1,
        code: 'missing_field',
      },
    ]);
  });

  it('with the events that a visitor’s privacy signal forbade', async () => {
    const { measured } = await track([click(), click(), { event_type: 'page_view' }], {
      token: tenant.tokens.public,
      headers: { 'sec-gpc': '1' },
    });
    expect(measured).toEqual([
      {
        tenantId: 'acme',
        BytesReceived: expect.any(Number),
        EventsReceived: 3,
        EventsOptedOut: 2,
        EventsRejected: 1,
      },
    ]);
  });

  it('with its code when it is one too many', async () => {
    const { answer, measured } = await track(Array.from({ length: 1_000 }, click), { defaultRate: 1 });
    expect(answer.statusCode).toBe(429);
    expect(measured).toEqual([
      {
        tenantId: 'acme',
        BytesReceived: expect.any(Number),
        EventsReceived: 1_000,
        EventsRejected: 1_000,
        RequestsRefused: 1,
        code: 'rate_limited',
      },
    ]);
  });

  it('without a tenant when nobody knows whose it is, and without events that were not read', async () => {
    const { measured } = await track([click()], { token: 'ovt_sec_nonsense' });
    expect(measured).toEqual([{ RequestsRefused: 1, code: 'unauthorized' }]);
  });

  it('as failed, with nothing accepted, when the database cannot store it', async () => {
    await database.pool.query('REVOKE INSERT ON raw.event_registry FROM onevault_ingest');
    try {
      const { answer, measured } = await track([click()]);
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('2');
      expect(measured).toEqual([
        {
          tenantId: 'acme',
          BytesReceived: expect.any(Number),
          EventsReceived: 1,
          RequestsFailed: 1,
          code: 'temporarily_unavailable',
        },
      ]);
    } finally {
      await database.pool.query('GRANT INSERT ON raw.event_registry TO onevault_ingest');
    }
  });

  it('after the stages that a synchronous call takes its events through, each of which counts them', async () => {
    const { measured } = await track(click(), { route: 'POST /api/v1/track' });
    const about = { tenantId: 'acme' };
    expect(measured).toEqual([
      { ...about, EventsStaged: 1, StagingLag: [expect.any(Number)] },
      { ...about, EventsVaulted: 1, VaultLag: [expect.any(Number)] },
      { ...about, BytesReceived: expect.any(Number), EventsReceived: 1, EventsAccepted: 1 },
    ]);
  });
});

describe('a trace', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const stored = async () => {
    const { rows } = await database.pool.query(
      `SELECT replace(trace_id::text, '-', '') AS id FROM raw.site_tracking_requests_r ORDER BY request_id DESC LIMIT 1`,
    );
    return rows[0]?.id;
  };

  it('of the caller is answered, stored with the request, and shown in the lineage of its events', async () => {
    const event = click();
    const { answer } = await track(event, { headers: { traceparent } });
    expect(answer.headers['x-trace-id']).toBe(traceId);
    expect(await stored()).toBe(traceId);
    const { tenantHk } = await createTenant(database.pool, 'acme');
    const reader = database.as(databaseRoles.reader);
    const lineage = await readLineage(reader, { tenantId: 'acme', tenantHk }, event.event_id);
    expect(lineage.raw?.trace_id).toBe(traceId);
  });

  it('of its own is what a request without one gets, and one with a malformed one', async () => {
    const seen = new Set<unknown>();
    for (const headers of [{}, { traceparent: 'nonsense' }]) {
      const { answer } = await track(click(), { headers });
      expect(answer.headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/);
      expect(await stored()).toBe(answer.headers['x-trace-id']);
      seen.add(answer.headers['x-trace-id']);
    }
    expect(seen.size).toBe(2);
  });

  it('is answered with a refusal too, and a page may read it', async () => {
    const { answer } = await track('{', { headers: { traceparent } });
    expect(json(answer).code).toBe('invalid_json');
    expect(answer.headers['x-trace-id']).toBe(traceId);
  });
});
