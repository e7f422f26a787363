import { errorKind, type Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

/** What happened to a call: no payload, no personal data. */
export interface AuditEntry {
  /** Null when nobody knows whose call it was. */
  readonly tenantHk: Buffer | null;
  /** `token:<token id>` or `anonymous`. */
  readonly actor: string;
  /** The route. */
  readonly action: string;
  readonly outcome: 'done' | 'refused';
  /** Code of the problem, or why nothing was stored. */
  readonly reason: string | null;
  /** What an administrative call dealt with. */
  readonly subject: string | null;
}

/** Milliseconds within which equal entries become one row. */
const MOMENT = 1_000;
/** Kinds of entries that one process tells apart; a flood of more is written sooner. */
const TOLD_APART = 1_000;

interface Tally {
  readonly entry: AuditEntry;
  readonly writtenAt: number;
  /** How often it happened since it was last written. */
  times: number;
}

interface Row {
  readonly entry: AuditEntry;
  readonly times: number;
}

const recordAudit = readStatement('record_audit');

/**
 * The audit log. The first entry of a quiet second is written at once; the same again within the second is counted and written
 * as one row after it: by a timer, or with the next call in a process that is frozen in between. What was counted is lost with a
 * process that ends. That it cannot be written never fails a call.
 */
export function createAuditLog(database: Queryable, logger: Logger) {
  const tallies = new Map<string, Tally>();
  let isWatching = false;

  async function write(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const entries = rows.map(({ entry }) => entry);
    const now = new Date();
    try {
      await database.query(recordAudit, [
        entries.map(() => now),
        entries.map(({ tenantHk }) => tenantHk),
        entries.map(({ actor }) => actor),
        entries.map(({ action }) => action),
        entries.map(({ outcome }) => outcome),
        entries.map(({ reason }) => reason),
        entries.map(({ subject }) => subject),
        rows.map(({ times }) => times),
      ]);
    } catch (error) {
      logger.error('audit not written', { entries: rows.length, cause: errorKind(error) });
    }
  }

  /** Takes out what has been counted for longer than a moment, or all of it. */
  function due(all: boolean): Row[] {
    const before = all ? Number.POSITIVE_INFINITY : Date.now() - MOMENT;
    const over = [...tallies].filter(([, { writtenAt }]) => writtenAt <= before);
    for (const [key] of over) tallies.delete(key);
    return over.map(([, { entry, times }]) => ({ entry, times })).filter(({ times }) => times > 0);
  }

  function watch(): void {
    if (isWatching) return;
    isWatching = true;
    setTimeout(() => {
      isWatching = false;
      void write(due(false));
      if (tallies.size > 0) watch();
    }, MOMENT).unref();
  }

  return {
    /** Resolves when the entry is written or counted. */
    async record(entry: AuditEntry, times = 1): Promise<void> {
      const { tenantHk, actor, action, outcome, reason, subject } = entry;
      const key = JSON.stringify([tenantHk?.toString('hex'), actor, action, outcome, reason, subject]);
      const rows = due(tallies.size >= TOLD_APART);
      const tally = tallies.get(key);
      if (tally === undefined) {
        tallies.set(key, { entry, writtenAt: Date.now(), times: 0 });
        rows.push({ entry, times });
      } else {
        tally.times += times;
      }
      watch();
      await write(rows);
    },

    /** Writes what has been counted for longer than a moment. A process that is frozen between calls has no timer to do it. */
    writeDue: (): Promise<void> => write(due(false)),
  };
}

export type AuditLog = ReturnType<typeof createAuditLog>;
