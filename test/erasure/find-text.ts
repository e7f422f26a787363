import type pg from 'pg';
import * as z from 'zod';

const tableRow = z.object({ name: z.string(), tenant_column: z.string().nullable() });
const hitRow = z.object({ hits: z.number() });

/**
 * Tables whose rows hold a text, also inside bytes, as `schema.table: rows`. Of one tenant's rows only, where given; tables without a
 * tenant are looked through whole.
 */
export async function findText(
  pool: pg.Pool,
  text: string,
  tenant?: { readonly tenantHk: Buffer; readonly tenantId: string },
): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name,
       (SELECT attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND attname IN ('tenant_hk', 'tenant_id') ORDER BY 1 LIMIT 1) AS tenant_column
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('auth', 'util', 'raw', 'staging', 'business', 'analytics') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name, tenant_column } of z.array(tableRow).parse(rows)) {
    const own =
      tenant === undefined || tenant_column === null
        ? { where: '', values: [] }
        : {
            where: `AND t.${tenant_column} = $2`,
            values: [tenant_column === 'tenant_hk' ? tenant.tenantHk : tenant.tenantId],
          };
    const result = await pool.query(
      `SELECT count(*)::int AS hits FROM ${name} AS t
       WHERE (strpos(t::text, $1) > 0 OR strpos(t::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0) ${own.where}`,
      [text, ...own.values],
    );
    const { hits } = hitRow.parse(result.rows[0]);
    if (hits > 0) found.push(`${name}: ${hits}`);
  }
  return found;
}
