import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Topic } from '../../lambdas/analytics/answers.ts';
import { topicOf } from '../../lambdas/analytics/operations.ts';
import { boundTo, readQuestion } from '../../lambdas/analytics/question.ts';
import { writeCursor } from '../../lambdas/api/cursor.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant, type Tenant } from '../../lambdas/platform/postgres.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { ask, askCsv, dataOf, isListed, send } from './ask.ts';

let database: TestDatabase;
let clinic: Tenant;
let other: Tenant;
beforeAll(async () => {
  database = await createDatabase();
  clinic = await fill('clinic');
  other = await fill('other');
});
afterAll(() => database.drop());

const SESSIONS = 5;

/** Five sessions of a page view and an interaction with two items; the ids are the same in every tenant. */
async function fill(tenantId: string): Promise<Tenant> {
  const { tenantHk, track } = await createTenant(database.pool, tenantId);
  await track(
    Array.from({ length: SESSIONS }, (_, n) => [
      {
        event_type: 'page_view',
        timestamp: `2024-03-10T1${n}:00:00Z`,
        session_id: `s${n}`,
        visitor_id: `v${n}`,
        page_url: `https://${tenantId}.example/p${n}?utm_source=u${n}&utm_campaign=c${n}`,
        screen_resolution: `${n}x${n}`,
      },
      {
        event_type: `kind-${n}`,
        timestamp: `2024-03-10T1${n}:00:05Z`,
        session_id: `s${n}`,
        visitor_id: `v${n}`,
        items: [{ id: `i${n}`, name: `=Item ${n}` }],
      },
    ]).flat(),
  );
  await track([{ event_type: 'page_view', path: '/now', session_id: 'now', visitor_id: 'now' }]);
  return { tenantId, tenantHk };
}

const march = { dateFrom: '2024-03-10', dateTo: '2024-03-10' };
const reader = () => database.as(databaseRoles.reader);
const asClinic = (topic: string, query: Record<string, string>) => ask(reader(), clinic, topic, query);

const topics = [...new Set(Object.values(topicOf))];
const lists = topics.filter((topic) => isListed(topic));
/** Makes every list have five rows. */
const wide = (topic: string): Record<string, string> =>
  topic === 'devices' ? { ...march, by: 'screen' } : march;

describe('a list', () => {
  it.each(lists)('of %s comes page by page, each row once and in one order', async (topic) => {
    const whole = await asClinic(topic, wide(topic));
    const read: unknown[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await asClinic(topic, { ...wide(topic), limit: '2', ...(cursor && { cursor }) });
      expect(page.rows?.length).toBeLessThanOrEqual(2);
      expect(page.metadata.rows).toBe(page.rows?.length);
      read.push(...(page.rows ?? []));
      cursor = page.nextCursor;
    } while (cursor);
    expect(read.length).toBeGreaterThanOrEqual(SESSIONS);
    expect(read).toEqual(whole.rows);
  });

  it('goes on where it was though newer sessions came meanwhile', async () => {
    const { tenantHk, track } = await createTenant(database.pool, 'growing');
    const visit = (hour: number) =>
      track([
        {
          event_type: 'page_view',
          path: '/',
          session_id: `h${hour}`,
          timestamp: `2024-03-10T1${hour}:00:00Z`,
        },
      ]);
    for (const hour of [1, 2, 3]) await visit(hour);
    const growing = { tenantId: 'growing', tenantHk };
    const first = await ask(reader(), growing, 'sessions', { ...march, limit: '1' });
    await visit(4);
    const next = await ask(reader(), growing, 'sessions', {
      ...march,
      limit: '9',
      cursor: String(first.nextCursor),
    });
    expect(next.rows?.map((row) => row.sessionId)).toEqual(['h2', 'h1']);
  });

  it('says with its first page only what it compares with', async () => {
    const query = { ...march, compare: 'previous', limit: '2' };
    const first = await asClinic('pages', query);
    expect(first.comparison).toEqual({ rows: [], dateRange: { from: '2024-03-09', to: '2024-03-09' } });
    expect(
      (await asClinic('pages', { ...query, cursor: String(first.nextCursor) })).comparison,
    ).toBeUndefined();
  });
});

