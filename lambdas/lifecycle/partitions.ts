import * as z from 'zod';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const ensure = readStatement('ensure_partitions');

/** Partitions stand ready this far ahead, so that ingest survives a quarter without maintenance. */
const RAW_WEEKS_AHEAD = 12;
const EVENT_MONTHS_AHEAD = 3;

const made = z.object({ raw: z.number(), events: z.number(), isolated: z.number() });

/** Makes the partitions that the coming weeks and months need. */
export async function ensurePartitions(database: Queryable, logger: Logger): Promise<void> {
  const { rows } = await database.query(ensure, [RAW_WEEKS_AHEAD, EVENT_MONTHS_AHEAD]);
  logger.info('partitions made', made.parse(rows[0]));
}
