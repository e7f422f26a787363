import type { Queryable } from '../platform/postgres.ts';

/** Runs a statement so that its failure leaves the transaction usable. Savepoints of one name may nest. */
export async function withinSavepoint<Result>(
  client: Queryable,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('SAVEPOINT attempt');
  try {
    const result = await work();
    await client.query('RELEASE SAVEPOINT attempt');
    return result;
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT attempt');
    throw error;
  }
}
