import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { sum } from '../support/recompute-sessions.ts';
import { ask, askCsv, isListed } from './ask.ts';
import { subjects } from './asked.ts';
import { label, queryOf, type Subject } from './expected-answers.ts';
import { fillTenant, type KnownTenant } from './fixture.ts';
import { generateEvents } from './generated-events.ts';

let database: TestDatabase;
let tenant: KnownTenant;
beforeAll(async () => {
  database = await createDatabase();
  tenant = await fillTenant(database.pool, 'first', generateEvents('first', 1, 200));
  await database.pool.query('ANALYZE');
});
afterAll(() => database.drop());

const MOST = '500';
const range = {
  from: '2025-10-02',
  to: '2025-11-01',
  timeZone: 'Europe/Berlin',
  bot: 'all',
  compare: 'none',
} as const;
const reader = () => database.as(databaseRoles.reader);
const queryFor = (subject: Subject) => queryOf({ ...subject, ...range, filters: {} });
const all = (subject: Subject) => ({ ...queryFor(subject), ...(isListed(subject.topic) && { limit: MOST }) });
const rowsOf = async (subject: Subject) =>
  (await ask(reader(), tenant, subject.topic, all(subject))).rows ?? [];
const figures = z.record(z.string(), z.number());
const sumOf = (rows: readonly Record<string, unknown>[], name: string): number =>
  sum(rows.map((row) => z.number().parse(row[name])));

/** Every figure in a tree under its dotted name, as text. */
const leaves = (value: unknown, name: string[] = []): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, member]) => leaves(member, [...name, key]))
    : [[name.join('.'), String(value)]];
const cell = (value: unknown): string =>
  value === null ? '' : Array.isArray(value) ? value.join(' > ') : String(value);

describe('the parts of an answer', () => {
  it('add up to the whole, in every granularity and by every word', async () => {
    const daily = { topic: 'timeseries', granularity: 'day' } as const;
    const whole = figures.parse((await ask(reader(), tenant, 'timeseries', all(daily))).totals);
    for (const granularity of ['hour', 'day', 'week', 'month'] as const) {
      const rows = await rowsOf({ topic: 'timeseries', granularity });
      for (const name of ['events', 'pageviews', 'conversionValue']) {
        expect(sumOf(rows, name), `${granularity} ${name}`).toBe(whole[name]);
      }
      expect(sumOf(rows, 'sessions')).toBeGreaterThanOrEqual(whole.sessions ?? Infinity);
    }
    for (const subject of subjects.filter(({ topic }) => topic === 'sources' || topic === 'devices')) {
      const rows = await rowsOf(subject);
      for (const name of ['sessions', 'events', 'pageviews', 'conversions', 'conversionValue']) {
        expect(sumOf(rows, name), `${label(subject)} ${name}`).toBe(whole[name]);
      }
    }
    expect(sumOf(await rowsOf({ topic: 'events' }), 'events')).toBe(whole.events);
    expect(sumOf(await rowsOf({ topic: 'pages' }), 'pageviews')).toBe(whole.pageviews);
    expect((await rowsOf({ topic: 'sessions' })).length).toBe(whole.sessions);
  });

  it('are the whole list when they are read page by page', async () => {
    for (const subject of subjects.filter(({ topic }) => isListed(topic))) {
      const whole = await rowsOf(subject);
      const limit = Math.ceil(whole.length / 3);
      const read: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await ask(reader(), tenant, subject.topic, {
          ...queryFor(subject),
          limit: String(limit),
          ...(cursor !== '' && { cursor }),
        });
        expect(page.rows?.length ?? 0, label(subject)).toBeLessThanOrEqual(limit);
        read.push(...(page.rows ?? []));
        cursor = page.nextCursor ?? null;
      }
      expect(read, label(subject)).toEqual(whole);
    }
  });

  it('are the same in CSV', async () => {
    for (const subject of subjects) {
      const [header, ...lines] = await askCsv(reader(), tenant, subject.topic, all(subject));
      const {
        metadata: _,
        dateRange: __,
        ...data
      } = await ask(reader(), tenant, subject.topic, all(subject));
      const rows = data.rows ?? [];
      const [columns, cells] =
        subject.topic === 'overview'
          ? [['metric', 'value'], leaves(data)]
          : [Object.keys(rows[0] ?? {}), rows.map((row) => Object.values(row).map(cell))];
      expect(header, label(subject)).toEqual(columns);
      expect(lines, label(subject)).toEqual(cells);
      expect(lines, label(subject)).not.toEqual([]);
    }
  });
});

describe('the days of a question', () => {
  const days = { dateFrom: '2025-10-26', dateTo: '2025-10-26', bot: 'all' };
  const zoneOf = async (query: Record<string, string>) =>
    (await ask(reader(), tenant, 'timeseries', { ...days, granularity: 'hour', ...query })).rows?.[0]?.bucket;

  it('are those of the zone, else of the site, else of UTC', async () => {
    expect(await zoneOf({ site: 'blog', timeZone: 'America/New_York' })).toBe('2025-10-26T00:00:00-04:00');
    expect(await zoneOf({ site: 'blog' })).toBe('2025-10-26T00:00:00+02:00');
    expect(await zoneOf({ site: 'main' })).toBe('2025-10-26T00:00:00+00:00');
    expect(await zoneOf({})).toBe('2025-10-26T00:00:00+00:00');
  });

  it('are compared with those a year earlier, the last of February with the last of February', async () => {
    const leap = { dateFrom: '2024-02-29', dateTo: '2024-03-01', compare: 'year' };
    expect((await ask(reader(), tenant, 'events', leap)).comparison).toEqual({
      rows: [],
      dateRange: { from: '2023-02-28', to: '2023-03-01' },
    });
  });
});
