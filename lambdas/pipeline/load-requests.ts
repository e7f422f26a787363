import type pg from 'pg';
import * as z from 'zod';
import type { Logger } from '../platform/log.ts';
import { inTransaction, type Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { loadingStatements } from '../vault/loading-statements.ts';
import { applyInHalves, type RefusedItem } from './apply-in-halves.ts';
import { quarantine } from './quarantine.ts';

const claimStaged = readStatement('claim_staged');
const trimStaged = readStatement('trim_staged');
const finishRequests = readStatement('finish_requests');
const restageRequests = readStatement('restage_requests');
const stagedArrivals = readStatement('staged_arrivals');

const stagedRequest = z.object({
  request_id: z.string(),
  staged_count: z.number(),
  staging_event_ids: z.array(z.string()),
});
const arrivalRow = z.object({ raw_event_id: z.string(), received_timestamp: z.date() });

/**
 * Loads the events of staged requests into the vault, in one transaction: hubs, links and events appear together or not at all.
 * Requests that are loaded already, or are in another worker's hands, are passed over: doing this twice does nothing.
 * @throws when the database cannot be reached; then nothing has changed and the same ids may be tried again.
 */
export async function loadRequests(
  pool: pg.Pool,
  logger: Logger,
  requestIds: readonly string[],
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query(claimStaged, [requestIds]);
    const requests = z.array(stagedRequest).parse(rows);
    const complete = requests.filter((request) => request.staging_event_ids.length === request.staged_count);
    const emptied = requests.filter((request) => !complete.includes(request));
    if (emptied.length > 0) {
      logger.warn('staging was emptied, staging again', { requests: emptied.length });
      await client.query(restageRequests, [emptied.map(({ request_id }) => request_id)]);
    }
    if (complete.length === 0) return;
    const events = complete.flatMap(({ staging_event_ids }) => staging_event_ids);
    const refused = await applyInHalves(client, events, async (ids) => {
      for (const { text } of loadingStatements) await client.query(text, [ids]);
    });
    await quarantineRefused(client, refused);
    await client.query(trimStaged, [events]);
    await client.query(finishRequests, [complete.map(({ request_id }) => request_id)]);
    logger.info('loaded', { requests: complete.length, events: events.length, quarantined: refused.length });
  });
}

async function quarantineRefused(client: Queryable, refused: readonly RefusedItem<string>[]): Promise<void> {
  if (refused.length === 0) return;
  const { rows } = await client.query(stagedArrivals, [refused.map(({ item }) => item)]);
  const arrivals = new Map(
    z
      .array(arrivalRow)
      .parse(rows)
      .map(({ raw_event_id, received_timestamp }) => [raw_event_id, received_timestamp]),
  );
  await quarantine(
    client,
    'BUSINESS',
    refused.flatMap(({ item: rawEventId, state }) => {
      const received = arrivals.get(rawEventId);
      const reasons = [`The vault refused the event (${state}).`];
      return received === undefined ? [] : [{ rawEventId, received, code: 'cannot_be_loaded', reasons }];
    }),
  );
}
