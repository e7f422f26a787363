import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const recordStatement = readStatement('tenancy/record_act');

/** What an operator can do, as the audit log names it. */
export type OperatorAct =
  | 'tenant.create'
  | 'tenant.set'
  | 'tenant.rotate'
  | 'tenant.rotate-key'
  | 'tenant.revoke'
  | 'site.create'
  | 'site.set'
  | 'site.rotate'
  | 'site.revoke'
  | 'token.create'
  | 'token.rotate'
  | 'token.revoke'
  | 'visitor.export'
  | 'visitor.erase';

/**
 * Writes an act to the audit log, in the transaction of the act itself: the one is never there without the other.
 * @param subject the id of what was changed, never a secret or a name.
 */
export async function recordAct(
  database: Queryable,
  tenantHk: Buffer,
  act: OperatorAct,
  subject: string,
): Promise<void> {
  await database.query(recordStatement, [tenantHk, act, subject]);
}