describe('a cursor', () => {
  const cursorOf = async (tenant: Tenant, topic: string) =>
    String((await ask(reader(), tenant, topic, { ...wide(topic), limit: '2' })).nextCursor);
  const refused = (topic: string, query: Record<string, string>) =>
    expect(asClinic(topic, query)).rejects.toMatchObject({
      status: 400,
      code: 'invalid_cursor',
      pointer: '/cursor',
    });

  it.each(lists)('of another tenant is refused by %s', async (topic) => {
    await refused(topic, { ...wide(topic), cursor: await cursorOf(other, topic) });
  });

  it('of another question, or of the same with another filter or other days, is refused', async () => {
    const cursor = await cursorOf(clinic, 'pages');
    await refused('events', { ...march, cursor });
    await refused('pages', { ...march, bot: 'all', cursor });
    await refused('pages', { ...march, dateTo: '2024-03-11', cursor });
  });

  it('that was cut or changed is refused', async () => {
    const cursor = await cursorOf(clinic, 'pages');
    const [seal] = z
      .tuple([z.string(), z.unknown()])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const moved = Buffer.from(JSON.stringify([seal, [4]])).toString('base64url');
    for (const broken of ['x', cursor.slice(0, -4), `${cursor}A`.slice(1), moved]) {
      await refused('pages', { ...march, cursor: broken });
    }
  });
});

describe('a cursor that the caller sealed himself', () => {
  const sealed = (topic: Topic, at: unknown[]) => {
    const question = boundTo(topic, readQuestion(topic, march));
    return writeCursor({ tenant: clinic, question }, at);
  };
  const key = 'ab'.repeat(20);

  it.each<[Topic, unknown[]]>([
    ['sessions', ['garbage', key]],
    ['sessions', ['2026-01-01T00:00:00Z\0', key]],
    ['sessions', ['2026-02-30T00:00:00Z', key]],
    ['sessions', ['0000-01-01T00:00:00Z', key]],
    ['sessions', ['infinity', key]],
    ['sessions', ['2026-01-01T00:00:00Z', 'zz']],
    ['sessions', ['2026-01-01T00:00:00Z']],
    ['sessions', [2]],
    ['pages', ['2026-01-01T00:00:00Z', key]],
    ['pages', [0]],
    ['pages', [1.5]],
    ['pages', ['2']],
    ['pages', [2 ** 63]],
    ['pages', [1, 2]],
  ])('is refused by %s for what the database would not take: %j', async (topic, at) => {
    await expect(asClinic(topic, { ...march, cursor: sealed(topic, at) })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_cursor',
    });
  });

  it.each<[Topic, unknown[]]>([
    ['sessions', ['9999-12-31T23:59:59.999999Z', 'ff'.repeat(20)]],
    ['sessions', ['1000-01-01T00:00:00.000000Z', '00'.repeat(20)]],
    ['pages', [Number.MAX_SAFE_INTEGER]],
  ])('begins where it says in his own rows: %s, %j', async (topic, at) => {
    const { rows } = await asClinic(topic, { ...march, cursor: sealed(topic, at) });
    expect(rows).toHaveLength(String(at[0]).startsWith('9999-') ? SESSIONS : 0);
  });
});

