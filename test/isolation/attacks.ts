import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inTenant, type Queryable } from '../../lambdas/platform/postgres.ts';
import { type Ground, relationsOf, type Tenant, VISITOR } from './ground.ts';
import {
  acting,
  countOf,
  NO_RIGHT,
  numberOf,
  readableOf,
  refusalOf,
  rowsShown,
  shownToNobody,
  strayRows,
} from './sweep.ts';

/** Tries to get at what is another tenant's; answers with what it got, which has to be nothing. */
export type Attack = (ground: Ground) => Promise<readonly string[]>;

/** Tables that ingest writes, and which of their rows are a tenant's. */
const written = {
  'raw.site_tracking_requests_r': 'tenant_id = $1',
  'raw.pending_requests': 'tenant_id = $1',
  'raw.event_registry': 'tenant_key = raw.tenant_key($1)',
  'staging.quarantined_events': 'tenant_id = $1',
  'auth.visitor_salts': 'tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1)',
  'auth.visitor_keys': 'tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1)',
} as const;

/** What identifies a tenant's rows of the vault, by table: the hubs, and the links and events by their keys. */
const keysOfVault = {
  'business.session_slice_h': 'session_slice_bk',
  'business.site_visitor_h': 'site_visitor_bk',
  'business.site_page_h': 'site_page_bk',
  'business.business_item_h': 'business_item_bk',
  'business.site_event_nl': 'site_event_bk',
} as const;

const tablesOf = async (pool: pg.Pool): Promise<string[]> =>
  (await relationsOf(pool))
    .filter(({ name, kind }) => kind === 'table' && !/^auth\.tenant_(h|profile_s)$/.test(name))
    .map(({ name }) => name);

/** Changes the database as its owner, looks, and undoes the change. */
export async function trying(
  pool: pg.Pool,
  work: (client: Queryable) => Promise<string[]>,
): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    return await work(client);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const actFor = (client: Queryable, { tenantId, tenantHk }: Tenant) =>
  client.query('SELECT auth.act_for($1, $2)', [tenantId, tenantHk]);

