import type pg from 'pg';
import * as z from 'zod';

const named = z.array(z.object({ name: z.string() }));
const hashed = z.object({ rows: z.number(), hash: z.string().nullable() });

/** Columns in which two vaults may differ that workers loaded in another order: who saw a key first. */
const FIRST_SEEN = ['load_date', 'record_source'];
const firstSeenMayDiffer = new Set([
  'site_session_h',
  'site_visitor_h',
  'site_page_h',
  'business_item_h',
  'session_visitor_l',
]);

async function relations(pool: pg.Pool, kinds: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT relname::text AS name FROM pg_class
     WHERE relnamespace = 'business'::regnamespace AND relkind::text = ANY ($1) AND NOT relispartition ORDER BY 1`,
    [kinds],
  );
  return named.parse(rows).map(({ name }) => name);
}

/** Every table of the vault, as its number of rows and a hash over all bytes of them in an order of their own. */
export async function tableDump(pool: pg.Pool): Promise<Record<string, string>> {
  const dump: Record<string, string> = {};
  for (const table of await relations(pool, ['r', 'p'])) {
    const { rows } = await pool.query(
      `SELECT count(*)::int AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")) AS hash FROM business.${table} AS t`,
    );
    const { rows: count, hash } = hashed.parse(rows[0]);
    dump[table] = `${count} ${hash}`;
  }
  return dump;
}

/** Every relation under the plan's names, without what the order of loading decides. */
export async function viewDump(pool: pg.Pool): Promise<Record<string, string>> {
  const views = (await relations(pool, ['v'])).filter((view) => /_(h|l|s|current)$/.test(view));
  return dumpWithout(pool, [...views, 'site_visitor_h', 'site_page_h', 'business_item_h'], (relation) =>
    firstSeenMayDiffer.has(relation) ? FIRST_SEEN : [],
  );
}

/** The rows in force, without the load date of a session's: it says how often a snapshot of it was taken. */
export async function currentDump(pool: pg.Pool): Promise<Record<string, string>> {
  const views = (await relations(pool, ['v'])).filter((view) => view.endsWith('_current'));
  return dumpWithout(pool, views, () => ['load_date']);
}

async function dumpWithout(
  pool: pg.Pool,
  names: readonly string[],
  leftOut: (relation: string) => readonly string[],
): Promise<Record<string, string>> {
  const dump: Record<string, string> = {};
  for (const relation of names) {
    const { rows } = await pool.query(
      `SELECT count(*)::int AS rows, md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C")) AS hash
       FROM (SELECT (to_jsonb(t) - $1::text[])::text AS line FROM business.${relation} AS t) AS lines`,
      [leftOut(relation)],
    );
    const { rows: count, hash } = hashed.parse(rows[0]);
    dump[relation] = `${count} ${hash}`;
  }
  return dump;
}

/** What an operator does who drops the vault: no table of it keeps a row but the zero key of the pages. */
export async function dropVault(pool: pg.Pool): Promise<void> {
  const tables = await relations(pool, ['r', 'p']);
  await pool.query(`TRUNCATE ${tables.map((table) => `business.${table}`).join(', ')}`);
  await pool.query(
    `INSERT INTO business.site_page_h VALUES (decode(repeat('00', 20), 'hex'), '(no page)', decode(repeat('00', 32), 'hex'), '1900-01-01 00:00:00+00', 'SYSTEM')`,
  );
}
