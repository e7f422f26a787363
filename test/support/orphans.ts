import type pg from 'pg';
import * as z from 'zod';

const orphanRow = z.object({ relation: z.string(), key: z.string(), orphans: z.number() });

/** Rows of the vault that refer to a hub or an event which is not there, in whatever table, found through the names of their columns. */
export async function orphans(pool: pg.Pool): Promise<string[]> {
  const found: string[] = [];
  for (const [column, home] of Object.entries(homes)) {
    const { rows } = await pool.query(
      `SELECT attrelid::regclass::text AS relation, attname::text AS key, 0 AS orphans
       FROM pg_attribute
       JOIN pg_class ON pg_class.oid = attrelid
       WHERE relnamespace = 'business'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
         AND attname = $1 AND attrelid <> $2::regclass`,
      [column, `business.${home.table}`],
    );
    for (const { relation, key } of z.array(orphanRow).parse(rows)) {
      const lost = await pool.query(
        `SELECT '${relation}' AS relation, '${key}' AS key, count(*)::integer AS orphans FROM ${relation} AS child
         WHERE ${key} IS NOT NULL
           AND NOT EXISTS (SELECT FROM business.${home.table} AS home WHERE home.${home.key} = child.${key})`,
      );
      const { orphans: count } = orphanRow.parse(lost.rows[0]);
      if (count > 0) found.push(`${relation}.${key}: ${count}`);
    }
  }
  return found;
}

const homes: Readonly<Record<string, { readonly table: string; readonly key: string }>> = {
  site_visitor_hk: { table: 'site_visitor_h', key: 'site_visitor_hk' },
  site_page_hk: { table: 'site_page_h', key: 'site_page_hk' },
  business_item_hk: { table: 'business_item_h', key: 'business_item_hk' },
  session_slice_hk: { table: 'session_slice_h', key: 'session_slice_hk' },
  site_session_hk: { table: 'session_slice_h', key: 'session_slice_hk' },
  site_event_hk: { table: 'site_event_nl', key: 'site_event_hk' },
  entry_event_hk: { table: 'site_event_nl', key: 'site_event_hk' },
  exit_event_hk: { table: 'site_event_nl', key: 'site_event_hk' },
  first_event_hk: { table: 'site_event_nl', key: 'site_event_hk' },
  last_event_hk: { table: 'site_event_nl', key: 'site_event_hk' },
  observed_event_hk: { table: 'site_event_nl', key: 'site_event_hk' },
};
