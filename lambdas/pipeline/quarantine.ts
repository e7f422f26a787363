import * as z from 'zod';
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

export interface QuarantinedEvent {
  readonly tenantId: string;
  readonly code: string;
}

const quarantinedRow = z.object({ tenant_id: z.string(), reason_code: z.string() });

/**
 * Keeps refused events with their bytes where people find them.
 * @returns those that were not there before.
 */
export async function quarantine(
  client: Queryable,
  stage: 'STAGING' | 'BUSINESS',
  refused: readonly Refusal[],
): Promise<QuarantinedEvent[]> {
  if (refused.length === 0) return [];
  const { rows } = await client.query(quarantineStatement, [
    stage,
    refused.map(({ rawEventId }) => rawEventId),
    refused.map(({ received }) => received),
    refused.map(({ code }) => code),
    refused.map(({ reasons }) => JSON.stringify(reasons)),
  ]);
  return z
    .array(quarantinedRow)
    .parse(rows)
    .map(({ tenant_id, reason_code }) => ({ tenantId: tenant_id, code: reason_code }));
}
