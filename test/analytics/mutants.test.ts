import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction, type Queryable } from '../../lambdas/platform/postgres.ts';
import { migrationsDirectory, readStatement } from '../../lambdas/platform/statement.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { dataOf, isListed, send } from './ask.ts';
import { asked, subjects, zones } from './asked.ts';
import { type Asking, expectedAnswer, label, queryOf } from './expected-answers.ts';
import { fillTenant, type KnownTenant } from './fixture.ts';
import { generateEvents } from './generated-events.ts';

let database: TestDatabase;
let tenant: KnownTenant;
beforeAll(async () => {
  database = await createDatabase();
  tenant = await fillTenant(database.pool, 'first', generateEvents('first', 1, 400));
  await database.pool.query('ANALYZE');
});
afterAll(() => database.drop());

type Change = readonly [find: string, put: string];
interface Mutant {
  readonly name: string;
  /** A function or view of the migration, or a statement of analytics. */
  readonly of: string;
  readonly changes: readonly Change[];
  /** The subjects whose answers show it, by how their labels begin. */
  readonly shows: string;
}
const mutant = (name: string, shows: string, of: string, ...changes: Change[]): Mutant => ({
  name,
  of,
  changes,
  shows,
});
/** A filter that leaves nothing out. */
const ignored = (filter: string, value: string): Mutant =>
  mutant(`the filter by ${filter} is ignored`, 'events', 'selected_events', [
    `${value} = ANY (${filter})`,
    `(true OR ${value} = ANY (${filter}))`,
  ]);

const mutants: readonly Mutant[] = [
  mutant('days begin in UTC', 'events', 'read_range', [
    'day_start(asked.day_from, zone.name)',
    "day_start(asked.day_from, 'UTC')",
  ]),
  mutant('a day begins with the second of two midnights', 'events', 'read_range', [
    'util.day_start(asked.day_from, zone.name)',
    '(asked.day_from::timestamp AT TIME ZONE zone.name)',
  ]),
  mutant('the last day is left out', 'events', 'read_range', [
    'day_start(asked.day_to + 1,',
    'day_start(asked.day_to,',
  ]),
  mutant('a day too many counts in', 'events', 'read_range', [
    'day_start(asked.day_to + 1,',
    'day_start(asked.day_to + 2,',
  ]),
  mutant('the end counts in', 'events', 'selected_events', ['< until_time', '<= until_time']),
  mutant('the beginning is left out', 'events', 'selected_events', ['>= from_time', '> from_time']),
  mutant('the range before overlaps', 'events', 'read_range', ['- asked.day_from + 1)', '- asked.day_from)']),
  mutant('a year has 52 weeks', 'events', 'read_range', ["interval '1 year'", "interval '52 weeks'"]),
  mutant('buckets are those of UTC', 'timeseries', 'timeseries', [
    'buckets($3, $4, $16, $17)',
    "buckets($3, $4, nullif('UTC', $16), $17)",
  ]),
  mutant('an hour that the clocks show twice is one', 'timeseries', 'buckets', [
    ",\n      (quarter.instant AT TIME ZONE time_zone) - (quarter.instant AT TIME ZONE 'UTC')",
    '',
  ]),
  mutant('weeks begin on Sunday', 'timeseries week', 'buckets', [
    'date_trunc(granularity, from_time AT TIME ZONE time_zone)',
    "date_trunc(granularity, (from_time AT TIME ZONE time_zone) + interval '1 day') - interval '1 day'",
  ]),
  mutant('bots count', 'events', 'selected_events', ["bot = 'all' OR", 'true OR']),
  mutant('the filter by site is ignored', 'events', 'selected_events', ['site IS NULL OR', 'true OR']),
  mutant('the filter by items is ignored', 'events', 'selected_events', ['items IS NULL\n', 'true\n']),
  ignored('pages', 'facts.page_path'),
  ignored('types', 'facts.event_type'),
  ignored('countries', "facts.custom_properties ->> 'country'"),
  ignored('channels', 'origin.channel'),
  ignored('sources', 'origin.source'),
  ignored('campaigns', 'origin.campaign'),
  ignored('devices', "coalesce(origin.device_type, 'unknown')"),
  ignored('browsers', "coalesce(origin.browser_name, 'unknown')"),
  ignored('systems', "coalesce(origin.operating_system, 'unknown')"),
  mutant('what is unknown is not found', 'events', 'selected_events', [
    "coalesce(origin.browser_name, 'unknown')",
    'origin.browser_name',
  ]),
  mutant('a source is only what a campaign says', 'sources', 'session_origins', [
    'coalesce(entry.utm_source, entry.referrer_host)',
    'entry.utm_source::varchar',
  ]),
  mutant('a session is what it ended with', 'sources', 'session_origins', [
    'session.entry_event_hk',
    'coalesce(session.exit_event_hk, session.entry_event_hk)',
  ]),
  mutant('visitors count once for each event', 'timeseries', 'timeseries', [
    'count(DISTINCT event.site_visitor_hk)',
    'count(event.site_visitor_hk)',
  ]),
  mutant('sessions count once for each event', 'timeseries', 'timeseries', [
    'array_agg(DISTINCT event.ordinal)',
    'array_agg(event.ordinal)',
  ]),
  mutant('sessions count once for each visitor', 'sources', 'sources', [
    '= 1 AS is_first',
    '>= 1 AS is_first',
  ]),
  mutant('every session converts', 'sources', 'sources', [
    'seen.is_first AND origin.transaction_completed',
    'seen.is_first',
  ]),
  mutant('every session bounces', 'devices', 'devices', [
    'seen.is_first AND origin.is_bounce',
    'seen.is_first',
  ]),
  mutant('a page view lasts until any next event', 'pages', 'pages', [
    "    WHERE happened.event_type = 'page_view'\n",
    '',
  ]),
  mutant(
    'a session ends where it began',
    'pages',
    'session_origins',
    ['exit_view.site_event_hk = session.exit_event_hk', 'exit_view.site_event_hk = session.entry_event_hk'],
    ['util.event_time(session.exit_event_hk)', 'util.event_time(session.entry_event_hk)'],
  ),
  mutant('every item has the whole value', 'items', 'items', [
    ' / count(*) OVER (PARTITION BY link.site_event_hk)',
    '',
  ]),
  mutant('transaction steps are interactions', 'items', 'items', [
    "count(*) FILTER (WHERE concerned.event_type <> 'transaction_step')",
    'count(*)',
  ]),
  mutant('one event serves two steps', 'funnel', 'funnel', ['step.ordinal DESC', 'step.ordinal']),
  mutant('steps come in any order', 'funnel', 'funnel', [
    'ORDER BY event.site_event_hk, step.ordinal DESC',
    'ORDER BY step.ordinal, event.site_event_hk',
  ]),
  mutant('a page that is looked at again is another step', 'paths', 'paths', [
    'viewed.page_path IS DISTINCT FROM viewed.path_before',
    'true',
  ]),
  mutant(
    'regular visitors are new ones',
    'retention',
    'retention',
    ['known.first_event_at >= $3', 'true'],
    [
      'width_bucket(known.first_event_at, (SELECT start.times FROM start))',
      'greatest(width_bucket(known.first_event_at, (SELECT start.times FROM start)), 1)',
    ],
  ),
  mutant('the oldest sessions come first', 'sessions', 'sessions', [
    'session_start_time DESC',
    'session_start_time ASC',
  ]),
];

