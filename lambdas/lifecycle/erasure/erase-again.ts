import type pg from 'pg';
import * as z from 'zod';
import type { Logger } from '../../platform/log.ts';
import { inTransaction, type Queryable, type Tenant, withConnection } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { visitorMark } from '../../tenancy/visitor-keys.ts';
import { withoutReplay } from '../replay/lock.ts';
import { eraseExpired } from './erase-expired.ts';
import { eraseQuarantine } from './erase-quarantine.ts';
import { type ErasureCounts, eraseVisitors } from './erase-visitors.ts';

const findTenants = readStatement('erasure/find_tenants');
const readMarks = readStatement('erasure/read_marks');
const settleKeys = readStatement('erasure/settle_keys');
const lockStagingOut = readStatement('erasure/lock_staging_out');
const addMarks = readStatement('erasure/add_marks');
const stagedVisitors = readStatement('erasure/staged_visitors');
const forgetExportsOfErased = readStatement('privacy-jobs/forget_exports_of_erased');
const noteJudged = readStatement('erasure/note_judged_conflicts');
const readVisitors = readStatement('erasure/read_visitors');

const VISITORS_AT_ONCE = 10_000;

const tenantRow = z.object({
  tenant_id: z.string(),
  tenant_hk: z.instanceof(Buffer),
  secret: z.instanceof(Buffer),
  /** Up to which conflict in quarantine no one new can be. */
  judged_until: z.string(),
});
const markRow = z.object({
  tenant_hk: z.instanceof(Buffer),
  visitor_mark: z.instanceof(Buffer),
  key_version: z.number(),
  erased_at: z.date(),
  /** The key that the mark was made with; null where it is not told, as in a certificate. */
  secret: z.instanceof(Buffer).nullable(),
});
const stagedRow = z.object({ visitor_id: z.string() });
const visitorRow = z.object({ site_visitor_bk: z.string() });

/** What says, without naming anybody, who was erased. */
export type ErasedMark = z.infer<typeof markRow>;

/** Reads the marks of all erased visitors, of the database that a restored one takes the place of. */
export async function readErasedMarks(database: Queryable): Promise<ErasedMark[]> {
  const { rows } = await database.query(readMarks);
  return z.array(markRow).parse(rows);
}

/**
 * Erases once more whoever was erased after the moment that a database was restored to: takes over the marks, finds the visitors whom they
 * are of, in the vault and on their way there, erases them, and deletes exports of theirs. Doing it twice does no more.
 * @param marks from the database that was lost, or from certificates.
 * @returns what was erased, by tenant; tenants of whom nobody was found are left out.
 * @throws when the tenants' keys of the marks are not those of this database, and ReplayUnderWay while one is.
 */
export async function eraseAgain(
  pool: pg.Pool,
  logger: Logger,
  marks: readonly ErasedMark[],
): Promise<ReadonlyMap<string, ErasureCounts>> {
  const told = marks.filter(({ secret }) => secret !== null);
  const { rows: other } = await pool.query(settleKeys, [
    told.map(({ tenant_hk }) => tenant_hk),
    told.map(({ key_version }) => key_version),
    told.map((mark) => mark.secret),
  ]);
  if (other.length > 0)
    throw new Error('The marks are of other keys than this database has: they are no use here.');
  return withConnection(pool, (connection) =>
    withoutReplay(connection, async () => {
      await inTransaction(pool, async (client) => {
        await client.query(lockStagingOut);
        await client.query(addMarks, [
          marks.map(({ tenant_hk }) => tenant_hk),
          marks.map(({ visitor_mark }) => visitor_mark),
          marks.map(({ key_version }) => key_version),
          marks.map(({ erased_at }) => erased_at),
        ]);
      });
      return eraseMarked(pool, logger);
    }),
  );
}

async function eraseMarked(pool: pg.Pool, logger: Logger): Promise<ReadonlyMap<string, ErasureCounts>> {
  const erased = new Map<string, ErasureCounts>();
  for (const { tenant, isErased } of await tenantsWithErased(pool)) {
    const visitors = await findVisitors(pool, tenant, isErased);
    if (visitors.length > 0) erased.set(tenant.tenantId, await eraseVisitors(pool, logger, tenant, visitors));
    // Whoever has nothing but events in quarantine, or expired ones in the raw layer, is in no hub.
    await eraseQuarantine(pool, tenant, isErased, new Set());
    await eraseExpired(pool, tenant, isErased);
  }
  await pool.query(forgetExportsOfErased);
  return erased;
}

/**
 * Deletes from quarantine what erased visitors have sent since under ids of events that are known: a second payload never comes to
 * staging, which drops everything else of theirs.
 * Each is looked at for some minutes: an erasure that comes later looks for itself at what there is.
 * @param hasTime whether there is time to go on; what is left out is looked at by the next call.
 * @returns how many there were.
 */
export async function eraseConflicts(pool: pg.Pool, hasTime: () => boolean = () => true): Promise<number> {
  let sum = 0;
  for (const { tenant, isErased, judgedUntil } of await tenantsWithErased(pool)) {
    if (!hasTime()) break;
    const { conflicts, last } = await eraseQuarantine(pool, tenant, isErased, new Set(), {
      conflictsOnly: true,
      after: judgedUntil,
      hasTime,
    });
    sum += conflicts;
    await pool.query(noteJudged, [tenant.tenantHk, tenant.tenantId, judgedUntil, last]);
  }
  return sum;
}

/** Tenants who have erased anybody, and what tells by a visitor's id whether it was them. */
async function tenantsWithErased(pool: pg.Pool) {
  const marksOf = Map.groupBy(await readErasedMarks(pool), ({ tenant_hk }) => tenant_hk.toString('hex'));
  const { rows } = await pool.query(findTenants);
  return z
    .array(tenantRow)
    .parse(rows)
    .map(({ tenant_id: tenantId, tenant_hk: tenantHk, secret, judged_until: judgedUntil }) => {
      const marks = marksOf.get(tenantHk.toString('hex')) ?? [];
      const own = new Set(marks.map((each) => each.visitor_mark.toString('hex')));
      const tenant: Tenant = { tenantId, tenantHk };
      return {
        tenant,
        judgedUntil,
        isErased: (visitorId: string) => own.has(visitorMark(secret, visitorId).toString('hex')),
      };
    });
}

async function findVisitors(
  database: Queryable,
  { tenantHk }: Tenant,
  isErased: (visitorId: string) => boolean,
): Promise<string[]> {
  // First: what is loaded meanwhile is in the vault.
  const staged = await database.query(stagedVisitors, [tenantHk]);
  const found = z
    .array(stagedRow)
    .parse(staged.rows)
    .map(({ visitor_id }) => visitor_id)
    .filter(isErased);
  for (let after = ''; ; ) {
    const { rows } = await database.query(readVisitors, [tenantHk, after, VISITORS_AT_ONCE]);
    const page = z
      .array(visitorRow)
      .parse(rows)
      .map(({ site_visitor_bk }) => site_visitor_bk);
    found.push(...page.filter(isErased));
    const last = page.at(-1);
    if (last === undefined || page.length < VISITORS_AT_ONCE) return found;
    after = last;
  }
}
