import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const deleteExpired = readStatement('delete_expired_requests');

/** Requests that one statement deletes: the loader waits for none of them, and an interrupted run keeps what it did. */
const REQUESTS_AT_ONCE = 1_000;

/** Deletes what tenants with `data_retention_days` no longer keep of the raw layer. The vault keeps what it made of it. */
export async function deleteExpiredRequests(database: Queryable, logger: Logger): Promise<void> {
  let requests = 0;
  for (;;) {
    const { rowCount } = await database.query(deleteExpired, [REQUESTS_AT_ONCE]);
    requests += rowCount ?? 0;
    if ((rowCount ?? 0) < REQUESTS_AT_ONCE) break;
  }
  logger.info('expired requests deleted', { requests });
}
