import type pg from 'pg';
import type { DatabaseRole } from '../platform/database-roles.ts';
import { inTransaction, type Queryable } from '../platform/postgres.ts';

/** Runs work in one transaction: whatever it throws rolls everything back. */
export type Transact = <Result>(
  pool: pg.Pool,
  work: (client: Queryable) => Promise<Result>,
) => Promise<Result>;

/** The time that a caller can wait is over; what was begun is rolled back. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/**
 * Transactions that end before a deadline, or soon after: a process that answers and is frozen then must not keep locks.
 * @param role whom they act as.
 * @param deadline milliseconds on the clock of `performance.now()`. A statement that runs already may take as long again.
 */
export function transactUntil(deadline: number, role: DatabaseRole): Transact {
  return (pool, work) => {
    requireTime(deadline);
    return inTransaction(
      pool,
      async (client) => {
        const left = requireTime(deadline);
        await client.query(`SELECT set_config('statement_timeout', $1, true)`, [String(left)]);
        return work({
          query(statement, values) {
            requireTime(deadline);
            return client.query(statement, values);
          },
        });
      },
      role,
    );
  };
}

/** Whole milliseconds until the deadline. */
function requireTime(deadline: number): number {
  const left = Math.floor(deadline - performance.now());
  if (left <= 0) throw new DeadlinePassed('The deadline has passed.');
  return left;
}
