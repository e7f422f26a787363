import type pg from 'pg';
import * as z from 'zod';
import { keyOf, type Row, type Rows } from './recompute-sessions.ts';

interface Satellite {
  readonly hub: string;
  readonly key: string;
  readonly businessKey: string;
}

const session: Satellite = { hub: 'site_session_h', key: 'site_session_hk', businessKey: 'site_session_bk' };
const visitor: Satellite = { hub: 'site_visitor_h', key: 'site_visitor_hk', businessKey: 'site_visitor_bk' };
const page: Satellite = { hub: 'site_page_h', key: 'site_page_hk', businessKey: 'site_page_bk' };
const item: Satellite = { hub: 'business_item_h', key: 'business_item_hk', businessKey: 'business_item_bk' };

const relations = {
  site_session_details_s: session,
  site_visitor_details_s: visitor,
  site_page_details_s: page,
  business_item_details_s: item,
  site_session_current: session,
  site_visitor_current: visitor,
  site_page_current: page,
  business_item_current: item,
} as const;

export type Relation = keyof typeof relations;

/** Columns whose values are times, in every one of these relations. */
const TIME = /(_time|_date)$/;
const read = z.array(
  z.object({ tenant: z.string(), key: z.string(), row: z.record(z.string(), z.unknown()) }),
);

/** The rows of a satellite or a `_current` view under tenant and business key, without hash keys, in order of load date. */
export async function vaultRows(pool: pg.Pool, relation: Relation): Promise<Rows> {
  const { hub, key, businessKey } = relations[relation];
  const { rows } = await pool.query(
    `SELECT tenant.tenant_bk AS tenant, hub.${businessKey} AS key, to_jsonb(s) - '${key}' - 'tenant_hk' AS row
     FROM business.${relation} AS s
     JOIN business.${hub} AS hub ON hub.${key} = s.${key}
     JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = hub.tenant_hk`,
  );
  const grouped = Map.groupBy(read.parse(rows), ({ tenant, key: businessValue }) =>
    keyOf(tenant, businessValue),
  );
  return new Map(
    [...grouped].map(([name, versions]) => [
      name,
      versions
        .map(({ row }) => withMicroseconds(row))
        .sort((a, b) => Number(a.load_date) - Number(b.load_date)),
    ]),
  );
}

/** How many rows a relation has: an inner join with its hub must lose none. */
export async function rowCount(pool: pg.Pool, relation: string): Promise<number> {
  const { rows } = await pool.query(`SELECT count(*)::int AS n FROM ${relation}`);
  return z.array(z.object({ n: z.number() })).parse(rows)[0]?.n ?? 0;
}

const withMicroseconds = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      TIME.test(column) && typeof value === 'string' ? microseconds(value) : value,
    ]),
  );

/** Microseconds since 1970 of a time as Postgres writes it in JSON. */
function microseconds(text: string): number {
  const [, beforeFraction = '', fraction = '', offset = ''] =
    /^([^.+]+?)(?:\.(\d+))?([+-]\d\d:\d\d)$/.exec(text) ?? [];
  return Date.parse(beforeFraction + offset) * 1_000 + Number(fraction.padEnd(6, '0'));
}

/** The first few places where two sets of rows differ; nothing when they are the same. `columns` limits what is compared. */
export function differences(found: Rows, expected: Rows, columns?: readonly string[]): string[] {
  const keys = new Set([...found.keys(), ...expected.keys()]);
  return [...keys]
    .flatMap((key) => {
      const [left, right] = [canonical(found.get(key), columns), canonical(expected.get(key), columns)];
      return left === right ? [] : [`${key}\n  vault    ${left}\n  expected ${right}`];
    })
    .slice(0, 3);
}

function canonical(rows: readonly Row[] | undefined, columns: readonly string[] | undefined): string {
  return JSON.stringify(rows?.map((row) => sortedMembers(columns === undefined ? row : pick(row, columns))));
}

const pick = (row: Row, columns: readonly string[]): Row =>
  Object.fromEntries(columns.map((column) => [column, row[column]]));

function sortedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sortedMembers(member)]));
}

/** The open row of each key: the last by load date. */
export const openRows = (rows: Rows): Rows =>
  new Map([...rows].map(([key, versions]) => [key, versions.slice(-1)]));
