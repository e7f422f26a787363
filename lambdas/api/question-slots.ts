import type { Queryable, Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { readStatement } from '../platform/statement.ts';

const takeSlot = readStatement('take_question_slot');

/** Seconds after which a slot may be free: most questions take less. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Takes one of a tenant's slots until the transaction ends, so that slow questions of one tenant leave executions to all others.
 * @param slots questions of one tenant that may be under way at a time.
 * @throws Problem 429 when all are taken.
 */
export async function takeQuestionSlot(
  client: Queryable,
  { tenantId }: Tenant,
  slots: number,
): Promise<void> {
  const { rowCount } = await client.query(takeSlot, [tenantId, slots]);
  if (rowCount !== 0) return;
  throw new Problem(
    429,
    'too_many_questions',
    'As many questions of this tenant as may be are being answered. Ask again when one of them is.',
    { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
  );
}
