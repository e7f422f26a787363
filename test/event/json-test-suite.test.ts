import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../lambdas/event/limits.ts';
import { readRequest } from '../../lambdas/pipeline/read-request.ts';
import { Problem } from '../../lambdas/platform/problem.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';

const corpus = path.join(import.meta.dirname, '../../../shared/corpora/json-test-suite/test_parsing');
const present = existsSync(corpus);
const files = present
  ? readdirSync(corpus)
      .sort()
      .map((name) => ({ name, bytes: readFileSync(path.join(corpus, name)) }))
  : [];
const title = present
  ? `${files.length} files of JSONTestSuite`
  : '318 files of JSONTestSuite (the corpus is not here)';

/** What a body comes to: accepted, refused as a whole with a code, or refused event by event. Anything else is thrown. */
function outcome(body: Buffer): string {
  try {
    return readRequest(body).refused.length === 0 ? 'accepted' : 'refused event';
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return error.code;
    throw error;
  }
}

const isJson = (bytes: Buffer): boolean => !['invalid_json', 'invalid_utf8'].includes(outcome(bytes));
const around = (before: string, bytes: Buffer, after: string) =>
  Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);

describe.skipIf(!present)(title, () => {
  const must = (kind: string) =>
    files.filter(({ name }) => name.startsWith(kind)).map(({ name, bytes }) => [name, bytes] as const);

  it.each(must('y_'))('%s is read', (_, bytes) => {
    expect(isJson(bytes)).toBe(true);
  });

  it.each(must('n_'))('%s is answered 400', (_, bytes) => {
    expect(isJson(bytes)).toBe(false);
  });

  it.each(must('i_'))('%s is answered one way or the other', (_, bytes) => {
    expect(outcome(bytes)).toBeTypeOf('string');
  });

  const valid = files.filter(({ bytes }) => isJson(bytes));

  it.each(valid.map(({ name, bytes }) => [name, bytes] as const))(
    '%s leaves its nine neighbours in a batch as they were',
    (_, bytes) => {
      const neighbours = Array.from({ length: 9 }, (_unused, index) => `{"event_type":"x","i":${index}}`);
      const [first, ...rest] = neighbours;
      const { items } = readRequest(around(`[${first},`, bytes, `,${rest.join(',')}]`));
      const others = items.filter(({ index }) => index !== 1);
      expect(others.map(({ original }) => original.toString())).toEqual(neighbours);
    },
  );

  describe('as a property', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createDatabase();
    });
    afterAll(() => database.drop());

    it('each that is JSON reaches the vault in one batch, none spoils another', async () => {
      const tenant = await createTenant(database.pool, 'acme');
      const events = valid.map(({ bytes }) => around('{"event_type":"x","v":', bytes, '}'));
      const deepest = valid.findIndex(({ name }) => name === 'i_structure_500_nested_arrays.json');
      const body = Buffer.concat(
        events.flatMap((event, index) => (index === 0 ? [event] : [Buffer.from(','), event])),
      );
      const { verdicts } = await tenant.track(around('[', body, ']').toString('utf8'));
      const rejected = verdicts.filter(({ status }) => status === 'rejected');
      expect(rejected).toEqual([
        expect.objectContaining({
          index: deepest,
          code: 'too_deep',
          message: expect.stringContaining(`${limits.jsonDepth}`),
        }),
      ]);
      const { rows } = await database.pool.query(
        `SELECT (SELECT count(*)::int FROM business.site_event_nl) AS loaded,
                (SELECT count(*)::int FROM staging.quarantined_events) AS quarantined,
                (SELECT count(raw_payload)::int FROM raw.site_tracking_events_r) AS readable`,
      );
      expect(rows).toEqual([{ loaded: valid.length - 1, quarantined: 0, readable: valid.length - 1 }]);
    });
  });
});
