import * as z from 'zod';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { recordAct } from './operator-acts.ts';
import { newSecret, settleVisitorKey } from './visitor-keys.ts';

const rotate = readStatement('tenancy/rotate_visitor_key');

const rotated = z
  .object({ key_version: z.number(), valid_from: z.string() })
  .transform(({ key_version: version, valid_from: validFrom }) => ({ version, validFrom }));
export type KeyRotation = z.infer<typeof rotated>;

/**
 * Gives a tenant its next visitor key, and writes it to the audit log. It is valid from a later day in UTC, so that a visitor stays one
 * for the whole of each day. Runs in a transaction that holds the tenant's lock.
 */
export async function rotateVisitorKey(
  database: Queryable,
  { tenantId, tenantHk }: Tenant,
): Promise<KeyRotation> {
  // The first is valid on all days before, so a tenant without one gets two.
  await settleVisitorKey(database, tenantHk, new Date());
  const { rows } = await database.query(rotate, [tenantHk, newSecret()]);
  await recordAct(database, tenantHk, 'tenant.rotate-key', tenantId);
  return rotated.parse(rows[0]);
}
