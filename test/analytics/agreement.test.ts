import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { ask, isListed } from './ask.ts';
import { asked, subjects, zones } from './asked.ts';
import { type Asking, expectedAnswer, label, queryOf } from './expected-answers.ts';
import { fillTenant, type KnownTenant } from './fixture.ts';
import { generateEvents } from './generated-events.ts';
import { type FilterName, filterNames } from './oracle.ts';

let database: TestDatabase;
let tenant: KnownTenant;
let other: KnownTenant;
beforeAll(async () => {
  database = await createDatabase();
  tenant = await fillTenant(database.pool, 'first', generateEvents('first', 1, 400));
  other = await fillTenant(database.pool, 'second', generateEvents('second', 2, 80));
  await fillTenant(database.pool, 'third', generateEvents('third', 3, 80));
  // As autovacuum does: without statistics the planner takes every table for an empty one.
  await database.pool.query('ANALYZE');
});
afterAll(() => database.drop());

const MOST = '500';
const AT_ONCE = 3;

async function answerTo(caller: KnownTenant, asking: Asking): Promise<Record<string, unknown>> {
  const query = { ...queryOf(asking), ...(isListed(asking.topic) && { limit: MOST }) };
  const reader = database.as(databaseRoles.reader);
  const { metadata: _, nextCursor, ...data } = await ask(reader, caller, asking.topic, query);
  expect(nextCursor ?? null).toBeNull();
  return data;
}

async function agree(asking: Asking): Promise<void> {
  const about = queryOf(asking);
  expect({ about, data: await answerTo(tenant, asking) }).toEqual({
    about,
    data: expectedAnswer(tenant, asking),
  });
}

describe.each(zones)('in $timeZone', (zone) => {
  it.each(subjects.map((subject) => [label(subject), subject] as const))(
    '%s says what the events say, with every filter',
    async (_, subject) => {
      const askings = asked(subject, zone);
      expect(askings.length).toBeGreaterThan(0);
      for (let next = 0; next < askings.length; next += AT_ONCE) {
        await Promise.all(askings.slice(next, next + AT_ONCE).map(agree));
      }
    },
  );
});

describe('a tenant', () => {
  const range = {
    from: '2025-10-21',
    to: '2025-10-30',
    timeZone: 'UTC',
    bot: 'no',
    compare: 'none',
  } as const;
  const words = filterNames.filter((name) => name !== 'site' && name !== 'channel');
  const chosenBy = (name: FilterName, word: string): Asking => ({
    topic: 'events',
    ...range,
    filters: { [name]: [word] },
  });

  it('finds nothing under the words of another tenant, which finds its events', async () => {
    for (const name of words) {
      const asking = chosenBy(name, name === 'page' ? '/second' : 'second');
      expect(await answerTo(tenant, asking), name).toMatchObject({ rows: [] });
      const { rows } = await answerTo(other, asking);
      expect(rows, name).not.toEqual([]);
      expect({ rows }, name).toEqual({ rows: expectedAnswer(other, asking).rows });
    }
  });

  it('is told of its own events only, although another has the same ids', async () => {
    for (const subject of subjects) {
      const asking: Asking = { ...subject, ...range, filters: {} };
      expect(await answerTo(other, asking), label(subject)).toEqual(expectedAnswer(other, asking));
    }
  });
});
