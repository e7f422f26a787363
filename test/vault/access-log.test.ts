import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RejectedLines } from '../../cli/import/batch.ts';
import { Batcher, sampleSite } from '../../cli/import/batcher.ts';
import { openLog } from '../../cli/import/reader.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { currentViewsAgree, satellitesAgree } from '../support/agreement.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { Recomputation } from '../support/recompute.ts';
import type { LoadedEvent } from '../support/recompute-sessions.ts';

const DAY = 86_400_000;
/** Requests of 500 lines: what comes later in a log is like what came before. */
const MOST_REQUESTS = 9;

/** The request bodies that the import command sends for a log. */
async function importBodies(log: string): Promise<string[]> {
  const source = await openLog(log);
  const groups = source.lines();
  const { site, held } = await sampleSite(groups);
  const batcher = new Batcher({
    site,
    maxEvents: 500,
    skippedTypes: [],
    rejectedLines: new RejectedLines(),
    linesDone: 0,
  });
  const full = held.flatMap((line) => batcher.push(line) ?? []);
  for await (const lines of groups) full.push(...lines.flatMap((line) => batcher.push(line) ?? []));
  return [...full, batcher.finish()].filter(({ size }) => size > 0).map((batch) => batch.body());
}

const state = z.record(z.string(), z.unknown());
const storedRow = z.object({
  tenant: z.string(),
  event_id: z.string(),
  at: z.date(),
  received: z.date(),
  record_source: z.string(),
  visitor_id: z.string(),
  event_type: z.string(),
  event_action: z.string(),
  event_value: z.number().nullable(),
  time_on_page: z.number().nullable(),
  item_type: z.string().nullable(),
  stage: z.string().nullable(),
  bot_reason: z.string().nullable(),
  page_url: z.string().nullable(),
  page_key: z.string().nullable(),
  page_state: state.nullable(),
  page_referrer: z.string().nullable(),
  utm_source: z.string().nullable(),
  utm_medium: z.string().nullable(),
  utm_campaign: z.string().nullable(),
  visitor_state: state,
});

/** The events as the vault holds them, each with what it says of its visitor and its page. */
async function storedEvents({ pool }: TestDatabase): Promise<LoadedEvent[]> {
  const { rows } = await pool.query(
    `SELECT tenant.tenant_bk AS tenant, fact.site_event_bk::text AS event_id, fact.event_timestamp AS at,
       fact.load_date AS received, fact.record_source, visitor.site_visitor_bk AS visitor_id, fact.event_type, fact.event_action,
       fact.event_value, fact.time_on_page, fact.business_item_type AS item_type, fact.conversion_funnel_stage AS stage,
       fact.bot_reason, fact.page_url, page.site_page_bk AS page_key,
       to_jsonb(page_state) - '{site_page_hk,page_state_id,tenant_hk}'::text[] AS page_state,
       fact.page_referrer, fact.utm_source, fact.utm_medium, fact.utm_campaign,
       to_jsonb(visitor_state) - '{site_visitor_hk,visitor_state_id,tenant_hk}'::text[] AS visitor_state
     FROM business.site_event_facts AS fact
     JOIN business.site_event_nl AS event USING (site_event_hk)
     JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = fact.tenant_hk
     JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = fact.site_visitor_hk
     JOIN business.site_visitor_state_r AS visitor_state ON visitor_state.site_visitor_hk = event.site_visitor_hk
       AND visitor_state.visitor_state_id = event.visitor_state_id
     LEFT JOIN business.site_page_state_r AS page_state ON page_state.site_page_hk = event.site_page_hk
       AND page_state.page_state_id = event.page_state_id
     LEFT JOIN business.site_page_h AS page ON page.site_page_hk = event.site_page_hk AND event.page_state_id IS NOT NULL`,
  );
  return z
    .array(storedRow)
    .parse(rows)
    .map((row) => ({
      tenantId: row.tenant,
      eventId: row.event_id,
      at: row.at.getTime(),
      received: row.received.getTime(),
      recordSource: row.record_source,
      sessionId: null,
      visitorId: row.visitor_id,
      type: row.event_type,
      action: row.event_action,
      value: row.event_value,
      timeOnPage: row.time_on_page,
      itemType: row.item_type,
      stage: row.stage,
      botReason: row.bot_reason,
      pageUrl: row.page_url,
      page:
        row.page_key === null
          ? null
          : { key: row.page_key, state: { page_url: row.page_key, ...row.page_state } },
      referrer: row.page_referrer,
      utm: { source: row.utm_source, medium: row.utm_medium, campaign: row.utm_campaign },
      visitor: row.visitor_state,
      items: [],
    }));
}

describe.each(['samples/access.log.gz', '../shared/data/access.log.gz'])('the imported log %s', (log) => {
  describe.skipIf(!existsSync(log))(`(needs ${log})`, () => {
    let database: TestDatabase;
    let bodies: string[];
    const expected = new Recomputation();
    const known = new Set<string>();
    beforeAll(async () => {
      database = await createDatabase();
      bodies = (await importBodies(log)).slice(0, MOST_REQUESTS);
    });
    afterAll(() => database.drop());

    const load = async (requests: readonly string[]) => {
      const tenant = await createTenant(database.pool, 'log');
      for (const body of requests) await tenant.track(body, { kind: 'secret' });
      const events = await storedEvents(database);
      expected.add(events.filter(({ eventId }) => !known.has(eventId)));
      for (const { eventId } of events) known.add(eventId);
    };

    it('leads to satellites that equal a recomputation from its events, while sessions are open', async () => {
      await load(bodies.filter((_, index) => index % 3 !== 1));
      expect(known.size).toBeGreaterThan(2_000);
      await satellitesAgree(database.pool, expected);
      await currentViewsAgree(database.pool, expected);
    }, 120_000);

    it('and after they closed, and after the rest of the log opened and joined them, and closed them again', async () => {
      for (const [days, rest] of [
        [1, []],
        [3, bodies.filter((_, index) => index % 3 === 1).toReversed()],
      ] as const) {
        await load(rest);
        await currentViewsAgree(database.pool, expected);
        const asOf = new Date(Date.now() + days * DAY);
        await takeSnapshots(database.pool, silent, asOf);
        expected.tick(asOf);
        await satellitesAgree(database.pool, expected);
        await currentViewsAgree(database.pool, expected);
      }
    }, 120_000);
  });
});
