import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { ask } from './ask.ts';
import { fillTenant, type KnownTenant } from './fixture.ts';
import { generateLiveEvents } from './generated-events.ts';
import { type Filters, groupBy, isView, isWanted, type Question, sessionsIn, visitorsIn } from './oracle.ts';
import { byText, first } from './oracle-reports.ts';

let database: TestDatabase;
let tenant: KnownTenant;
beforeAll(async () => {
  database = await createDatabase();
  const now = new Date();
  tenant = await fillTenant(database.pool, 'first', generateLiveEvents('first', 5, 150, now));
  await fillTenant(database.pool, 'second', generateLiveEvents('second', 6, 50, now));
  await database.pool.query('ANALYZE');
});
afterAll(() => database.drop());

const MINUTE = 60_000;
const range = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });

/** What was to be seen of the minutes that an answer says it is about. */
function seen({ from, to }: z.infer<typeof range>, asked: Pick<Question, 'filters' | 'bot'>) {
  const end = (Math.floor(Date.parse(to) / MINUTE) + 1) * MINUTE;
  const begin = end - 30 * MINUTE;
  expect(Date.parse(from)).toBe(begin);
  const chosen = tenant.all.filter(
    (each) => each.event.at >= begin && each.event.at < end && isWanted(each, asked),
  );
  const views = chosen.filter(({ event }) => isView(event));
  return {
    visitors: visitorsIn(chosen),
    sessions: sessionsIn(chosen).length,
    pageviews: views.length,
    events: chosen.length,
    pages: groupBy(views, ({ event }) => [event.path])
      .map(({ name, of }) => ({ page: name, pageviews: of.length, visitors: visitorsIn(of) }))
      .sort((a, b) => first(b.pageviews - a.pageviews, byText(a.page, b.page))),
    sources: groupBy(chosen, ({ session: { entry } }) => [[entry.channel, entry.source] as const])
      .map(({ name: [channel, source], of }) => ({ channel, source, sessions: sessionsIn(of).length }))
      .sort((a, b) =>
        first(b.sessions - a.sessions, byText(a.channel, b.channel), byText(a.source, b.source)),
      ),
    rows: Array.from({ length: 30 }, (_, n) => {
      const minute = chosen.filter(({ event }) => Math.floor((event.at - begin) / MINUTE) === n);
      return {
        minute: new Date(begin + n * MINUTE).toISOString(),
        events: minute.length,
        pageviews: minute.filter(({ event }) => isView(event)).length,
      };
    }),
  };
}

const askings: readonly { filters: Filters; bot: Question['bot'] }[] = [
  { filters: {}, bot: 'no' },
  { filters: {}, bot: 'all' },
  { filters: { site: ['blog'] }, bot: 'no' },
  { filters: { channel: ['direct', 'paid_search'], country: ['DE'] }, bot: 'no' },
];

it.each(askings)('the last 30 minutes are as they were: $filters, bots $bot', async ({ filters, bot }) => {
  const query = Object.fromEntries(Object.entries(filters).map(([name, words]) => [name, words.join(',')]));
  const reader = database.as(databaseRoles.reader);
  const {
    metadata: _,
    dateRange,
    newestArrival,
    ...data
  } = await ask(reader, tenant, 'live', { ...query, bot });
  const asked = range.parse(dateRange);
  expect(data).toEqual(seen(asked, { filters, bot }));
  expect(data.events).toBeGreaterThan(0);
  expect(Date.parse(z.iso.datetime().parse(newestArrival))).toBeLessThanOrEqual(Date.parse(asked.to));
});
