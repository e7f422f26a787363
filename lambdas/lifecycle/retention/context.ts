import type pg from 'pg';
import * as z from 'zod';
import type { Logger } from '../../platform/log.ts';
import { inTransaction, type Queryable } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { limitStatements } from '../time-limit.ts';

/** What the steps of a run share. */
export interface RetentionContext {
  readonly pool: pg.Pool;
  readonly logger: Logger;
  /** What counts as now. */
  readonly asOf: Date;
  /** Milliseconds until the run has to have ended; endless where nothing ends it. */
  readonly timeLeft: () => number;
}

/** A transaction is begun only with so much time left, in milliseconds. */
const LEAST_TIME = 12_000;

const keepReplayOut = readStatement('retention/keep_replay_out');
const ownRow = z.object({ is_ours: z.boolean() });

/** A replay reads and marks what would be deleted: nothing goes until it has ended. */
export class ReplayInTheWay extends Error {
  override readonly name = 'ReplayInTheWay';
}

export const hasTime = ({ timeLeft }: RetentionContext): boolean => timeLeft() > LEAST_TIME;

/**
 * Runs a step in one transaction, with as much time as the run has left: the server's own limit is made for single events.
 * @throws ReplayInTheWay while a replay of the database is under way.
 */
export function inStep<Result>(
  { pool, timeLeft }: RetentionContext,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await limitStatements(client, timeLeft());
    const { rows } = await client.query(keepReplayOut);
    if (!ownRow.parse(rows[0]).is_ours) throw new ReplayInTheWay('A replay is under way.');
    return work(client);
  });
}
