import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readWishes } from '../../lambdas/event/visitor-wishes.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { treatmentOf } from '../../lambdas/tenancy/privacy-mode.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { readSettings } from '../../lambdas/tenancy/settings.ts';
import { changeSettings, findTenant, privacyModes } from '../../lambdas/tenancy/tenants.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess, json } from '../support/http-calls.ts';
import { recordingBell, silent } from '../support/pipeline.ts';
import { track as trackInSql } from '../support/sql-api.ts';

const ROUTE = 'POST /api/v1/track/batch';
const [GRANTED, DENIED] = ['visitor-who-agreed', 'visitor-who-did-not'];

let database: TestDatabase;
let tenant: ProvisionedTenant;
let track: ReturnType<typeof ingestProcess>;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  tenant = await provisionTenant(database.pool, { tenantId: crypto.randomUUID(), siteId: 's', name: 'A' });
  track = ingestProcess(database.pool);
});

const setMode = async (mode: (typeof privacyModes)[number]) =>
  changeSettings(database.pool, await findTenant(database.pool, tenant.id), { privacy_mode: mode });

const answered = z.looseObject({
  accepted: z.number(),
  rejected: z.number(),
  results: z.array(z.looseObject({ index: z.number(), status: z.string(), event_id: z.string().nullable() })),
});
const byHttp = async (body: unknown, kind: 'public' | 'secret' = 'public', headers = {}) =>
  answered.parse(json(await track(ROUTE, credentials(tenant.tokens[kind], tenant.id, headers), body)));
const bySql = async (body: object) =>
  answered.parse(await trackInSql(database.pool, { tenantId: tenant.id, ...body }));

/** Every byte that the raw layer has of the tenant. */
async function kept(): Promise<string> {
  const { rows } = await database.pool.query(
    `SELECT convert_from(body, 'UTF8') || coalesce(envelope::text, '') || coalesce(event_context::text, '') AS text
     FROM raw.site_tracking_requests_r WHERE tenant_id = $1 ORDER BY request_id`,
    [tenant.id],
  );
  return rows.map(({ text }) => String(text)).join('\n');
}

/** What staging makes of what has landed: the visitor and the session of each event, by label. */
async function staged() {
  const { rows } = await database.pool.query(
    'SELECT request_id::text FROM raw.pending_requests WHERE tenant_id = $1',
    [tenant.id],
  );
  const loader = database.as(databaseRoles.loader);
  await stageRequests(
    loader,
    recordingBell(),
    silent,
    rows.map(({ request_id }) => String(request_id)),
  );
  const found = await database.pool.query(
    `SELECT event_label, visitor_id, session_id FROM staging.site_events_staging
     WHERE tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1) ORDER BY event_label`,
    [tenant.id],
  );
  return found.rows;
}

const mixed = {
  session_id: 'session-of-the-batch',
  events: [
    { event_type: 'click', label: 'a', visitor_id: GRANTED, consent: 'granted' },
    { event_type: 'click', label: 'b', visitor_id: DENIED, consent: { analytics: false } },
    { event_type: 'click', label: 'c', gpc: true },
    { event_type: 'click', label: 'd', visitor_id: 'visitor-unasked' },
  ],
};