describe('a question is refused', () => {
  it.each([
    ['pages', { colour: 'red' }, 'unknown_parameter'],
    ['pages', { granularity: 'day' }, 'unknown_parameter'],
    ['live', { compare: 'previous' }, 'unknown_parameter'],
    ['live', { dateFrom: '2024-03-10' }, 'unknown_parameter'],
    ['live', { dateTo: '2024-03-10' }, 'unknown_parameter'],
    ['live', { days: '7' }, 'unknown_parameter'],
    ['pages', { dateFrom: '2024-02-30' }, 'invalid_date'],
    ['pages', { dateTo: '10.03.2024' }, 'invalid_date'],
    ['pages', { dateFrom: '1999-12-31' }, 'invalid_date'],
    ['pages', { days: '0' }, 'invalid_days'],
    ['pages', { days: '3661' }, 'invalid_days'],
    ['pages', { days: '1e2' }, 'invalid_days'],
    ['pages', { dateFrom: '2024-03-11', dateTo: '2024-03-10' }, 'invalid_date_range'],
    ['pages', { dateFrom: '2010-01-01', dateTo: '2024-03-10' }, 'invalid_date_range'],
    ['pages', { site: '' }, 'invalid_site'],
    ['pages', { timeZone: 'Mars/Olympus' }, 'invalid_time_zone'],
    ['pages', { timeZone: 'Europe/Berlin3' }, 'invalid_time_zone'],
    ['pages', { timeZone: '+02:00' }, 'invalid_time_zone'],
    ['pages', { timeZone: 'EST5EDT' }, 'invalid_time_zone'],
    ['pages', { timeZone: 'CET' }, 'invalid_time_zone'],
    ['pages', { timeZone: 'US/Pacific-New' }, 'invalid_time_zone'],
    ['pages', { bot: 'maybe' }, 'invalid_bot'],
    ['pages', { compare: 'never' }, 'invalid_compare'],
    ['pages', { page: '' }, 'invalid_filter'],
    ['pages', { page: '/a,,/b' }, 'invalid_filter'],
    ['pages', { source: 'a\0b' }, 'invalid_filter'],
    ['pages', { event: Array.from({ length: 51 }, () => 'e').join(',') }, 'invalid_filter'],
    ['pages', { limit: '0' }, 'invalid_limit'],
    ['pages', { limit: '501' }, 'invalid_limit'],
    ['pages', { limit: ' 5' }, 'invalid_limit'],
    ['timeseries', { granularity: 'minute' }, 'invalid_granularity'],
    ['timeseries', { granularity: 'hour', days: '32' }, 'invalid_granularity'],
    ['retention', { granularity: 'hour' }, 'invalid_granularity'],
    ['retention', { granularity: 'day', days: '101' }, 'invalid_granularity'],
    ['devices', { by: 'shoe' }, 'invalid_by'],
    ['paths', { length: '1' }, 'invalid_length'],
    ['paths', { length: '6' }, 'invalid_length'],
    ['funnel', { steps: 'page:/a' }, 'invalid_steps'],
    ['funnel', { steps: 'page:/a,visitor:v' }, 'invalid_steps'],
    ['funnel', { steps: Array.from({ length: 11 }, () => 'event:e').join(',') }, 'invalid_steps'],
  ])('%s with %j: %s', async (topic, query: Record<string, string>, code) => {
    const [name] = Object.keys(query);
    await expect(asClinic(topic, query)).rejects.toMatchObject({ status: 400, code, pointer: `/${name}` });
  });

  it('with the parameters that there are, when it is asked with another', async () => {
    await expect(asClinic('live', { colour: 'red' })).rejects.toThrow(
      'There is no such parameter here. Allowed: site, timeZone, page, event, item, country, channel, source, campaign, device, browser, os, bot.',
    );
  });

  it('about a site of another tenant exactly as about a site that is nowhere', async () => {
    const refusal = async (site: string) => {
      const problem = await asClinic('pages', { ...march, site }).catch((error: unknown) => error);
      return z.object({ status: z.number(), code: z.string(), message: z.string() }).parse(problem);
    };
    await provisionTenant(database.pool, { tenantId: 'other', siteId: 'elsewhere', name: 'Elsewhere' });
    expect(await refusal('elsewhere')).toEqual(await refusal('nowhere'));
    expect(await refusal('elsewhere')).toMatchObject({ status: 404, code: 'unknown_site' });
  });
});

it('the largest and smallest values that are allowed are answered', async () => {
  for (const [topic, query] of [
    ['pages', { limit: '500', days: '3660' }],
    ['pages', { limit: '1', days: '1' }],
    ['timeseries', { granularity: 'hour', days: '31' }],
    ['retention', { granularity: 'day', days: '100' }],
    ['paths', { length: '5' }],
    ['funnel', { steps: Array.from({ length: 10 }, () => 'event:e').join(',') }],
  ] as const) {
    await expect(asClinic(topic, query)).resolves.toBeDefined();
  }
});