const migration = readFileSync(join(migrationsDirectory, '0012_questions.sql'), 'utf8');

/** The statement of the migration that makes a function or a view of this name, or null. */
function definitionOf(name: string): string | null {
  const begin = migration.search(new RegExp(`^CREATE (FUNCTION|VIEW) analytics\\.${name}\\b`, 'm'));
  if (begin === -1) return null;
  const rest = migration.slice(begin);
  const end = rest.startsWith('CREATE VIEW')
    ? rest.indexOf(';') + 1
    : rest.indexOf('\nEND;') + '\nEND;'.length;
  return rest.slice(0, end).replace('CREATE', 'CREATE OR REPLACE');
}

function changed(text: string, changes: readonly Change[]): string {
  return changes.reduce((before, [find, put]) => {
    expect(before).toContain(find);
    return before.replaceAll(find, put);
  }, text);
}

/** Works with the mutant in the place of what it was made from, as the reader; nothing of it stays. */
async function withMutant<Result>(
  { of, changes }: Mutant,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> {
  const undone = new Error('Nothing of a mutant stays.');
  const results: Result[] = [];
  await inTransaction(database.pool, async (client) => {
    const definition = definitionOf(of);
    if (definition !== null) await client.query(changed(definition, changes));
    const original = definition === null ? readStatement(`analytics/${of}`) : null;
    await client.query('SELECT auth.act_for($1, $2)', [tenant.tenantId, tenant.tenantHk]);
    await client.query(`SET LOCAL ROLE ${databaseRoles.reader}`);
    const mutated: Queryable = {
      query: (statement, values) =>
        client.query(statement === original ? changed(statement, changes) : statement, values),
    };
    results.push(await work(mutated));
    throw undone;
  }).catch((error: unknown) => {
    if (error !== undone) throw error;
  });
  const [result] = results;
  if (result === undefined) throw new Error('The work gives a result.');
  return result;
}

async function agrees(client: Queryable, asking: Asking): Promise<boolean> {
  const query = { ...queryOf(asking), ...(isListed(asking.topic) && { limit: '500' }) };
  const { metadata: _, nextCursor: __, ...data } = dataOf(await send(client, tenant, asking.topic, query));
  return isDeepStrictEqual(data, expectedAnswer(tenant, asking));
}

describe('the recomputation notices that', () => {
  it.each(mutants.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const askings = zones.flatMap((zone) =>
      subjects
        .filter((subject) => label(subject).startsWith(each.shows))
        .flatMap((subject) => asked(subject, zone)),
    );
    const noticed = await withMutant(each, async (client) => {
      for (const asking of askings) if (!(await agrees(client, asking))) return { asking };
      return { asking: null };
    });
    expect(noticed.asking).not.toBeNull();
    if (noticed.asking === null) return;
    const { asking } = noticed;
    const control: Mutant = { ...each, changes: [] };
    expect(await withMutant(control, (client) => agrees(client, asking))).toBe(true);
  });
});