describe.each([
  ['HTTP', (body: object) => byHttp(body)],
  ['SQL', (body: object) => bySql(body)],
] as const)('by %s', (_, send) => {
  it('does in one batch to each event as its visitor wishes', async () => {
    const { results, ...counts } = await send(mixed);
    expect(counts).toMatchObject({ accepted: 3, rejected: 0 });
    expect(results.map(({ index, status }) => [index, status])).toEqual([
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'not_stored'],
      [3, 'accepted'],
    ]);
    expect(results[2]?.event_id).toBeNull();
  });

  it('without consent no first-party id is written, in the bytes or beside them', async () => {
    await send(mixed);
    const text = await kept();
    expect(text).toContain(GRANTED);
    expect(text).toContain('visitor-unasked');
    expect(text).not.toContain(DENIED);
    // What the envelope says of all is kept for those who agreed, once.
    expect(text.match(/session-of-the-batch/g)).toHaveLength(1);
    const [agreed, denied, unasked] = await staged();
    expect(agreed).toMatchObject({ visitor_id: GRANTED, session_id: 'session-of-the-batch' });
    expect(unasked).toMatchObject({ visitor_id: 'visitor-unasked', session_id: 'session-of-the-batch' });
    expect(denied?.visitor_id).toMatch(/^01[0-9a-f]{30}$/);
    expect(denied?.session_id).not.toContain('session-of-the-batch');
  });

  it('in strict mode silence is no consent', async () => {
    await setMode('strict');
    await send(mixed);
    const text = await kept();
    expect(text).toContain(GRANTED);
    expect(text).not.toContain('visitor-unasked');
  });

  it('in the mode off nothing is honoured', async () => {
    await setMode('off');
    const { accepted } = await send(mixed);
    expect(accepted).toBe(4);
    expect(await kept()).toContain(DENIED);
  });

  it('who denies beside the events of a batch is not overruled in one of them', async () => {
    const agrees = [{ consent: 'granted' }, { consent: null }, { consent: { ad_storage: 'granted' } }];
    const batches = [
      { consent: 'denied', events: agrees },
      { event_data: { consent: 'denied' }, events: [{ event_data: { a: 1 } }] },
      { gpc: true, events: [{ gpc: false }] },
      { event_data: { gpc: true }, events: [{ event_data: { a: 1 } }] },
    ];
    const statuses: string[][] = [];
    for (const { events, ...fields } of batches) {
      const own = events.map((event) => ({ event_type: 'click', visitor_id: DENIED, ...event }));
      statuses.push((await send({ ...fields, events: own })).results.map(({ status }) => status));
    }
    expect(statuses).toEqual([
      ['accepted', 'accepted', 'accepted'],
      ['accepted'],
      ['not_stored'],
      ['not_stored'],
    ]);
    expect(await kept()).not.toContain(DENIED);
  });

  it('knows a retry of an event that lost its ids', async () => {
    const event = { event_type: 'click', visitor_id: DENIED, consent: 'denied', timestamp: Date.now() };
    const [first, again] = [await send({ events: [event] }), await send({ events: [event] })];
    expect(again.results).toEqual([{ ...first.results[0], status: 'duplicate' }]);
  });
});

describe('what was not stored is counted as such', () => {
  const audited = async () => {
    const { rows } = await database.pool.query(
      `SELECT entry.reason, sum(entry.times)::int AS times FROM auth.audit_log AS entry
       JOIN auth.tenant_h AS tenant USING (tenant_hk) WHERE tenant.tenant_bk = $1 AND entry.actor LIKE 'token:%'
       GROUP BY 1 ORDER BY 1`,
      [tenant.id],
    );
    return rows;
  };
  const measured = () => {
    const metrics: Record<string, number>[] = [];
    const measure = (values: Record<string, number>) => void metrics.push(values);
    track = ingestProcess(database.pool, { logger: { ...silent, measure } });
    return metrics;
  };

  it('event by event of a batch', async () => {
    const metrics = measured();
    await byHttp(mixed, 'secret');
    expect(metrics).toMatchObject([{ EventsReceived: 4, EventsAccepted: 3, EventsOptedOut: 1 }]);
    expect(await audited()).toEqual([{ reason: 'opted_out', times: 1 }]);
  });

  it('and beside it what was wrong with events of a batch that opted out as a whole', async () => {
    const metrics = measured();
    const body = { events: [...mixed.events, { page_url: '/' }] };
    const { accepted, rejected } = await byHttp(body, 'public', { 'sec-gpc': '1' });
    expect({ accepted, rejected }).toEqual({ accepted: 0, rejected: 1 });
    expect(metrics).toMatchObject([{ EventsReceived: 5, EventsRejected: 1, EventsOptedOut: 4 }]);
    expect(await audited()).toEqual([
      { reason: 'missing_field', times: 1 },
      { reason: 'opted_out', times: 4 },
    ]);
    expect(await kept()).toBe('');
  });
});

