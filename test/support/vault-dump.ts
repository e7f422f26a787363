import type pg from 'pg';
import * as z from 'zod';

/** Who saw a key first decides these, and workers may differ in it. */
const FIRST_SEEN = ['load_date', 'record_source'];

/** What is compared of the vault: relations, and the columns that may differ between two orders of loading. */
const relations: Readonly<Record<string, readonly string[]>> = {
  site_session_h: FIRST_SEEN,
  site_visitor_h: FIRST_SEEN,
  site_page_h: FIRST_SEEN,
  business_item_h: FIRST_SEEN,
  session_visitor_l: FIRST_SEEN,
  site_event_h: [],
  event_session_l: [],
  event_page_l: [],
  event_business_item_l: [],
  site_session_details_s: [],
  site_visitor_details_s: [],
  site_page_details_s: [],
  business_item_details_s: [],
  site_event_details_s: [],
  site_session_current: [],
  site_visitor_current: [],
  site_page_current: [],
  business_item_current: [],
  session_slice_h: FIRST_SEEN,
  session_slice_visitor_l: FIRST_SEEN,
  derived_session_slices: [],
  site_page_visitors: [],
  visitor_item_acc: [],
  site_session_acc: [],
  site_visitor_acc: [],
  site_page_acc: [],
  business_item_acc: [],
  site_visitor_state_r: [],
  site_page_state_r: [],
  business_item_state_r: [],
  traffic_source_r: [],
};

export type VaultDump = ReadonlyMap<string, readonly string[]>;

/** Every row of the vault as text, in an order that does not depend on how it was loaded. */
export async function dumpVault(pool: pg.Pool): Promise<VaultDump> {
  const dump = new Map<string, string[]>();
  for (const [relation, exempt] of Object.entries(relations)) {
    const { rows } = await pool.query(
      `SELECT (to_jsonb(r) - $1::text[])::text AS row FROM business.${relation} AS r`,
      [exempt],
    );
    dump.set(
      relation,
      z
        .array(z.object({ row: z.string() }))
        .parse(rows)
        .map(({ row }) => row)
        .sort(),
    );
  }
  return dump;
}

/** The first rows that only one of two dumps has, by relation; nothing when the vaults are the same. */
export function dumpDifferences(one: VaultDump, other: VaultDump): string[] {
  return [...one].flatMap(([relation, rows]) => {
    const others = other.get(relation) ?? [];
    if (rows.length === others.length && rows.every((row, index) => row === others[index])) return [];
    const only = (mine: readonly string[], theirs: readonly string[]) => {
      const known = new Set(theirs);
      return mine.find((row) => !known.has(row)) ?? 'nothing';
    };
    return [
      `${relation}: ${rows.length} and ${others.length} rows\n  ${only(rows, others)}\n  ${only(others, rows)}`,
    ];
  });
}
