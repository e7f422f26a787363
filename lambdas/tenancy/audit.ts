import { errorKind, type Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { createTallies, type Tallied } from '../platform/tallies.ts';

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

const recordAudit = readStatement('record_audit');

const keyOf = ({ tenantHk, actor, action, outcome, reason, subject }: AuditEntry): string =>
  JSON.stringify([tenantHk?.toString('hex'), actor, action, outcome, reason, subject]);

/** The audit log. Equal entries of a second become one row; that it cannot be written never fails a call. */
export function createAuditLog(database: Queryable, logger: Logger) {
  async function write(rows: readonly Tallied<AuditEntry>[]): Promise<void> {
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

  return createTallies(keyOf, write);
}

export type AuditLog = ReturnType<typeof createAuditLog>;
