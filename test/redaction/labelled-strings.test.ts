import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { eventWith, falsePositives, figuresOf, judge, recall } from './figures.ts';
import { heldOutSet } from './labels/held-out.ts';
import { readLabels, type SetName, writeLabels } from './labels/label.ts';
import { ownSet } from './labels/own-set.ts';

const sets: readonly SetName[] = ['own', 'held out'];

describe.each(sets)('of the labelled strings (%s)', (name) => {
  const labels = readLabels(name);

  const least = name === 'own' ? 0.995 : 0.99;
  it(`at least ${100 * least} % of what is planted is taken out, and at most 0.5 % of the clean ones changed`, () => {
    const figures = figuresOf(labels);
    expect(recall(figures)).toBeGreaterThanOrEqual(least);
    expect(falsePositives(figures)).toBeLessThanOrEqual(0.005);
  });

  it('two in five are clean', () => {
    const clean = labels.filter(({ planted }) => planted.length === 0);
    expect(clean.length / labels.length).toBeGreaterThan(name === 'own' ? 0.4 : 0.2);
  });
});

it('the strings of our own making are more than 2,000, and the published files are what their makers make', () => {
  expect(readLabels('own').length).toBeGreaterThan(2_000);
  const texts = (lines: string) =>
    lines
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line));
  expect(texts(writeLabels(ownSet()))).toEqual(readLabels('own'));
  expect(texts(writeLabels(heldOutSet()))).toEqual(readLabels('held out'));
});

describe('in SQL', { timeout: 60_000 }, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('every tenth of the labelled strings comes out as it does over HTTP', async () => {
    const labels = sets.flatMap(readLabels).filter((_, index) => index % 10 === 0);
    const { rows } = await database.pool.query(
      `SELECT (redacted.result).value AS value
       FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS event (payload, place)
       CROSS JOIN LATERAL (
         SELECT raw.redact_payload(event.payload, ROW('{"deny": [], "allow": []}'::jsonb, false, sha256('key'))::raw.redaction_options) AS result
       ) AS redacted
       ORDER BY event.place`,
      [JSON.stringify(labels.map(eventWith))],
    );
    const made = z
      .array(z.object({ value: z.unknown() }))
      .parse(rows)
      .map(({ value }) => JSON.stringify(value));
    const differing = labels.filter((label, index) => {
      const { stored } = judge(label);
      return made[index]?.includes(JSON.stringify(stored)) !== true;
    });
    expect(differing.map(({ id }) => id)).toEqual([]);
  });

  it('nothing that is planted reaches the raw layer, staging, the vault or quarantine, by HTTP or SQL', async () => {
    const tenant = await createTenant(database.pool, 'redacted');
    const planted = readLabels('own').filter((label, index) => label.planted.length > 0 && index % 40 === 0);
    expect(planted.length).toBeGreaterThan(25);
    const events = planted.map((label, n) => ({
      ...eventWith(label),
      event_id: `e-${n}`,
      visitor_id: `v-${n}`,
    }));
    await tenant.track(events);
    await database.pool.query('SELECT api.track_event($1::jsonb)', [
      JSON.stringify(
        events.map((event) => ({ ...event, event_id: `sql ${event.event_id}`, tenantId: 'redacted' })),
      ),
    ]);
    const { rows } = await database.pool.query(
      `SELECT string_agg(convert_from(body, 'UTF8') || coalesce(event_context::text, ''), ' ') AS stored FROM raw.site_tracking_requests_r
       UNION ALL SELECT string_agg(event::text, ' ') FROM business.site_event_nl AS event
       UNION ALL SELECT string_agg(page::text, ' ') FROM business.site_page_h AS page
       UNION ALL SELECT string_agg(state::text, ' ') FROM business.site_page_state_r AS state
       UNION ALL SELECT coalesce(string_agg(convert_from(original_bytes, 'UTF8'), ' '), '') FROM staging.quarantined_events
       UNION ALL SELECT coalesce(string_agg(staged::text, ' '), '') FROM staging.site_events_staging AS staged`,
    );
    const stored = z
      .array(z.object({ stored: z.string() }))
      .parse(rows)
      .map((row) => row.stored)
      .join(' ');
    const values = planted
      .flatMap((label) => label.planted.map(([, value]) => value))
      .filter((value) => value.length > 6);
    expect(values.filter((value) => stored.includes(value))).toEqual([]);
    expect(stored).toContain('redacted');
  });
});
