import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { changeSettings, findTenant } from '../../lambdas/tenancy/tenants.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess, json } from '../support/http-calls.ts';
import { track as trackInSql } from '../support/sql-api.ts';

let database: TestDatabase;
let tenant: ProvisionedTenant;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  tenant = await provisionTenant(database.pool, { tenantId: crypto.randomUUID(), siteId: 's', name: 'A' });
});

const CARD = '4111111111111111';

/** Sends a body as it is, letter by letter. */
async function send(body: unknown, route: 'async' | 'batch' = 'async', mostStatus = 299) {
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = credentials(tenant.tokens.secret, tenant.id);
  const answer = await ingestProcess(database.pool)(`POST /api/v1/track/${route}`, headers, sent);
  expect(answer.statusCode).toBeLessThanOrEqual(mostStatus);
  return json(answer);
}

const events = z.array(
  z.object({ bytes: z.string(), context: z.record(z.string(), z.unknown()), event_id: z.string() }),
);
/** The bytes that the raw layer holds of each event, and what it says of them. */
async function stored() {
  const { rows } = await database.pool.query(
    `SELECT convert_from(event.original_bytes, 'UTF8') AS bytes, event.event_id,
       coalesce(request.event_context -> (event.raw_event_id % 1024)::text, '{}') AS context
     FROM raw.site_tracking_events_r AS event
     JOIN raw.site_tracking_requests_r AS request ON request.request_id = event.raw_event_id / 1024
     WHERE event.tenant_id = $1
     ORDER BY event.raw_event_id`,
    [tenant.id],
  );
  return events.parse(rows);
}

/** Everything that any column of the raw layer holds. */
async function everything(): Promise<string> {
  const { rows } = await database.pool.query<{ held: string }>(
    `SELECT string_agg(to_jsonb(request)::text || convert_from(body, 'UTF8'), ' ') AS held
     FROM raw.site_tracking_requests_r AS request WHERE tenant_id = $1`,
    [tenant.id],
  );
  return rows[0]?.held ?? '';
}

describe('the original bytes', () => {
  it('of an event without any of it are stored letter by letter', async () => {
    const body =
      '{ "event_type":"click" ,\n"properties" : {"n":1.50, "u":"\\u00e9", "big":12345678901234567890 } }';
    await send(body);
    expect((await stored()).map(({ bytes, context }) => [bytes, context.redacted])).toEqual([
      [body, undefined],
    ]);
  });

  it('of an event with some hold it nowhere, and the record says what stood where', async () => {
    await send({
      event_type: 'click',
      page_url: '/?mail=bob@example.com',
      properties: { note: `card ${CARD}` },
    });
    const [event] = await stored();
    expect(JSON.parse(event?.bytes ?? '')).toEqual({
      event_type: 'click',
      page_url: '/?mail=%5Bredacted%3Aemail%5D',
      properties: { note: 'card [redacted:card]' },
    });
    expect(event?.context.redacted).toEqual([
      { at: '/page_url', what: 'email' },
      { at: '/properties/note', what: 'card' },
    ]);
    expect(await everything()).not.toMatch(/bob|4111/);
  });

  it('hold no member that a later one of the same name hides', async () => {
    await send(
      `{"event_type":"click","properties":{"a":"bob@example.com","a":"b"},"page_title":"${CARD}","page_title":"A"}`,
    );
    const [event] = await stored();
    expect(JSON.parse(event?.bytes ?? '')).toEqual({
      event_type: 'click',
      properties: { a: 'b' },
      page_title: 'A',
    });
    expect(await everything()).not.toMatch(/bob|4111/);
    expect(event?.context.redacted).toEqual([
      { at: '/page_title', what: 'card' },
      { at: '/properties/a', what: 'email' },
    ]);
  });

  it('hold no card that is a number too long for a double, nor one in an escaped letter', async () => {
    await send('{"event_type":"click","properties":{"a":6304000000000000000,"b":"bob\\u0040example.com"}}');
    expect(await everything()).not.toMatch(/6304000|bob/);
  });

  it('of a long number are what counts, not the digits of the double that it is read as', async () => {
    const body =
      '{"event_type":"click","visitor_id":6304000000000000001,"properties":{"a":6304000000000000002}}';
    await send(body);
    await database.pool.query(
      `SELECT api.track_event(jsonb_build_object('tenantId', $1::text) || $2::jsonb)`,
      [tenant.id, body],
    );
    const [overHttp, inSql] = await stored();
    expect(overHttp).toMatchObject({ bytes: body, context: {} });
    expect(inSql?.bytes).toMatch(/6304000000000000002.*6304000000000000001/);
  });

  it('of a neighbour in the same request stay its own', async () => {
    await send(
      `[{"event_type":"click","page_title":"bob@example.com"},{"event_type":"click",  "page_title":"A"}]`,
      'batch',
    );
    expect((await stored())[1]?.bytes).toBe('{"event_type":"click",  "page_title":"A"}');
  });
});

