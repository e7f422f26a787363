import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { type Queryable, withConnection } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

const lock = readStatement('replay/lock');
const unlock = readStatement('replay/unlock');
const keepOut = readStatement('replay/keep_out');
const letIn = readStatement('replay/let_in');

/** The connection of a replay that was killed lives on for a moment. */
const ATTEMPTS = 20;
const PAUSE_MILLISECONDS = 250;

const lockRow = z.object({ is_ours: z.boolean() });

/** A replay is at work on the database, or what no replay may be beside. */
export class ReplayUnderWay extends Error {
  constructor() {
    super('Another replay of this database, or an erasure, is under way.');
    this.name = 'ReplayUnderWay';
  }
}

/**
 * Does `work` while no other replay does any, and no erasure: two would tread on each other's order, and an erasure would find a vault
 * that is half there.
 * @throws ReplayUnderWay when another one goes on.
 */
export function asOnlyReplay<Result>(pool: pg.Pool, work: () => Promise<Result>): Promise<Result> {
  return withConnection(pool, async (client) => {
    for (let attempt = 1; ; attempt += 1) {
      const { rows } = await client.query(lock);
      if (lockRow.parse(rows[0]).is_ours) break;
      if (attempt === ATTEMPTS) throw new ReplayUnderWay();
      await sleep(PAUSE_MILLISECONDS);
    }
    try {
      return await work();
    } finally {
      // A connection that broke has given the lock back already.
      await client.query(unlock).catch(() => undefined);
    }
  });
}

/**
 * Does `work` while no replay does any; others may do theirs beside it.
 * @param connection lives as long as the work, which runs on others.
 * @throws ReplayUnderWay when one goes on; then nothing was done.
 */
export async function withoutReplay<Result>(
  connection: Queryable,
  work: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await connection.query(keepOut);
  if (!lockRow.parse(rows[0]).is_ours) throw new ReplayUnderWay();
  try {
    return await work();
  } finally {
    await connection.query(letIn).catch(() => undefined);
  }
}
