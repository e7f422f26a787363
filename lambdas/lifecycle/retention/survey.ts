import * as z from 'zod';
import type { Queryable } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { inStep, type RetentionContext } from './context.ts';
import {
  type CutOff,
  findCutOffs,
  type RetentionClass,
  type RetentionScope,
  retentionClasses,
} from './cut-offs.ts';

const findOldest = readStatement('retention/find_oldest');
const counts: Readonly<Record<RetentionClass, string>> = {
  staging: readStatement('retention/count_staging'),
  raw: readStatement('retention/count_raw'),
  marts: readStatement('retention/count_marts'),
  vault: readStatement('retention/count_vault'),
};

const countRow = z.object({ rows: z.coerce.number() });
const oldestRow = z.object({
  tenant_id: z.string(),
  class: z.enum(retentionClasses),
  days: z.number().nullable(),
  cut_off: z.date().nullable(),
  completed_at: z.date().nullable(),
  oldest: z.date().nullable(),
});

/** How long a tenant keeps a class, and what it has of it. */
export type KeptClass = z.infer<typeof oldestRow>;

/** What a run would delete now, row by row or with whole weeks. Changes nothing. */
export async function countExpired(
  context: RetentionContext,
  scope: RetentionScope,
): Promise<{ readonly cutOff: CutOff; readonly rows: number }[]> {
  const found: { readonly cutOff: CutOff; readonly rows: number }[] = [];
  for (const cutOff of await findCutOffs(context.pool, scope, context.asOf)) {
    const { rows } = await inStep(context, (client) =>
      client.query(counts[cutOff.class], [cutOff.tenantId, cutOff.cutOff]),
    );
    found.push({ cutOff, rows: countRow.parse(rows[0]).rows });
  }
  return found;
}

/** What tenants keep, and how old the oldest of it is. */
export async function findKept(
  database: Queryable,
  tenantId: string | null,
  asOf: Date,
): Promise<KeptClass[]> {
  const { rows } = await database.query(findOldest, [asOf, tenantId]);
  return z.array(oldestRow).parse(rows);
}
