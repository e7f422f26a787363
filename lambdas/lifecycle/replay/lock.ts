import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { withConnection } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

const lock = readStatement('replay/lock');
const unlock = readStatement('replay/unlock');

/** The connection of a replay that was killed lives on for a moment. */
const ATTEMPTS = 20;
const PAUSE_MILLISECONDS = 250;

const lockRow = z.object({ is_ours: z.boolean() });

/** Another replay is at work on the database. */
export class ReplayUnderWay extends Error {
  constructor() {
    super('Another replay of this database is under way.');
    this.name = 'ReplayUnderWay';
  }
}

/**
 * Does `work` while no other replay does any: two would tread on each other's order.
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
