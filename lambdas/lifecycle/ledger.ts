import type pg from 'pg';
import * as z from 'zod';
import { remainingMilliseconds } from '../platform/invocation.ts';
import type { Logger } from '../platform/log.ts';
import { readStatement } from '../platform/statement.ts';
import { queryInTime } from './time-limit.ts';

const dueDays = readStatement('ledger/due_days');
const balanceDay = readStatement('ledger/balance_day');
const measure = readStatement('ledger/measure');

/** Milliseconds that are left to what else the job does: days that are not begun by then are the next run's. */
const TIME_FOR_OTHERS = 25_000;

const dueRow = z.object({ day: z.iso.date() });
const measured = z.tuple([z.object({ open_days: z.number(), gap: z.number() })]);

/** Brings the ledger up to date day by day, each in a transaction of its own, and counts what nobody can tell what became of. */
export async function balanceLedger(pool: pg.Pool, logger: Logger): Promise<void> {
  const due = z.array(dueRow).parse(await queryInTime(pool, dueDays));
  let days = 0;
  for (const { day } of due) {
    if (remainingMilliseconds() < TIME_FOR_OTHERS) break;
    await queryInTime(pool, balanceDay, [day]);
    days += 1;
  }
  const [{ open_days, gap }] = measured.parse(await queryInTime(pool, measure));
  const facts = { days, left: due.length - days, open: open_days, gap };
  if (gap === 0) logger.info('ledger balanced', facts);
  else logger.warn('ledger has a gap', facts);
  logger.measure({ LedgerGap: gap });
}