describe('SQL and HTTP treat alike', () => {
  const events = [
    {},
    ...['granted', 'GRANTED', 'denied', '', ' ', null, true, 'Yes', 1, 0, 1.5, [], ['analytics']].map(
      (consent) => ({
        consent,
      }),
    ),
    ...[{ analytics: 'granted' }, { analytics: null, analytics_storage: false }, { analytics: {} }, {}].map(
      (consent) => ({ consent }),
    ),
    { consent: true, event_data: { consent: false } },
    { data: { consent: 'no' }, event_data: { global_privacy_control: 'TRUE' } },
    ...[true, 1, '1', 'true', 'no', null, {}].flatMap((flag) => [
      { gpc: flag },
      { event_data: { do_not_track: flag } },
    ]),
    { event_data: [{ gpc: true }] },
  ];

  it('an event in every privacy mode', async () => {
    const alone = events.map((event) => ({ envelope: null, event }));
    const batched = events.flatMap((envelope) =>
      [{}, { consent: 'granted', gpc: false }, { consent: 'denied' }, { event_data: { a: 1 } }].map(
        (event) => ({
          envelope,
          event,
        }),
      ),
    );
    const cases = privacyModes.flatMap((mode) => [...alone, ...batched].map((sent) => ({ mode, ...sent })));
    const { rows } = await database.pool.query(
      `SELECT raw.treatment(sent.value ->> 'mode', sent.value -> 'envelope', sent.value -> 'event') AS treatment
       FROM jsonb_array_elements($1) WITH ORDINALITY AS sent ORDER BY sent.ordinality`,
      [JSON.stringify(cases)],
    );
    const expected = cases.map(({ mode, envelope, event }) =>
      treatmentOf(
        { kind: 'secret', settings: readSettings({ privacy_mode: mode }).settings },
        {},
        readWishes(envelope, event),
      ),
    );
    expect(rows.map(({ treatment }) => treatment)).toEqual(expected);
    expect(new Set(expected).size).toBe(3);
  });

  it.each([
    [null],
    [{ privacy_mode: 'off' }],
    [{ privacy_mode: 'strict' }],
    [{ privacy_mode: null }],
    [{ privacy_mode: 'lax' }],
    [{ enabled: 'perhaps' }],
    ['nonsense'],
    [{}],
  ])('a profile that says %j', async (siteTracking) => {
    await database.pool.query(
      `INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
       SELECT tenant_hk, now(), '\\x00', jsonb_build_object('site_tracking', $2::jsonb), 'test'
       FROM auth.tenant_h WHERE tenant_bk = $1`,
      [tenant.id, JSON.stringify(siteTracking)],
    );
    const { rows } = await database.pool.query('SELECT auth.privacy_mode($1) AS mode', [tenant.id]);
    expect(rows).toEqual([{ mode: readSettings(siteTracking).settings.privacy_mode }]);
  });
});

it('SQL takes first-party ids out as TypeScript does', async () => {
  const event = { visitor_id: 'v', a: [{ SessionId: 1, b: { 'Client-ID': 2, item_id: 3 } }], user_id: null };
  const { rows } = await database.pool.query('SELECT raw.without_ids($1) AS own', [JSON.stringify(event)]);
  expect(rows).toEqual([{ own: { a: [{ b: { item_id: 3 } }] } }]);
});

it('a program that asks for the row’s id gets none of an event that is not stored', async () => {
  const { rows } = await database.pool.query(
    `SELECT raw.ingest_tracking_event($1, '192.0.2.1', 'agent', '{"event_type": "click", "gpc": true}') AS id`,
    [tenant.id],
  );
  expect(rows).toEqual([{ id: null }]);
});
