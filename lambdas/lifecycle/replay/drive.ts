import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { loadRequests } from '../../pipeline/load-requests.ts';
import { stageRequests } from '../../pipeline/stage-requests.ts';
import { silentDoorbell } from '../../platform/doorbell.ts';
import type { Logger } from '../../platform/log.ts';
import { readStatement } from '../../platform/statement.ts';
import type { NamedRequest } from './requests.ts';

const findUnfinished = readStatement('replay/find_unfinished');
const unfinishedRow = z.object({ request_id: z.string() });

/** How often, and with which pauses, a request is tried that another worker holds. */
const ATTEMPTS = 120;
const PAUSE_MILLISECONDS = 250;

/** What the steps of a replay share. */
export interface ReplayContext {
  readonly pool: pg.Pool;
  readonly logger: Logger;
  /** Sets of requests under way at a time: one is loaded while those behind it are staged. */
  readonly workers: number;
  /** Ends the replay after the transactions under way. */
  readonly stop: AbortSignal;
  /** Told whenever events are done with. */
  readonly onProgress: (events: number) => void;
}

/**
 * Stages and loads marked requests. Sets are loaded one after another in the order given, so that the vault they make does
 * not depend on chance; staging, which no order matters to, goes ahead. Requests without a mark are passed over.
 * @throws what the first set that failed threw, after all sets under way have ended.
 */
export async function drive(context: ReplayContext, sets: AsyncIterable<NamedRequest[]>): Promise<void> {
  const underWay: Promise<void>[] = [];
  let previous: Promise<void> = Promise.resolve();
  try {
    for await (const set of sets) {
      if (context.stop.aborted) break;
      const loaded = process(context, set, previous);
      // Whoever waits for it hears of a failure; until then it must not end the process.
      loaded.catch(() => undefined);
      previous = loaded;
      underWay.push(loaded);
      if (underWay.length >= context.workers) await underWay.shift();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
  await previous;
}

async function process(
  context: ReplayContext,
  set: readonly NamedRequest[],
  previous: Promise<void>,
): Promise<void> {
  const { pool, logger, onProgress } = context;
  const requestIds = set.map(({ requestId }) => requestId);
  const staging = stageRequests(pool, silentDoorbell, logger, requestIds);
  await Promise.all([staging, previous]);
  await loadRequests(pool, logger, requestIds);
  await finish(context, requestIds);
  onProgress(set.reduce((sum, { events }) => sum + events, 0));
}

/** Sits out workers of the pipeline that hold some of the requests: what comes after them has to wait, too. */
async function finish({ pool, logger, stop }: ReplayContext, requestIds: readonly string[]): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { rows } = await pool.query(findUnfinished, [requestIds]);
    const left = z
      .array(unfinishedRow)
      .parse(rows)
      .map(({ request_id }) => request_id);
    if (left.length === 0 || stop.aborted) return;
    await sleep(PAUSE_MILLISECONDS);
    await stageRequests(pool, silentDoorbell, logger, left);
    await loadRequests(pool, logger, left);
  }
  throw new Error(
    'Another worker has held requests of this replay for too long. The pipeline finishes what is marked; run the replay again then.',
  );
}
