import type pg from 'pg';
import * as z from 'zod';
import { type Lineage, lineageRows } from '../api/pipeline-operations.ts';
import { registryKey, settleEventId } from '../event/event-id.ts';
import { inTenant, type Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { readStatement } from '../platform/statement.ts';

const lineageStatement = readStatement('pipeline-state/lineage');
const lineageRow = z.object(lineageRows);

/**
 * The way of one event through the layers.
 * @param sentId the event's id as it was sent or answered.
 * @throws Problem 404 for an event that this tenant has not sent, whoever else has.
 */
export async function readLineage(pool: pg.Pool, tenant: Tenant, sentId: string): Promise<Lineage> {
  const eventId = settleEventId(sentId);
  const { rows } = await inTenant(pool, tenant, (client) =>
    client.query(lineageStatement, [
      registryKey(tenant.tenantId, eventId),
      eventId,
      tenant.tenantId,
      tenant.tenantHk,
    ]),
  );
  if (rows.length === 0) {
    throw new Problem(404, 'unknown_event', 'There is no event with this id.', { pointer: '/id' });
  }
  const found = lineageRow.parse(rows[0]);
  return { event_id: eventId, stage: stageOf(found), ...found };
}

function stageOf({ quarantine, vault }: Pick<Lineage, 'quarantine' | 'vault'>): Lineage['stage'] {
  if (quarantine !== null) return 'Quarantined';
  return vault === null ? 'Pending' : 'Complete Pipeline';
}