it('fields of a batch are redacted as well, and the record says that they were the batch’s', async () => {
  await send({ page_title: 'bob@example.com', password: 'x1', events: [{ event_type: 'click' }] }, 'batch');
  expect(await everything()).not.toMatch(/bob|"x1"/);
  expect((await stored())[0]?.context.redacted).toEqual([
    { at: '/page_title', in: 'envelope', what: 'email' },
    { at: '/password', in: 'envelope', what: 'secret' },
  ]);
});

it('a repetition of a redacted event is a repetition, and another card under the same id is none', async () => {
  const event = { event_type: 'click', event_id: crypto.randomUUID(), page_title: `paid with ${CARD}` };
  await send([event], 'batch');
  expect(await send([event], 'batch')).toMatchObject({ duplicates: 1 });
  expect(await send([{ ...event, page_title: 'paid' }], 'batch', 400)).toMatchObject({ rejected: 1 });
  expect(await stored()).toHaveLength(1);
});

describe('a tenant’s lists', () => {
  beforeEach(async () => {
    const redaction = { deny_keys: ['nick_name'], allow_keys: ['order_token'] };
    await changeSettings(database.pool, await findTenant(database.pool, tenant.id), { redaction });
  });
  const properties = { nickName: 'Bobby', order_token: CARD, other: CARD };
  const kept = { nickName: '[redacted:denied]', order_token: CARD, other: '[redacted:card]' };

  it('hold over HTTP', async () => {
    await send({ event_type: 'click', properties });
    expect(JSON.parse((await stored())[0]?.bytes ?? '').properties).toEqual(kept);
  });

  it('and in SQL', async () => {
    await trackInSql(database.pool, { tenantId: tenant.id, event_type: 'click', properties });
    expect(JSON.parse((await stored())[0]?.bytes ?? '').properties).toEqual(kept);
  });
});

it('a visitor id that says who somebody is becomes the same pseudonym by both ways, another one for another tenant', async () => {
  const event = { event_type: 'click', visitor_id: 'bob@example.com' };
  await send(event);
  await trackInSql(database.pool, { tenantId: tenant.id, ...event });
  const ids = (await stored()).map(({ bytes }) => JSON.parse(bytes).visitor_id);
  expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(ids[1]).toBe(ids[0]);
  tenant = await provisionTenant(database.pool, { tenantId: crypto.randomUUID(), siteId: 's', name: 'B' });
  await send(event);
  expect(JSON.parse((await stored())[0]?.bytes ?? '').visitor_id).not.toBe(ids[0]);
});

const spelled = {
  ip: ['203.0.113.71'],
  ip_address: '203.0.113.72:443',
  remote_addr: '[2001:db8::73]:443',
  'X-Forwarded-For': 'for="[2001:db8::74]:443";proto=https',
  visitor_ip: { v4: '203.0.113.75', '203.0.113.76': true },
  ipv4: '203.0.113.77',
  ip_addr: '203.0.113.78',
  client_address: '203.0.113.79',
  x_client_ip: '203.0.113.80',
  'true-client-ip': '203.0.113.81',
  'cf-connecting-ip': '203.0.113.82',
  forwarded: [{ for: '203.0.113.83' }],
  client_ip: '[2001:db8::84]:443',
};

it.each([
  ['HTTP', (event: object) => send(event)],
  ['SQL', (event: object) => trackInSql(database.pool, { tenantId: tenant.id, ...event })],
])('no address is stored however it is spelled, by %s', async (_, track) => {
  const { client_ip, ...others } = spelled;
  await track({ event_type: 'click', client_ip, properties: { ...others, version: '203.0.113.70' } });
  const held = await everything();
  expect(held).toContain('203.0.113.70');
  expect(held).not.toMatch(/203\.0\.113\.(7[1-9]|8)|2001:db8/);
});
