import { expireSome } from './batches.ts';
import { hasTime, ReplayInTheWay, type RetentionContext } from './context.ts';
import {
  type CutOff,
  findCutOffs,
  isCompleted,
  noteBegun,
  noteCompleted,
  type RetentionClass,
  type RetentionScope,
} from './cut-offs.ts';
import { dropExpiredWeeks, emptyEventPartitions } from './partitions.ts';
import { refreshStatistics } from './statistics.ts';

/** Transactions that a tenant's class takes before the next has its turn. */
const BATCHES_PER_TURN = 20;
/** Rows after which the planner is to look at a class anew. */
const MANY_ROWS = 10_000;

/** What a run did for one class of one tenant. */
export interface Expiry extends CutOff {
  /** Rows deleted one by one: requests, events, refused events, days of a site. */
  readonly rows: number;
  /** Whether all is gone that did not have to wait. */
  readonly isDone: boolean;
}

/** What a run did. */
export interface RetentionReport {
  readonly expiries: readonly Expiry[];
  readonly weeksDropped: number;
  readonly partitionsEmptied: number;
  /** Nothing but time was missing: the next run goes on. */
  readonly isDone: boolean;
}

/** A class of a tenant whose turn comes again until nothing is left. */
interface Turn {
  readonly cutOff: CutOff;
  rows: number;
  isDone: boolean;
}

/**
 * Deletes what tenants no longer keep, class by class and tenant by tenant in turn, beside the pipeline. Whole weeks of the raw layer
 * are dropped where nobody keeps any of it. It may be interrupted at any time and run again, also twice at once.
 * @param again goes also through what an earlier run has completed.
 * @throws AggregateError when a class of a tenant failed, after all the others had their turns.
 */
export async function runRetention(
  context: RetentionContext,
  scope: RetentionScope,
  { again = false } = {},
): Promise<RetentionReport> {
  const failures: unknown[] = [];
  const trying = async <Result>(work: () => Promise<Result>, otherwise: Result): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ReplayInTheWay) context.logger.warn('retention waits for a replay');
      else failures.push(error);
      return otherwise;
    }
  };
  const cutOffs = await findCutOffs(context.pool, scope, context.asOf);
  const due = again ? cutOffs : cutOffs.filter((cutOff) => !isCompleted(cutOff));
  const dueClasses = new Set(due.map((cutOff) => cutOff.class));
  await noteBegun(context.pool, due);
  const turns = due.map((cutOff): Turn => ({ cutOff, rows: 0, isDone: false }));
  // Refused events hold requests back, and with them whole weeks.
  const early = turns.filter(({ cutOff }) => cutOff.class === 'staging');
  await takeTurns(context, early, trying);
  // A week is everybody's.
  const weeksDropped =
    dueClasses.has('raw') && scope.tenantId === null ? await trying(() => dropExpiredWeeks(context), 0) : 0;
  await takeTurns(
    context,
    turns.filter((turn) => !early.includes(turn)),
    trying,
  );
  const partitionsEmptied = dueClasses.has('vault')
    ? await trying(() => emptyEventPartitions(context), 0)
    : 0;
  const emptied = new Set<RetentionClass>(weeksDropped > 0 ? ['raw'] : []);
  if (partitionsEmptied > 0) emptied.add('vault');
  for (const each of dueClasses) {
    const own = turns.filter(({ cutOff }) => cutOff.class === each);
    if (own.reduce((sum, { rows }) => sum + rows, 0) >= MANY_ROWS) emptied.add(each);
  }
  await trying(() => refreshStatistics(context, emptied), undefined);
  report(context, turns, { weeksDropped, partitionsEmptied });
  if (failures.length > 0) throw new AggregateError(failures, 'Retention of some classes failed.');
  return {
    expiries: turns.map(({ cutOff, rows, isDone }) => ({ ...cutOff, rows, isDone })),
    weeksDropped,
    partitionsEmptied,
    isDone: turns.every(({ isDone }) => isDone),
  };
}

type Trying = <Result>(work: () => Promise<Result>, otherwise: Result) => Promise<Result>;

/** One tenant with years to delete does not keep the others waiting. */
async function takeTurns(context: RetentionContext, turns: readonly Turn[], trying: Trying): Promise<void> {
  let waiting = [...turns];
  while (waiting.length > 0 && hasTime(context)) {
    const further: Turn[] = [];
    for (const turn of waiting) {
      if (!hasTime(context)) return;
      if (await trying(() => takeTurn(context, turn), false)) further.push(turn);
    }
    waiting = further;
  }
}

/** @returns whether the class wants another turn. */
async function takeTurn(context: RetentionContext, turn: Turn): Promise<boolean> {
  const { cutOff } = turn;
  for (let batches = 0; batches < BATCHES_PER_TURN; batches += 1) {
    if (!hasTime(context)) return true;
    const { rows, isLast } = await expireSome[cutOff.class](context, cutOff);
    turn.rows += rows;
    if (!isLast) continue;
    await noteCompleted(context.pool, cutOff);
    turn.isDone = true;
    return false;
  }
  return true;
}

function report(
  { logger }: RetentionContext,
  turns: readonly Turn[],
  partitions: { readonly weeksDropped: number; readonly partitionsEmptied: number },
): void {
  for (const { cutOff, rows } of turns) {
    if (rows === 0) continue;
    logger.info('expired rows deleted', { tenant_id: cutOff.tenantId, class: cutOff.class, rows });
    logger.measure({ RowsExpired: rows }, { tenantId: cutOff.tenantId });
  }
  logger.info('retention ended', {
    weeks_dropped: partitions.weeksDropped,
    partitions_emptied: partitions.partitionsEmptied,
    unfinished: turns.filter(({ isDone }) => !isDone).length,
  });
}
