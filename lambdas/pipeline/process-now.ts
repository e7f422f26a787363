import type pg from 'pg';
import * as z from 'zod';
import { databaseRoles } from '../platform/database-roles.ts';
import { silentDoorbell } from '../platform/doorbell.ts';
import type { Logger } from '../platform/log.ts';
import { sqlState } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { DeadlinePassed, transactUntil } from './bounded-transaction.ts';
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

/** SQLSTATE classes of a connection that is lost, and of a server that goes away. */
const LOST_STATES = /^(08|57P)/;

/** Whether the database answered that it could not do something, as against not answering. */
export function isAnswered(error: unknown): boolean {
  const state = sqlState(error);
  return error instanceof DeadlinePassed || (state !== null && !LOST_STATES.test(state));
}

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
  await stageRequests(pool, silentDoorbell, logger, requestIds, transact);
  await loadRequests(pool, logger, requestIds, { transact });
  return readProgress(pool, requestIds, deadline);
}

/**
 * How far requests have come.
 * @param deadline milliseconds on the clock of `performance.now()`.
 * @throws when the database fails or the deadline passes.
 */
export async function readProgress(
  pool: pg.Pool,
  requestIds: readonly string[],
  deadline: number,
): Promise<RequestProgress[]> {
  const transact = transactUntil(deadline, databaseRoles.loader);
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
