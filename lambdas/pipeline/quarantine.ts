import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const quarantineStatement = readStatement('quarantine_raw_events');

/** An event that cannot go on, and why. */
export interface Refusal {
  readonly rawEventId: string;
  readonly received: Date;
  /** The typed reason: a code of the API, or one of the stages' own. */
  readonly code: string;
  readonly reasons: readonly string[];
}

/** Keeps refused events with their bytes where people find them. */
export async function quarantine(
  client: Queryable,
  stage: 'STAGING' | 'BUSINESS',
  refused: readonly Refusal[],
): Promise<void> {
  if (refused.length === 0) return;
  await client.query(quarantineStatement, [
    stage,
    refused.map(({ rawEventId }) => rawEventId),
    refused.map(({ received }) => received),
    refused.map(({ code }) => code),
    refused.map(({ reasons }) => JSON.stringify(reasons)),
  ]);
}
