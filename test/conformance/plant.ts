import type pg from 'pg';

/** Puts one defect into the vault of a transaction that is rolled back. */
export interface Plant {
  /** Where the check has to report it. */
  readonly relation: string;
  readonly what: string;
  readonly plant: (client: pg.ClientBase) => Promise<unknown>;
}

/** A key that no hub holds. */
export const STRAY_KEY = `'\\xdecaf00000000000000000000000000000000000'::bytea`;
export const ZERO = `'\\x${'00'.repeat(20)}'::bytea`;

/** Changes the database by a statement of its own. */
export const change = (relation: string, what: string, statement: string): Plant => ({
  relation,
  what,
  plant: (client) => client.query(statement),
});

/**
 * Puts a view with the rows of `of` in its place, so that neither a constraint nor a view's own logic stands in the way of
 * the defect; whatever else reads the relation still sees the true one.
 */
async function standIn(
  client: pg.ClientBase,
  of: string,
  rows: (columns: string[]) => string,
): Promise<void> {
  const { rows: attributes } = await client.query<{ name: string; type: string }>(
    `SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type
     FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [`business.${of}`],
  );
  const { rows: kinds } = await client.query<{ kind: string }>(
    `SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind FROM pg_class WHERE oid = $1::regclass`,
    [`business.${of}`],
  );
  const types = new Map(attributes.map(({ name, type }) => [name, type]));
  await client.query(`ALTER ${kinds[0]?.kind} business.${of} RENAME TO true_relation`);
  await client.query(`CREATE VIEW business.${of} AS ${rows([...types.keys()])}`);
}

const VICTIM = 'victim AND turn = 1';
const victims = (where: string): string =>
  `(SELECT *, (${where}) AS victim, row_number() OVER (PARTITION BY (${where}) ORDER BY 1) AS turn FROM business.true_relation) AS known`;

/** One row of `of` (the first that meets `where`) says something else. */
export const distort = (
  of: string,
  columns: Readonly<Record<string, string>>,
  { relation = of, where = 'true', every = false } = {},
): Plant => ({
  relation,
  what: `${every ? 'all rows' : 'a row'} of ${of} with ${Object.entries(columns).flat().join(' = ')}`,
  plant: (client) =>
    standIn(client, of, (names) => {
      const list = names.map((name) => {
        const value = columns[name];
        if (value === undefined) return name;
        return `CASE WHEN ${every ? 'true' : VICTIM} THEN ${value} ELSE ${name} END AS ${name}`;
      });
      return `SELECT ${list.join(', ')} FROM ${victims(where)}`;
    }),
});

/** One row of `of` stands there twice. */
export const duplicate = (of: string, { relation = of, where = 'true' } = {}): Plant => ({
  relation,
  what: `a row of ${of} twice`,
  plant: (client) =>
    standIn(
      client,
      of,
      (names) =>
        `SELECT * FROM business.true_relation UNION ALL SELECT ${names.join(', ')} FROM ${victims(where)} WHERE ${VICTIM}`,
    ),
});

/** One row of `of` is missing. */
export const omit = (of: string, { relation = of, where = 'true' } = {}): Plant => ({
  relation,
  what: `a row missing from ${of}`,
  plant: (client) =>
    standIn(
      client,
      of,
      (names) => `SELECT ${names.join(', ')} FROM ${victims(where)} WHERE (${VICTIM}) IS NOT TRUE`,
    ),
});
