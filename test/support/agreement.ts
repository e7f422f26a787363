import type pg from 'pg';
import { expect } from 'vitest';
import type { Recomputation } from './recompute.ts';
import type { Rows } from './recompute-sessions.ts';
import { differences, openRows, type Relation, rowCount, vaultRows } from './vault-rows.ts';

const columnsOf = (rows: Rows): string[] => Object.keys([...rows.values()][0]?.[0] ?? {});

/** Every column of every row of the satellites is as recomputed, but for the hash difference, which is no statement of its own. */
export async function satellitesAgree(pool: pg.Pool, expected: Recomputation): Promise<void> {
  const agree = async (relation: Relation, rows: Rows, chosen = (found: Rows) => found) => {
    const found = await vaultRows(pool, relation);
    expect([...found.values()].flat()).toHaveLength(await rowCount(pool, `business.${relation}`));
    const columns = columnsOf(found).filter((column) => column !== 'hash_diff');
    expect(columnsOf(rows)).toEqual(expect.arrayContaining(columns));
    expect(differences(chosen(found), rows, columns)).toEqual([]);
  };
  await agree('site_session_details_s', withOpenEnd(expected.sessions()), openRows);
  await agree('site_visitor_details_s', expected.visitors());
  await agree('site_page_details_s', expected.pages());
  await agree('business_item_details_s', expected.items());
}

const withOpenEnd = (rows: Rows): Rows =>
  new Map(
    [...rows].map(([key, versions]) => [key, versions.map((row) => ({ load_end_date: null, ...row }))]),
  );

/** The views of what holds now say the same in every column that the satellites have too. */
export async function currentViewsAgree(pool: pg.Pool, expected: Recomputation): Promise<void> {
  const agree = async (relation: Relation, rows: Rows) => {
    const found = await vaultRows(pool, relation);
    const known = columnsOf(rows);
    const columns = columnsOf(found).filter((column) => column !== 'load_date' && known.includes(column));
    if (found.size > 0) expect(columns.length).toBeGreaterThan(9);
    expect(differences(found, openRows(rows), columns)).toEqual([]);
  };
  await agree('site_session_current', expected.sessions());
  await agree('site_visitor_current', expected.visitors());
  await agree('site_page_current', expected.pages());
  await agree('business_item_current', expected.items());
}
