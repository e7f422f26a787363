import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eventKey, HASH_KEY_BYTES, hashKey, linkKey, ZERO_KEY } from '../../lambdas/vault/hash-key.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const vectorFile = z.object({
  hashKeys: z.array(z.object({ parts: z.array(z.string().nullable()), key: z.string() })),
  linkKeys: z.array(z.object({ hubs: z.array(z.string()), key: z.string() })),
  eventKeys: z.array(
    z.object({ tenant: z.string(), eventId: z.string(), eventTimestamp: z.string(), key: z.string() }),
  ),
});
const vectors = vectorFile.parse(
  JSON.parse(readFileSync(new URL('hash-key-vectors.json', import.meta.url), 'utf8')),
);

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** The keys that SQL makes of lists of parts. */
async function keysInSql(lists: readonly (readonly (string | null)[])[]): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    `SELECT encode(
       util.hash_key(VARIADIC ARRAY(SELECT part FROM json_array_elements_text(list) WITH ORDINALITY AS p (part, at) ORDER BY at)),
       'hex') AS key
     FROM json_array_elements($1::json) WITH ORDINALITY AS l (list, position)
     ORDER BY position`,
    [JSON.stringify(lists)],
  );
  return rows.map(({ key }) => key);
}

describe('the golden vectors hold', () => {
  it.each(vectors.hashKeys)('for $parts in TypeScript', ({ parts, key }) => {
    expect(hashKey(...parts).toString('hex')).toBe(key);
  });

  it('for the same lists in SQL', async () => {
    expect(await keysInSql(vectors.hashKeys.map(({ parts }) => parts))).toEqual(
      vectors.hashKeys.map(({ key }) => key),
    );
  });

  it.each(vectors.linkKeys)('for a link of $hubs', async ({ hubs, key }) => {
    expect(linkKey(...hubs.map((hub) => Buffer.from(hub, 'hex'))).toString('hex')).toBe(key);
    expect(await keysInSql([hubs])).toEqual([key]);
  });

  it.each(vectors.eventKeys)('for event $eventId of $tenant', ({ tenant, eventId, eventTimestamp, key }) => {
    expect(eventKey(tenant, eventId, new Date(eventTimestamp)).toString('hex')).toBe(key);
  });

  it('and are all different', () => {
    expect(new Set(vectors.hashKeys.map(({ key }) => key)).size).toBe(vectors.hashKeys.length);
  });
});

// Few characters, all of them from the encoding itself or twins by case or Unicode form: what could collide, meets often.
const part = fc.option(
  fc.string({
    unit: fc.constantFrom('n', ':', '0', '1', '2', 'a', 'A', 'é', 'e\u0301', ' ', '|', '^'),
    maxLength: 3,
  }),
  { freq: 4 },
);
const parts = fc.array(part, { minLength: 1, maxLength: 3 });

it('no two lists of parts share a key: not by delimiter, null, case, Unicode form or tenant', () => {
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const same = one.length === other.length && one.every((value, index) => value === other[index]);
      return hashKey(...one).equals(hashKey(...other)) === same;
    }),
    { numRuns: 100_000 },
  );
});

it('TypeScript and SQL agree on any parts', async () => {
  const lists = fc.sample(fc.array(fc.option(fc.string({ unit: 'binary' })), { minLength: 1 }), 500);
  const storable = lists.map((list) =>
    list.map((value) => value?.replaceAll('\0', '').toWellFormed() ?? null),
  );
  expect(await keysInSql(storable)).toEqual(storable.map((list) => hashKey(...list).toString('hex')));
});

describe('an event’s key', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  const at = new Date('2026-01-31T08:00:00Z');

  it('sorts by the event’s time', () => {
    const keys = [0, 1, 1_000, 86_400_000].map((later) =>
      eventKey('acme', id, new Date(at.getTime() + later)),
    );
    expect([...keys].reverse().sort(Buffer.compare)).toEqual(keys);
  });

  it('differs between tenants with the same event', () => {
    expect(eventKey('acme', id, at)).not.toEqual(eventKey('globex', id, at));
  });

  it('is as long as every other key', () => {
    expect(
      [eventKey('acme', id, at), hashKey('a'), linkKey(hashKey('a')), ZERO_KEY].map(({ length }) => length),
    ).toEqual(Array.from({ length: 4 }, () => HASH_KEY_BYTES));
  });
});
