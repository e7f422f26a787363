import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalText } from '../../lambdas/event/event-id.ts';
import type { Payload } from '../../lambdas/event/payload.ts';
import { idPseudonym } from '../../lambdas/pipeline/redact-request.ts';
import { createTenantRules } from '../../lambdas/redaction/key-facts.ts';
import { isAboutForm, plainName } from '../../lambdas/redaction/names.ts';
import { type Redaction, recordOf } from '../../lambdas/redaction/record.ts';
import { redactPayload } from '../../lambdas/redaction/redact-payload.ts';
import { redactionRules } from '../../scripts/redaction-rules.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { anyEvent } from './arbitrary.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const SAMPLES = 150;
const lists = { deny_keys: ['Denied-Key', 'shoe size'], allow_keys: ['allowed', 'order_token'] };
const plainLists = {
  deny: lists.deny_keys.map(plainName),
  allow: lists.allow_keys.map(plainName),
};
const key = { version: 1, secret: Buffer.alloc(32, 7) };

/** What a query over `sent`, which is each of the values, answers. */
async function each<Row>(query: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await database.pool.query<{ row: Row }>(
    `SELECT to_jsonb(answer) AS row
     FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS each (sent, place)
     CROSS JOIN LATERAL (${query}) AS answer
     ORDER BY place`,
    [JSON.stringify(values)],
  );
  return rows.map(({ row }) => row);
}

it('the rules that SQL has are those that TypeScript has', async () => {
  const { rows } = await database.pool.query<{ rules: unknown }>(
    `SELECT raw.from_byte_view(raw.redaction_rules()::text)::jsonb AS rules`,
  );
  expect(rows[0]?.rules).toEqual(JSON.parse(JSON.stringify(redactionRules)));
});

describe('whatever is sent', { timeout: 120_000 }, () => {
  const events = fc.sample(anyEvent, { numRuns: SAMPLES, seed: 11 }).map((event): Payload => event);
  const options = { rules: createTenantRules(lists), pseudonymOf: (id: string) => idPseudonym(key, id) };
  const redacted = events.map((event) =>
    redactPayload(event, { ...options, isForm: isAboutForm(String(event.event_type)) }),
  );

  it('SQL stores what HTTP stores of it, and records the same', async () => {
    const inSql = await each<{ text: string; record: unknown }>(
      `SELECT raw.canonical_text(redacted.value) AS text, raw.redaction_record(redacted.found, '[]') AS record
       FROM raw.redact_payload(
         sent,
         ROW(
           '${JSON.stringify(plainLists)}',
           raw.is_about_form(sent ->> 'event_type'),
           '\\x${key.secret.toString('hex')}'
         )::raw.redaction_options
       ) AS redacted`,
      events,
    );
    const differing = events.flatMap((event, index) => {
      const { payload, found } = redacted[index] ?? { payload: {}, found: [] };
      const here = { text: canonicalText(payload), record: recordOf(found, []) };
      return JSON.stringify(here) ===
        JSON.stringify({ text: inSql[index]?.text, record: inSql[index]?.record })
        ? []
        : [{ event, here, inSql: inSql[index] }];
    });
    expect(differing.slice(0, 2)).toEqual([]);
    expect(differing).toHaveLength(0);
  });

  it('most of it holds something, so that the comparison says something', () => {
    const kinds = new Set(redacted.flatMap(({ found }) => found.map(({ what }) => what)));
    expect([...kinds].sort()).toEqual([
      ...['address', 'card', 'denied', 'email', 'field', 'iban', 'secret', 'ssn', 'token', 'userinfo'],
    ]);
  });

  it('what has been redacted once is left alone the next time', () => {
    const again = redacted.flatMap(({ payload }, index) => {
      const { event_id, session_id, visitor_id, ...once } = payload;
      const twice = redactPayload(once, {
        ...options,
        isForm: isAboutForm(String(events[index]?.event_type)),
      });
      return twice.payload === once ? [] : [{ once, twice: twice.payload, found: twice.found }];
    });
    expect(again.slice(0, 2)).toEqual([]);
  });
});

it('a record is sorted, has each entry once, and only counts what is beyond its end', async () => {
  const entry = fc.record<Redaction>({
    at: fc.oneof(
      fc.constantFrom('', '/a', '/a/0', '/B', '/é', '/\u{1F600}', '/￿'),
      fc.constant(`/${'x'.repeat(300)}`),
      fc.nat({ max: 30 }).map((index) => `/items/${index}`),
    ),
    what: fc.constantFrom('card', 'email', 'address', 'ids'),
  });
  const many = fc.array(entry, { maxLength: 60, size: 'max' });
  const samples = fc.sample(fc.tuple(many, many), { numRuns: 200, seed: 3 });
  const inSql = await each<{ record: unknown }>(
    'SELECT raw.redaction_record(sent -> 0, sent -> 1) AS record',
    samples,
  );
  expect(inSql.map(({ record }) => record)).toEqual(samples.map(([own, batch]) => recordOf(own, batch)));
  expect(samples.some(([own]) => 'more' in (recordOf(own, []).at(-1) ?? {}))).toBe(true);
});
