import type pg from 'pg';
import * as z from 'zod';
import { inTransaction, type Queryable, sqlState, type Tenant } from '../../lambdas/platform/postgres.ts';
import { type Ground, type Relation, relationsOf } from './ground.ts';

export const NO_RIGHT = '42501';

const countRow = z.object({ n: z.number() });

/** What a statement counts as `n`. */
export const numberOf = async (
  client: Queryable,
  statement: string,
  values: readonly unknown[] = [],
): Promise<number> => countRow.parse((await client.query(statement, values)).rows[0]).n;

/** How many rows a relation shows, or the SQLSTATE that it refuses with. */
export async function countOf(client: Queryable, relation: string): Promise<number | string> {
  await client.query('SAVEPOINT looked');
  try {
    return await numberOf(client, `SELECT count(*)::int AS n FROM ${relation}`);
  } catch (error) {
    await client.query('ROLLBACK TO looked');
    return sqlState(error) ?? 'no answer';
  }
}

/** SQLSTATE of what a statement ends with, undone whatever it did; null when it succeeds. */
export async function refusalOf(
  client: Queryable,
  statement: string,
  values: readonly unknown[] = [],
): Promise<string | null> {
  await client.query('SAVEPOINT tried');
  try {
    await client.query(statement, values);
    return null;
  } catch (error) {
    return sqlState(error) ?? 'no answer';
  } finally {
    await client.query('ROLLBACK TO tried');
  }
}

/** A transaction that acts for a tenant, or for nobody. */
export const acting = <Result>(
  pool: pg.Pool,
  tenant: Tenant | null,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> =>
  inTransaction(pool, async (client) => {
    if (tenant !== null)
      await client.query('SELECT auth.act_for($1, $2)', [tenant.tenantId, tenant.tenantHk]);
    return work(client);
  });

/** Rows that each relation shows within one transaction; relations that refuse are left out. */
export async function rowsShown(
  client: Queryable,
  relations: readonly Relation[],
): Promise<Map<string, number>> {
  const shown = new Map<string, number>();
  for (const { name } of relations) {
    const count = await countOf(client, name);
    if (typeof count === 'number') shown.set(name, count);
  }
  return shown;
}

/** Relations that show a row while nobody is acted for. */
export async function shownToNobody(pool: pg.Pool, relations: readonly Relation[]): Promise<string[]> {
  const shown = await acting(pool, null, (client) => rowsShown(client, relations));
  return [...shown]
    .filter(([, rows]) => rows > 0)
    .map(([name, rows]) => `${name} shows ${rows} rows to nobody`);
}

/**
 * Relations that show a caller more than the rows of the tenant acted for: rows that name another tenant, or so many that the
 * tenants together are shown more than there is.
 */
export async function strayRows(ground: Ground, role: pg.Pool, kind: Relation['kind']): Promise<string[]> {
  const relations = (await relationsOf(ground.pool)).filter((relation) => relation.kind === kind);
  const strays: string[] = [];
  const sums = new Map<string, number>();
  for (const tenant of ground.tenants) {
    await acting(role, tenant, async (client) => {
      const readable = await readableOf(client, relations);
      for (const name of readable) {
        const { rows, others } = await rowsAndThoseOfOthers(client, name, tenant);
        sums.set(name, (sums.get(name) ?? 0) + rows);
        if (others > 0) strays.push(`${name} shows ${tenant.tenantId} ${others} rows of others`);
      }
    });
  }
  for (const [name, sum] of sums) {
    const there = await numberOf(ground.pool, `SELECT count(*)::int AS n FROM ${name}`);
    if (sum > there) strays.push(`${name} shows its ${there} rows ${sum} times`);
  }
  return strays;
}

/** Relations of which the role that asks may read every column. */
export async function readableOf(client: Queryable, relations: readonly Relation[]): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT name FROM unnest($1::text[]) AS name WHERE has_table_privilege(name, 'SELECT')`,
    [relations.map(({ name }) => name)],
  );
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
}

const shownRow = z.object({ rows: z.number(), others: z.number() });

/** Rows that a relation shows, and those of them whose own columns name another tenant. */
async function rowsAndThoseOfOthers(client: Queryable, relation: string, tenant: Tenant) {
  const { rows } = await client.query(
    `SELECT
       count(*)::int AS rows,
       count(*) FILTER (
         WHERE row.columns ->> 'tenant_hk' <> $1::text
            OR row.columns ->> 'tenant_id' NOT IN ($2, $1::text)
            OR row.columns ->> 'tenant_key' <> raw.tenant_key($2)::text
       )::int AS others
     FROM ${relation} AS shown
     CROSS JOIN LATERAL (SELECT to_jsonb(shown) AS columns) AS row`,
    [`\\x${tenant.tenantHk.toString('hex')}`, tenant.tenantId],
  );
  return shownRow.parse(rows[0]);
}
