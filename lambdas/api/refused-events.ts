import { errorKind, type Logger } from '../platform/log.ts';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { createTallies, type Tallied } from '../platform/tallies.ts';

const noteRefused = readStatement('note_refused');

/** How many events were refused, by code. */
export type Refusals = ReadonlyMap<string, number>;

/** The one refusal that no rate bounds: it is what happens beyond the rate. */
export const RATE_LIMITED = 'rate_limited';

/**
 * Notes for the ledger what was refused at the door. What cannot be written never fails a call: it is then in the ledger neither as received
 * nor as refused.
 */
export function createRefusedEvents(database: Queryable, logger: Logger) {
  /** @param received how many events arrived that get no row in the raw layer, counted apart from the refusals. */
  async function note({ tenantHk, tenantId }: Tenant, received: number, refusals: Refusals): Promise<void> {
    if (received === 0) return;
    try {
      await database.query(noteRefused, [
        tenantHk,
        tenantId,
        received,
        [...refusals.keys()],
        [...refusals.values()],
      ]);
    } catch (error) {
      logger.error('refused events not noted', { events: received, cause: errorKind(error) });
    }
  }

  async function noteTallied(rows: readonly Tallied<Tenant>[]): Promise<void> {
    for (const { entry, times } of rows) await note(entry, times, new Map([[RATE_LIMITED, times]]));
  }

  return {
    note,
    /** Beyond the rate: gathered, since a flood that is turned away must not reach the database. */
    beyondRate: createTallies(({ tenantId }: Tenant) => tenantId, noteTallied),
  };
}
