import type pg from 'pg';
import * as z from 'zod';
import { databaseRoles } from '../platform/database-roles.ts';
import type { Doorbell } from '../platform/doorbell.ts';
import type { Logger } from '../platform/log.ts';
import { readStatement } from '../platform/statement.ts';
import { transactUntil } from './bounded-transaction.ts';
import { loadRequests } from './load-requests.ts';
import { stageRequests } from './stage-requests.ts';

const requestProgress = readStatement('request_progress');
const progressRow = z.object({
  request_id: z.string(),
  stage: z.enum(['LANDED', 'STAGED']).nullable(),
  event_id: z.string().nullable(),
  refused_in: z.enum(['STAGING', 'BUSINESS']).nullable(),
  code: z.string().nullable(),
});

export interface RefusedEvent {
  readonly eventId: string;
  readonly stage: 'STAGING' | 'BUSINESS';
  readonly code: string;
}

/** How far one request has come. */
export interface RequestProgress {
  readonly requestId: string;
  /** What it waits in, as another worker holds it; null when it is done. */
  readonly stage: 'LANDED' | 'STAGED' | null;
  /** Its events that are in quarantine. */
  readonly refused: readonly RefusedEvent[];
}

/** What is staged is loaded at once. */
const noBell: Doorbell = { ring: () => Promise.resolve() };

/**
 * Takes requests through staging into the vault, as the loader.
 * @param deadline milliseconds on the clock of `performance.now()`.
 * @throws when the database fails or the deadline passes; what is done by then stays done, and the queue can do the rest.
 */
export async function processNow(
  pool: pg.Pool,
  logger: Logger,
  requestIds: readonly string[],
  deadline: number,
): Promise<RequestProgress[]> {
  const transact = transactUntil(deadline, databaseRoles.loader);
  await stageRequests(pool, noBell, logger, requestIds, transact);
  await loadRequests(pool, logger, requestIds, { transact });
  const { rows } = await transact(pool, (client) => client.query(requestProgress, [requestIds]));
  return [...Map.groupBy(z.array(progressRow).parse(rows), ({ request_id }) => request_id)].map(
    ([requestId, own]) => ({
      requestId,
      stage: own[0]?.stage ?? null,
      refused: own.flatMap(({ event_id, refused_in, code }) =>
        event_id === null || refused_in === null || code === null
          ? []
          : [{ eventId: event_id, stage: refused_in, code }],
      ),
    }),
  );
}
