import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { limits } from '../../lambdas/event/limits.ts';
import { readRequest } from '../../lambdas/pipeline/read-request.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';

const corpus = path.join(import.meta.dirname, '../../../shared/corpora/naughty-strings.json');
const present = existsSync(corpus);
const strings = present ? z.array(z.string()).parse(JSON.parse(readFileSync(corpus, 'utf8'))) : [];
const title = present ? `${strings.length} naughty strings` : '515 naughty strings (the corpus is not here)';

/** String fields under the name a sender uses, how long they may be, and the SQL that finds them in the vault again. */
const fields: readonly [string, number, string | null][] = [
  ['event_type', limits.nameLength, 'event_type'],
  ['evt_category', limits.nameLength, 'event_category'],
  ['evt_action', limits.nameLength, 'event_action'],
  ['evt_label', limits.identifierLength, 'event_label'],
  [
    'session_id',
    limits.identifierLength,
    '(SELECT site_session_bk FROM business.site_session_h h WHERE h.site_session_hk = e.session_slice_hk)',
  ],
  [
    'visitor_id',
    limits.identifierLength,
    '(SELECT site_visitor_bk FROM business.site_visitor_h h WHERE h.site_visitor_hk = e.site_visitor_hk)',
  ],
  [
    'page_url',
    limits.addressLength,
    '(SELECT f.page_url FROM business.site_event_facts f WHERE f.site_event_hk = e.site_event_hk)',
  ],
  ['page_title', limits.addressLength, "custom_properties ->> 'page_title'"],
  ['page_referrer', limits.addressLength, 'page_referrer'],
  ['conversion_funnel_stage', limits.nameLength, 'conversion_funnel_stage'],
  ['business_item_type', limits.itemWordLength, 'business_item_type'],
  [
    'item_id',
    limits.identifierLength,
    `(SELECT business_item_bk FROM business.event_business_item_l l JOIN business.business_item_h h USING (business_item_hk)
      WHERE l.site_event_hk = e.site_event_hk)`,
  ],
  ['item_name', limits.identifierLength, null],
  ['item_category', limits.itemWordLength, null],
  ['item_currency', limits.currencyLength, null],
  ['transaction_funnel_step', limits.nameLength, null],
  ['event_id', limits.identifierLength, null],
  ['client_ip', limits.identifierLength, null],
  ['user_agent', limits.userAgentAccepted, null],
  ['device_type', limits.nameLength, null],
  ['browser_name', limits.nameLength, null],
  ['operating_system', limits.nameLength, null],
  ['timezone', limits.nameLength, null],
  ['browser_language', limits.nameLength, null],
  ['utm_source', limits.identifierLength, null],
  ['utm_medium', limits.identifierLength, null],
  ['utm_campaign', limits.identifierLength, null],
  ['screen_resolution', limits.nameLength, null],
  ['unknown_field', limits.bodyBytes, `e.custom_properties ->> 'unknown_field'`],
];
const isBlank = (text: string) => text.trim() === '';

describe.skipIf(!present)(title, () => {
  let database: TestDatabase;
  let tenant: Awaited<ReturnType<typeof createTenant>>;
  beforeAll(async () => {
    database = await createDatabase();
    tenant = await createTenant(database.pool, 'acme');
  });
  afterAll(() => database.drop());

  const quarantined = async () => {
    const { rows } = await database.pool.query('SELECT reason_code, reasons FROM staging.quarantined_events');
    return rows;
  };

  it.each(fields)(
    '%s takes each of them up to its %i characters, and the vault gives it back',
    async (name, longest, sql) => {
      const fitting = strings.filter(
        (text) => [...text].length <= longest && !(name === 'event_type' && isBlank(text)),
      );
      const events = fitting.map((text) => ({ event_id: randomUUID(), event_type: 'custom', [name]: text }));
      const { verdicts } = await tenant.track({ events });
      expect(
        verdicts.filter(
          ({ status }) => status === 'rejected' || (status === 'duplicate' && name !== 'event_id'),
        ),
      ).toEqual([]);
      expect(verdicts).toHaveLength(fitting.length);
      expect(await quarantined()).toEqual([]);
      const { rows } = await database.pool.query<{ id: string; value: string | null }>(
        `SELECT site_event_bk AS id, ${sql ?? 'NULL'} AS value FROM business.site_event_nl AS e WHERE site_event_bk = ANY ($1)`,
        [verdicts.map(({ event_id }) => event_id)],
      );
      expect(rows).toHaveLength(new Set(verdicts.map(({ event_id }) => event_id)).size);
      if (sql === null) return;
      const stored = new Map(rows.map(({ id, value }) => [id, value]));
      // A blank field counts as absent; then a default may stand in its place.
      const said = verdicts.filter(({ index }) => name === 'unknown_field' || !isBlank(fitting[index] ?? ''));
      expect(said.map(({ event_id }) => stored.get(event_id ?? ''))).toEqual(
        said.map(({ index }) => fitting[index]),
      );
    },
  );

  it.each(fields)('%s refuses those over %i characters as too long and nothing else', (name, longest) => {
    const events = strings.map((text) => ({ event_type: 'custom', [name]: text }));
    const { refused } = readRequest(Buffer.from(JSON.stringify(events)));
    const expected = strings.flatMap((text, index) => {
      if ([...text].length > longest) return [{ index, code: 'too_long' }];
      return name === 'event_type' && isBlank(text) ? [{ index, code: 'missing_field' }] : [];
    });
    expect(refused.map(({ index, faults }) => ({ index, code: faults[0]?.code }))).toEqual(expected);
  });

  it('each may be the name of a property, at any level, and comes back from the vault', async () => {
    const events = strings.map((text) => ({
      event_type: 'custom',
      properties: { [text]: 1, deep: { [text]: [text] } },
    }));
    const { verdicts } = await tenant.track(events);
    expect(new Set(verdicts.map(({ status }) => status))).toEqual(new Set(['accepted']));
    const { rows } = await database.pool.query<{ id: string; properties: Record<string, unknown> }>(
      'SELECT site_event_bk AS id, custom_properties AS properties FROM business.site_event_nl WHERE site_event_bk = ANY ($1)',
      [verdicts.map(({ event_id }) => event_id)],
    );
    const stored = new Map(rows.map(({ id, properties }) => [id, properties]));
    for (const { event_id, index } of verdicts) {
      const text = strings[index] ?? '';
      // A name that ends like that of a password is believed.
      const kept = text.endsWith('/passwd%00') ? '[redacted:secret]' : text;
      expect(stored.get(event_id ?? '')).toEqual({ [text]: 1, deep: { [text]: [kept] } });
    }
    expect(await quarantined()).toEqual([]);
  });

  it('each may be the whole name of a field beside the type', () => {
    const events = strings.map((text) => ({ event_type: 'custom', [text]: 'value' }));
    expect(readRequest(Buffer.from(JSON.stringify(events))).refused).toEqual([]);
  });
});
