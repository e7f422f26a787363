import * as z from 'zod';
import type { Queryable } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

/**
 * What tenants keep for a number of days each: what was refused, requests as they arrived, events with all that was made of them, daily
 * metrics. In the order in which they take turns: a refused event keeps its request, and the vault takes longest.
 */
export const retentionClasses = ['staging', 'raw', 'marts', 'vault'] as const;
export type RetentionClass = (typeof retentionClasses)[number];

const find = readStatement('retention/find_cut_offs');
const begin = readStatement('retention/begin');
const complete = readStatement('retention/complete');

const cutOffRow = z
  .object({
    tenant_id: z.string(),
    tenant_hk: z.instanceof(Buffer),
    class: z.enum(retentionClasses),
    days: z.number(),
    cut_off: z.date(),
    completed_cut_off: z.date().nullable(),
    completed_at: z.date().nullable(),
  })
  .transform((row) => ({
    tenantId: row.tenant_id,
    tenantHk: row.tenant_hk,
    class: row.class,
    days: row.days,
    /** The first instant that is still kept. */
    cutOff: row.cut_off,
    completedCutOff: row.completed_cut_off,
    completedAt: row.completed_at,
  }));

/** What one tenant no longer keeps of a class. */
export type CutOff = z.output<typeof cutOffRow>;

/** Which tenants and classes a run is about. */
export interface RetentionScope {
  /** Null for all tenants. */
  readonly tenantId: string | null;
  readonly classes: readonly RetentionClass[];
}

export const wholeScope: RetentionScope = { tenantId: null, classes: retentionClasses };

/** The cut-offs of classes that are not kept for ever, as of a time, in the order in which they take turns. */
export async function findCutOffs(
  database: Queryable,
  { tenantId, classes }: RetentionScope,
  asOf: Date,
): Promise<CutOff[]> {
  const { rows } = await database.query(find, [asOf, tenantId, classes]);
  const found = z.array(cutOffRow).parse(rows);
  return retentionClasses.flatMap((each) => found.filter((cutOff) => cutOff.class === each));
}

/** Whether a run has gone through all that the cut-off parts. */
export const isCompleted = ({ cutOff, completedCutOff }: CutOff): boolean =>
  completedCutOff !== null && completedCutOff >= cutOff;

/** Notes, before anything is deleted, up to where something may be gone. Metrics of days whose events go stay as they are. */
export async function noteBegun(database: Queryable, cutOffs: readonly CutOff[]): Promise<void> {
  await database.query(begin, [
    cutOffs.map(({ tenantHk }) => tenantHk),
    cutOffs.map((each) => each.class),
    cutOffs.map(({ cutOff }) => cutOff),
  ]);
}

/** Notes up to where all is gone that did not have to wait. */
export async function noteCompleted(database: Queryable, cutOff: CutOff): Promise<void> {
  await database.query(complete, [cutOff.tenantHk, cutOff.class, cutOff.cutOff]);
}