export const attacks = {
  'T4: the same ids in three tenants are three rows each': async ({ pool, tenants }) => {
    const lost: string[] = [];
    for (const [table, key] of Object.entries(keysOfVault)) {
      const { rows } = await pool.query(
        `SELECT count(*)::int AS n FROM (
           SELECT ${key} FROM ${table} WHERE tenant_hk = ANY ($1) GROUP BY ${key} HAVING count(DISTINCT tenant_hk) = 3
         ) AS shared`,
        [tenants.map(({ tenantHk }) => tenantHk)],
      );
      if (rows[0]?.n === 0) lost.push(`no key of ${table} is in all three tenants`);
    }
    return lost;
  },

  'T6: a forged tenant in an INSERT is refused with 42501': async ({ pool, ingest, a, b }) => {
    const taken: string[] = [];
    for (const [table, ofTenant] of Object.entries(written)) {
      const { rows } = await pool.query(
        `SELECT to_jsonb(theirs)::text AS text FROM ${table} AS theirs WHERE ${ofTenant} LIMIT 1`,
        [b.tenantId],
      );
      const refusal = await acting(ingest, a, (client) =>
        refusalOf(
          client,
          `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT forged.* FROM jsonb_populate_record(NULL::${table}, $1) AS forged`,
          [rows[0]?.text],
        ),
      );
      if (refusal !== NO_RIGHT) taken.push(`${table}: ${refusal ?? 'taken'}`);
    }
    return taken;
  },

  'T7: without a tenant, and after a transaction that had one, nothing shows and nothing fails': async ({
    pool,
    ingest,
    reader,
    a,
  }) => {
    const relations = await relationsOf(pool);
    const shown: string[] = [];
    for (const [name, role] of Object.entries({ ingest, reader })) {
      shown.push(...(await shownToNobody(role, relations)));
      const client = await role.connect();
      try {
        await client.query('BEGIN');
        await actFor(client, a);
        const readable = await readableOf(client, relations);
        await client.query('COMMIT');
        await client.query('BEGIN');
        for (const relation of readable) {
          const count = await countOf(client, relation);
          if (count !== 0) shown.push(`${name} then gets ${count} from ${relation}`);
        }
        await client.query('COMMIT');
      } finally {
        client.release(true);
      }
    }
    return shown;
  },

  'T8: a pooled connection forgets for whom it acted': async ({ reader, a }) => {
    const leaked: string[] = [];
    const pool = new pg.Pool({ ...reader.options, max: 1 });
    const asked = 'SELECT count(*)::int AS n FROM business.site_event_nl';
    const look = async (after: string) => {
      const seen = await numberOf(pool, asked);
      if (seen !== 0) leaked.push(`${seen} rows after ${after}`);
    };
    try {
      if ((await inTenant(pool, a, (client) => numberOf(client, asked))) === 0)
        leaked.push('nothing to see at all');
      await look('a transaction');
      await inTenant(pool, a, () => Promise.reject(new Error('failed'))).catch(() => undefined);
      await look('a transaction that failed');
      await pool.query('SELECT auth.act_for($1, $2)', [a.tenantId, a.tenantHk]);
      await look('a statement of its own');
    } finally {
      await pool.end();
    }
    return leaked;
  },

  'T9: the owner of the tables sees nothing': async ({ pool }) =>
    trying(pool, async (client) => {
      const tables = await tablesOf(pool);
      const owner = `owner_${randomUUID().replaceAll('-', '')}`;
      await client.query(`CREATE ROLE ${owner}`);
      await client.query(`GRANT USAGE ON SCHEMA auth, raw, staging, business, analytics TO ${owner}`);
      for (const table of tables) await client.query(`ALTER TABLE ${table} OWNER TO ${owner}`);
      await client.query(`SET LOCAL ROLE ${owner}`);
      const seen: string[] = [];
      for (const table of tables) {
        const count = await countOf(client, table);
        if (count !== 0) seen.push(`${table} shows its owner ${count}`);
      }
      return seen;
    }),

  'T11: a view shows a caller the rows of its tenant only': async (ground) => [
    ...(await strayRows(ground, ground.reader, 'view')),
    ...(await strayRows(ground, ground.ingest, 'view')),
  ],

  'T12: nothing that row-level security cannot hold stores rows': async ({ pool }) => {
    const { rows } = await pool.query(
      `SELECT oid::regclass::text AS name FROM pg_class
       WHERE relkind IN ('m', 'f') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
    );
    return rows.map(({ name }) => String(name));
  },

  'T13: a partition cannot be asked': async ({ pool, ingest, reader, a }) => {
    const open: string[] = [];
    const partitions = (await relationsOf(pool)).filter(({ kind }) => kind === 'partition');
    for (const role of [ingest, reader])
      await acting(role, a, async (client) => {
        for (const { name } of partitions) {
          const count = await countOf(client, name);
          if (count !== NO_RIGHT) open.push(`${name}: ${count}`);
        }
      });
    return partitions.length === 0 ? ['no partitions to ask'] : open;
  },

  'T15: another policy does not widen what a caller sees': async ({ pool, tenants }) =>
    trying(pool, async (client) => {
      const [a] = tenants;
      const widened: string[] = [];
      const shown = (await relationsOf(pool)).filter(
        ({ name, kind }) => kind === 'table' && name.startsWith('business.'),
      );
      for (const { name } of shown) await client.query(`CREATE POLICY more ON ${name} USING (true)`);
      await client.query('SET LOCAL ROLE onevault_reader');
      await actFor(client, a);
      for (const name of (await rowsShown(client, shown)).keys()) {
        if (!(await hasTenant(client, name))) continue;
        const strange = await numberOf(
          client,
          `SELECT count(*)::int AS n FROM ${name} WHERE tenant_hk <> $1`,
          [a.tenantHk],
        );
        if (strange > 0) widened.push(`${name} shows ${strange} rows of others`);
      }
      return widened;
    }),

  'T16: with row_security off a caller gets an error and no rows': async ({ pool, reader, a }) => {
    const relations = (await relationsOf(pool)).filter(({ kind }) => kind === 'table');
    return acting(reader, a, async (client) => {
      const readable = [...(await rowsShown(client, relations)).keys()];
      await client.query('SET LOCAL row_security = off');
      const answered: string[] = [];
      for (const relation of readable) {
        const count = await countOf(client, relation);
        if (count !== NO_RIGHT) answered.push(`${relation}: ${count}`);
      }
      return readable.length === 0 ? ['nothing is readable'] : answered;
    });
  },

  'T19: an id that another tenant has used is new': async ({ tenants }) => {
    const noticed: string[] = [];
    const [contested, repeated] = [randomUUID(), randomUUID()];
    for (const { tenantId, land } of tenants) {
      const click = { event_type: 'click', timestamp: '2026-11-20T08:00:00Z', visitor_id: VISITOR };
      // What is shared would show as a conflict, or as a duplicate.
      const { verdicts } = await land([
        { ...click, event_id: contested, evt_label: tenantId },
        { ...click, event_id: repeated },
      ]);
      for (const { status } of verdicts)
        if (status !== 'accepted') noticed.push(`${tenantId} is told: ${status}`);
    }
    return noticed;
  },

  'the tables show a caller the rows of its tenant only': async (ground) => [
    ...(await strayRows(ground, ground.reader, 'table')),
    ...(await strayRows(ground, ground.ingest, 'table')),
  ],
} satisfies Record<string, Attack>;

async function hasTenant(client: Queryable, relation: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'tenant_hk'`,
    [relation],
  );
  return rows.length > 0;
}