it('a zone is answered as its list spells it, other names of it as they were sent', async () => {
  for (const [timeZone, answered] of [
    ['europe/BERLIN', 'Europe/Berlin'],
    ['utc', 'UTC'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
  ] as const) {
    expect((await asClinic('events', { ...march, timeZone })).metadata.time_zone).toBe(answered);
  }
});

it('the filters of an answer are those that were asked for', async () => {
  expect((await asClinic('events', march)).metadata.filters).toEqual({});
  expect((await asClinic('events', { ...march, bot: 'no', page: '/p1' })).metadata.filters).toEqual({
    bot: 'no',
    page: ['/p1'],
  });
});

it('what an answer calls unknown is found by that name', async () => {
  const { tenantHk, track } = await createTenant(database.pool, 'devices');
  const when = (second: number) => `2024-03-10T10:00:0${second}Z`;
  await track([
    { event_type: 'plain', session_id: 'a', visitor_id: 'a', timestamp: when(1) },
    {
      event_type: 'plain',
      session_id: 'b',
      visitor_id: 'b',
      timestamp: when(2),
      device_type: 'tv',
      browser_name: 'Silk',
      operating_system: 'Fire OS',
    },
  ]);
  const devices: Tenant = { tenantId: 'devices', tenantHk };
  for (const by of ['browser', 'os']) {
    const { rows = [] } = await ask(reader(), devices, 'devices', { ...march, bot: 'all', by });
    expect(
      rows.map(({ name }) => name),
      by,
    ).toContain('unknown');
    for (const { name } of rows) {
      const query = { ...march, bot: 'all', by, [by]: String(name) };
      const found = await ask(reader(), devices, 'devices', query);
      expect(
        found.rows?.map((row) => [row.name, row.events]),
        by,
      ).toEqual([[name, 1]]);
    }
  }
});

it('the overview is what SQL clients are told, but for its metadata', async () => {
  const { rows } = await database.pool.query("SELECT api.track_analytics($1) -> 'data' AS data", [
    { tenantId: 'clinic', ...march },
  ]);
  const { metadata: _ours, ...answered } = await asClinic('overview', march);
  const { metadata: _theirs, ...told } = rows[0].data;
  expect(answered).toEqual(told);
});

it.each(topics)('%s shows nothing of a tenant to a transaction that acts for another', async (topic) => {
  const { tenantHk } = await createTenant(database.pool, `empty-${topic}`);
  const nobody: Tenant = { tenantId: `empty-${topic}`, tenantHk };
  const counted: Record<string, string> =
    topic === 'live' ? {} : topic === 'funnel' ? { ...march, steps: 'event:page_view,event:kind-1' } : march;
  const nothing = await ask(reader(), nobody, topic, counted);
  // The question names the other tenant's key; row-level security alone decides.
  const foreign = { ...nobody, tenantHk: clinic.tenantHk };
  const leaked = dataOf(await inTenant(reader(), nobody, (client) => send(client, foreign, topic, counted)));
  const there = await asClinic(topic, counted);
  expect(withoutTimes(leaked)).toEqual(withoutTimes(nothing));
  expect(withoutTimes(leaked)).not.toEqual(withoutTimes(there));
});
const withoutTimes = (data: object) => ({ ...data, metadata: null, dateRange: null });

it('CSV leaves out what a list compares with, and does not ask for it', async () => {
  const asked = async (topic: string, accept: string) => {
    // The first asks for the days.
    let questions = -1;
    const { body } = await inTenant(reader(), clinic, (client) => {
      const counted: typeof client = {
        query: (...sent) => {
          questions += 1;
          return client.query(...sent);
        },
      };
      return send(counted, clinic, topic, { ...march, compare: 'previous' }, accept);
    });
    return { questions, body };
  };
  expect((await asked('pages', 'application/json')).questions).toBe(2);
  expect((await asked('pages', 'text/csv')).questions).toBe(1);
  const overview = await asked('overview', 'text/csv');
  expect(overview.questions).toBe(2);
  expect(overview.body).toContain('\r\ncomparison.overview.totalEvents,0\r\n');
});

it('CSV holds the rows of the JSON answer, says how to go on, and runs no formula', async () => {
  const query = { ...march, limit: '2' };
  const { rows = [], nextCursor } = await asClinic('items', query);
  expect(rows[0]?.name).toBe('=Item 0');
  const [columns, ...lines] = await askCsv(reader(), clinic, 'items', query);
  expect(lines).toEqual(rows.map((row) => columns?.map((column) => String(row[column]).replace(/^=/, "'="))));
  const { headers } = await inTenant(reader(), clinic, (client) =>
    send(client, clinic, 'items', query, 'text/csv'),
  );
  expect(headers).toMatchObject({
    'content-type': expect.stringContaining('text/csv'),
    'content-disposition': 'attachment; filename="items_2024-03-10_2024-03-10.csv"',
  });
  const [, next = ''] = /^<\?(.*)>; rel="next"$/.exec(String(headers.link)) ?? [];
  expect(Object.fromEntries(new URLSearchParams(next))).toEqual({ ...query, cursor: nextCursor });
});
