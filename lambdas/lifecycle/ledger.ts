import * as z from 'zod';
import { remainingMilliseconds } from '../platform/invocation.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const dueDays = readStatement('ledger/due_days');
const balanceDay = readStatement('ledger/balance_day');
const measure = readStatement('ledger/measure');

/** Milliseconds that a day may take: what is not begun by then is the next run's. */
const TIME_FOR_A_DAY = 15_000;

const dueRow = z.object({ day: z.iso.date() });
const measured = z.object({ open_days: z.number(), gap: z.number() });

/** Brings the ledger up to date day by day, each in a transaction of its own, and counts what nobody can tell what became of. */
export async function balanceLedger(database: Queryable, logger: Logger): Promise<void> {
  const due = z.array(dueRow).parse((await database.query(dueDays)).rows);
  let days = 0;
  for (const { day } of due) {
    if (remainingMilliseconds() < TIME_FOR_A_DAY) break;
    await database.query(balanceDay, [day]);
    days += 1;
  }
  const { open_days, gap } = measured.parse((await database.query(measure)).rows[0]);
  const facts = { days, left: due.length - days, open: open_days, gap };
  if (gap === 0) logger.info('ledger balanced', facts);
  else logger.warn('ledger has a gap', facts);
  logger.measure({ LedgerGap: gap });
}
