import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { encodeParts } from '../../lambdas/platform/encode-parts.ts';
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

/** The times that SQL reads in events' keys. */
async function timesInSql(keys: readonly string[]): Promise<string[]> {
  const { rows } = await database.pool.query<{ at: Date }>(
    "SELECT util.event_time(decode(key, 'hex')) AS at FROM unnest($1::text[]) WITH ORDINALITY AS k (key, place) ORDER BY place",
    [keys],
  );
  return rows.map(({ at }) => at.toISOString());
}

describe('the golden vectors hold', () => {
  it.each(vectors.hashKeys)('for key $key in TypeScript', ({ parts, key }) => {
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

  it.each(vectors.eventKeys)('for event $eventId of $tenant at $eventTimestamp', async (vector) => {
    const { tenant, eventId, eventTimestamp, key } = vector;
    expect(eventKey(tenant, eventId, new Date(eventTimestamp)).toString('hex')).toBe(key);
    expect((await keysInSql([[tenant, eventId]]))[0]?.slice(0, 28)).toBe(key.slice(12));
    expect(await timesInSql([key])).toEqual([eventTimestamp]);
  });

  it('and are all different', () => {
    expect(new Set(vectors.hashKeys.map(({ key }) => key)).size).toBe(vectors.hashKeys.length);
  });
});

/** Numbers that look random and are the same in every run. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Parts = readonly (string | null)[];

// All of them from the encoding itself, twins by case or Unicode form, or somebody's delimiter: what could collide, meets often.
const alphabet = [
  'n',
  ':',
  '0',
  '1',
  '2',
  'a',
  'A',
  'é',
  'e\u0301',
  'ß',
  'ss',
  ' ',
  '|',
  '^',
  ',',
  '"',
  '\\',
  '\n',
  '😀',
];
const nothings = [null, '', 'n', '0:', '1:n', ' ', 'null', '^^'];

/** A list of one to four parts, the first of them mostly a tenant. */
function randomParts(below: (limit: number) => number): Parts {
  const part = (): string | null =>
    below(6) === 0
      ? (nothings[below(nothings.length)] ?? null)
      : Array.from({ length: below(4) }, () => alphabet[below(alphabet.length)]).join('');
  const rest = Array.from({ length: below(4) }, part);
  return below(5) === 0 ? [part(), ...rest] : [['acme', 'Acme', 'acme1', 'globex'][below(4)] ?? '', ...rest];
}

/** Ways in which two lists of parts are nearly the same. */
const twins: readonly ((parts: Parts, at: number, below: (limit: number) => number) => Parts)[] = [
  // Characters move over the border of two parts.
  (parts, at) => {
    const [here, next] = [parts[at] ?? '', parts[at + 1] ?? ''];
    return parts.with(at, here.slice(0, -1)).toSpliced(at + 1, 1, here.slice(-1) + next);
  },
  // Two parts become one, by every delimiter; one becomes two.
  (parts, at, below) => {
    const delimiter = ['', '|', '||', ':', ',', '0:', 'n', '\n'][below(8)] ?? '';
    return parts.toSpliced(at, 2, [parts[at] ?? '^^', parts[at + 1] ?? 'n'].join(delimiter));
  },
  (parts, at) => parts.toSpliced(at, 1, (parts[at] ?? '').slice(0, 1), (parts[at] ?? '').slice(1)),
  // Nothing, in every spelling.
  (parts, at, below) => parts.with(at, nothings[below(nothings.length)] ?? null),
  (parts) => [...parts, null],
  (parts) => [...parts, ''],
  // Case, Unicode form, blanks.
  (parts, at) => parts.with(at, parts[at]?.toUpperCase() ?? null),
  (parts, at) => parts.with(at, parts[at]?.toLowerCase() ?? null),
  (parts, at) => parts.with(at, parts[at]?.normalize('NFC') ?? null),
  (parts, at) => parts.with(at, parts[at]?.normalize('NFKD') ?? null),
  (parts, at) => parts.with(at, parts[at]?.trim() ?? null),
  (parts, at) => parts.with(at, ` ${parts[at] ?? ''}`),
  // Another tenant, or tenant and key in each other's place.
  (parts) => ['globex', ...parts.slice(1)],
  (parts) => parts.slice(1),
  (parts) => [...parts].reverse(),
  // The encoding itself as a part.
  (parts) => [encodeParts(parts)],
  (parts, at) => parts.with(at, encodeParts([parts[at] ?? null])),
];

const isSame = (one: Parts, other: Parts): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

/** 600,000 keep the run short; `PAIRS=1000000` is the full proof. */
const PAIRS = Number(process.env.PAIRS ?? 600_000);

it('no two lists of parts share a key: not by delimiter, null, case, Unicode form or tenant', {
  timeout: 60_000,
}, () => {
  const below = sequence(20_260_302);
  const met = twins.map(() => 0);
  const collisions: string[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const one = randomParts(below);
    const way = pair % twins.length;
    const other = twins[way]?.(one, below(one.length), below) ?? one;
    const same = isSame(one, other);
    if (!same) met[way] = (met[way] ?? 0) + 1;
    const isWrong = hashKey(...one).equals(hashKey(...other)) !== same;
    if (isWrong && collisions.length < 5) collisions.push(JSON.stringify([one, other]));
  }
  expect(collisions).toEqual([]);
  // Every way has really made pairs that differ.
  expect(Math.min(...met)).toBeGreaterThan(1_000);
});

it('no two of all short lists over the characters of the encoding share a key', () => {
  const characters = ['', 'n', ':', '0', '1', '2'];
  const values = [null, ...new Set(characters.flatMap((one) => characters.map((other) => one + other)))];
  const lists = values.flatMap((one) => [
    [one],
    ...values.flatMap((two) => [[one, two], ...values.map((three) => [one, two, three])]),
  ]);
  expect(new Set(lists.map((list) => hashKey(...list).toString('hex'))).size).toBe(lists.length);
});

it('TypeScript and SQL agree on any parts', async () => {
  const lists = fc.sample(fc.array(fc.option(fc.string({ unit: 'binary' })), { minLength: 1 }), 500);
  const storable = lists.map((list) =>
    list.map((value) => value?.replaceAll('\0', '').toWellFormed() ?? null),
  );
  expect(await keysInSql(storable)).toEqual(storable.map((list) => hashKey(...list).toString('hex')));
});

it('TypeScript and SQL agree on lists made to collide', { timeout: 60_000 }, async () => {
  const below = sequence(7);
  const lists = Array.from({ length: 40_000 }, () => randomParts(below));
  const keys = await keysInSql(lists);
  const apart = lists.filter((list, index) => keys[index] !== hashKey(...list).toString('hex'));
  expect(keys).toHaveLength(lists.length);
  expect(apart.slice(0, 5)).toEqual([]);
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

  it('gives its time back to SQL, to the millisecond', async () => {
    const times = fc.sample(
      fc.date({ min: new Date(0), max: new Date('2199-12-31'), noInvalidDate: true }),
      1_000,
    );
    const keys = times.map((time) => eventKey('acme', id, time).toString('hex'));
    expect(await timesInSql(keys)).toEqual(times.map((time) => time.toISOString()));
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

it('the vault’s own check of a server knows golden vectors only', () => {
  const check = readFileSync(
    new URL('../../sql/conformance/X3_hashes_have_their_golden_values.sql', import.meta.url),
    'utf8',
  );
  const golden = new Set([...vectors.hashKeys, ...vectors.eventKeys].map(({ key }) => key));
  const asked = [...check.matchAll(/'\\x([0-9a-f]{40})'/g)].map(([, key = '']) => key);
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((key) => !golden.has(key))).toEqual([]);
});
