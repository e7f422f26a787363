import pg from 'pg';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { type Queryable, sqlState } from '../../lambdas/platform/postgres.ts';
import { createToken, hashToken } from '../../lambdas/tenancy/token.ts';
import { loginAs } from '../support/database.ts';
import { type Attack, trying } from './attacks.ts';
import { relationsOf, VISITOR } from './ground.ts';
import { acting, NO_RIGHT, numberOf, refusalOf } from './sweep.ts';

const COPY_REFUSED = '0A000';
const CHECK_VIOLATION = '23514';
const FOREIGN_KEY_VIOLATION = '23503';

const callerRow = z.object({ tenant_id: z.string(), site_id: z.string() });

/** Issues a token and answers with what the database keeps of it. */
async function issueToken(client: Queryable, tenantHk: Buffer): Promise<Buffer> {
  const hash = hashToken(createToken('read'));
  await client.query(
    `INSERT INTO auth.api_tokens (token_hash, tenant_hk, site_id, token_kind) VALUES ($1, $2, 'main', 'read')`,
    [hash, tenantHk],
  );
  return hash;
}

/** What a role does with a database beyond reading rows. */
export const powers = {
  'T14: objects of a caller’s own do not get into functions with their owner’s rights': async ({
    ingest,
    a,
  }) =>
    trying(ingest, async (client) => {
      const token = hashToken(createToken('admin'));
      await client.query('SET LOCAL search_path = pg_temp, auth, raw, pg_catalog');
      await client.query(
        'CREATE TEMP TABLE api_tokens AS SELECT $1::bytea AS token_hash, $2::bytea AS tenant_hk, null::timestamptz AS revoked_at',
        [token, a.tenantHk],
      );
      await client.query(`CREATE TEMP TABLE sites AS SELECT ARRAY['*'] AS allowed_origins`);
      await client.query(
        `CREATE FUNCTION pg_temp.same(bytea, bytea) RETURNS boolean LANGUAGE sql RETURN true;
         CREATE OPERATOR pg_temp.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = pg_temp.same)`,
      );
      const found: string[] = [];
      if ((await client.query('SELECT * FROM auth.find_caller($1)', [token])).rows.length > 0)
        found.push('find_caller reads a table of its caller, or compares as its caller does');
      const { rows } = await client.query(`SELECT auth.is_known_origin('https://evil.example') AS is_known`);
      if (rows[0]?.is_known !== false) found.push('is_known_origin reads a table of its caller');
      return found;
    }),

  'T14: functions with their owner’s rights can be called by those who need them only': async ({
    pool,
    ingest,
    reader,
  }) => {
    const workers = [
      'auth.isolate_partitions()',
      'raw.ensure_request_partitions(1)',
      `auth.isolate('auth.sites', NULL)`,
      `raw.drop_expired_week('2020-01-06', now())`,
      `business.empty_event_partition('2019-01-01', '2020-01-01')`,
      `auth.refresh_statistics('auth.sites')`,
    ];
    const called: string[] = [];
    for (const role of [ingest, reader, loginAs(pool, databaseRoles.loader)])
      await acting(role, null, async (client) => {
        for (const call of workers) {
          const refusal = await refusalOf(client, `SELECT ${call}`);
          if (refusal !== NO_RIGHT) called.push(`${call}: ${refusal ?? 'called'}`);
        }
      });
    return called;
  },

  'T18: nothing refers to a row of another tenant': async ({ pool, a, b }) => {
    const { rows } = await pool.query(
      `SELECT conname::text AS name
       FROM pg_constraint
       WHERE contype = 'f'
         AND conparentid = 0
         AND NOT EXISTS (
           SELECT FROM unnest(conkey, confkey) AS pair (own, other)
           JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = pair.own
           JOIN pg_attribute AS other ON other.attrelid = confrelid AND other.attnum = pair.other
           WHERE own.attname = 'tenant_hk' AND other.attname = 'tenant_hk'
         )`,
    );
    const strangers = rows.map(({ name }) => `${name} leaves the tenant out`);
    return trying(pool, async (client) => {
      await client.query(`INSERT INTO auth.sites (tenant_hk, site_id, site_name) VALUES ($1, 'of-b', 'B')`, [
        b.tenantHk,
      ]);
      const refusal = await refusalOf(
        client,
        `INSERT INTO auth.api_tokens (token_hash, tenant_hk, site_id, token_kind) VALUES (sha256('x'), $1, 'of-b', 'read')`,
        [a.tenantHk],
      );
      return refusal === FOREIGN_KEY_VIOLATION ? strangers : [...strangers, `a site of B: ${refusal}`];
    });
  },

  'T20: an error says nothing of the row that it is about': async ({ ingest, a }) => {
    const told: string[] = [];
    const secret = 'jane@example.com';
    const wrong = [
      [
        `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, stage, rung_at)
        VALUES (1, now(), $1, 1, 'jane@e', now())`,
        [a.tenantId],
      ],
      [
        `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
        VALUES (1, now(), $1 || '${secret}', 1, now())`,
        [a.tenantId],
      ],
      [
        `INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt) VALUES ($1, '2026-01-01', '${secret}')`,
        [a.tenantHk],
      ],
    ] as const;
    for (const [statement, values] of wrong)
      await acting(ingest, a, (client) => client.query(statement, values)).catch((error: unknown) => {
        if (!(error instanceof pg.DatabaseError)) throw error;
        if (![CHECK_VIOLATION, NO_RIGHT].includes(error.code ?? '')) told.push(`unexpected ${error.code}`);
        if (`${error.message} ${error.detail}`.includes('jane')) told.push(error.message);
      });
    return told;
  },

  'T21: the planner tells nothing, by its statistics or by a function that talks': async ({
    pool,
    reader,
    ingest,
    a,
  }) => {
    await pool.query('ANALYZE');
    const told: string[] = [];
    for (const role of [reader, ingest])
      await acting(role, a, async (client) => {
        for (const view of ['pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs']) {
          const rows = await numberOf(
            client,
            `SELECT count(*)::int AS n FROM ${view}
             WHERE schemaname IN ('auth', 'raw', 'staging', 'business', 'analytics')`,
          );
          if (rows > 0) told.push(`${view}: ${rows} rows`);
        }
      });
    const client = await reader.connect();
    const notices: string[] = [];
    client.on('notice', ({ message }) => notices.push(message ?? ''));
    try {
      await client.query('BEGIN');
      await client.query('SELECT auth.act_for($1, $2)', [a.tenantId, a.tenantHk]);
      await client.query(
        `CREATE FUNCTION pg_temp.tell(tenant bytea, visitor text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
         AS $$ BEGIN RAISE NOTICE '% %', encode(tenant, 'hex'), visitor; RETURN true; END $$`,
      );
      await client.query(
        'SELECT FROM business.site_visitor_h WHERE pg_temp.tell(tenant_hk, site_visitor_bk)',
      );
    } finally {
      await client.query('ROLLBACK');
      client.release(true);
    }
    if (!notices.some((notice) => notice.includes(VISITOR)))
      told.push('the function was told nothing at all');
    const own = a.tenantHk.toString('hex');
    return told.concat(notices.filter((notice) => !notice.startsWith(own)));
  },

  'T21: the server has the fixes for leaks through statistics': async ({ pool }) => {
    const version = await numberOf(pool, `SELECT current_setting('server_version_num')::int AS n`);
    // CVE-2025-8713 is fixed in 17.6; every 18 has the fix.
    return version >= 170_006 ? [] : [`Postgres ${version}`];
  },

  'T22: COPY into a table under row-level security is refused': async ({ pool, ingest }) => {
    const copies = [
      [ingest, 'raw.event_registry'],
      [ingest, 'staging.quarantined_events'],
      [loginAs(pool, databaseRoles.loader), 'business.site_event_nl'],
    ] as const;
    const taken: string[] = [];
    for (const [role, table] of copies) {
      const refusal = await role.query(`COPY ${table} FROM STDIN`).then(() => null, sqlState);
      if (refusal !== COPY_REFUSED) taken.push(`${table}: ${refusal ?? 'taken'}`);
    }
    return taken;
  },

  'T23: callers cannot truncate, refer, watch, lock, set sequences or create': async ({
    pool,
    ingest,
    reader,
    a,
  }) => {
    const done: string[] = [];
    const relations = await relationsOf(pool);
    for (const role of [ingest, reader])
      await acting(role, a, async (client) => {
        for (const { name } of relations) {
          const { rows } = await client.query(
            `SELECT privilege FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) AS privilege
             WHERE has_table_privilege($1, privilege)`,
            [name],
          );
          done.push(...rows.map(({ privilege }) => `${privilege} on ${name}`));
        }
        const statements = [
          `TRUNCATE business.site_event_nl`,
          `LOCK TABLE business.site_event_nl IN EXCLUSIVE MODE`,
          `SELECT setval('raw.request_id_seq', 1)`,
          `CREATE TABLE raw.own (n integer)`,
          `CREATE FUNCTION analytics.own() RETURNS integer LANGUAGE sql RETURN 1`,
          `CREATE SCHEMA own`,
          `SELECT pg_read_file('PG_VERSION')`,
          `ALTER POLICY tenant_isolation ON auth.sites USING (true)`,
          `SET LOCAL ROLE onevault_migrator`,
          `SET LOCAL ROLE onevault_maintenance`,
          `SET LOCAL session_replication_role = replica`,
          `SELECT tenant_bk FROM auth.tenant_h`,
          `SELECT token_hash FROM auth.api_tokens`,
          `SELECT * FROM auth.audit_log`,
          `SELECT configuration FROM auth.tenant_profile_s`,
        ];
        for (const statement of statements) {
          const refusal = await refusalOf(client, statement);
          if (refusal !== NO_RIGHT) done.push(`${statement}: ${refusal ?? 'done'}`);
        }
      });
    return done;
  },

  'T23: the locks of one tenant do not stand in another’s way': async ({ pool, a, b }) => {
    const [one, other] = [await pool.connect(), await pool.connect()];
    try {
      await one.query('BEGIN');
      await other.query(`BEGIN; SET LOCAL lock_timeout = '2s'`);
      await one.query('SELECT business.lock_accumulators($1)', [a.tenantHk]);
      const refusal = await refusalOf(other, 'SELECT business.lock_accumulators($1)', [b.tenantHk]);
      return refusal === null ? [] : [`B waits for A: ${refusal}`];
    } finally {
      for (const client of [one, other]) {
        await client.query('ROLLBACK');
        client.release();
      }
    }
  },

  'T26: a token is known as its own tenant’s, once': async ({ pool, tenants }) =>
    trying(pool, async (client) => {
      const hashes: Buffer[] = [];
      for (const { tenantHk } of tenants) hashes.push(await issueToken(client, tenantHk));
      await client.query('SET LOCAL ROLE onevault_ingest');
      const taken: string[] = [];
      for (const [position, { tenantId }] of tenants.entries()) {
        const { rows } = await client.query('SELECT * FROM auth.find_caller($1)', [hashes[position]]);
        const found = z
          .array(callerRow)
          .parse(rows)
          .map(({ tenant_id }) => tenant_id);
        if (found.join() !== tenantId) taken.push(`a token of ${tenantId} is one of ${found.join()}`);
      }
      return taken;
    }),

  'T26: a token that was revoked or has expired is nobody’s': async ({ pool, a }) =>
    trying(pool, async (client) => {
      const taken: string[] = [];
      for (const column of ['revoked_at', 'expires_at']) {
        const hash = await issueToken(client, a.tenantHk);
        await client.query(
          `UPDATE auth.api_tokens SET ${column} = CURRENT_TIMESTAMP - interval '1 second' WHERE token_hash = $1`,
          [hash],
        );
        await client.query('SET LOCAL ROLE onevault_reader');
        const { rows } = await client.query('SELECT * FROM auth.find_caller($1)', [hash]);
        if (rows.length > 0) taken.push(`known in spite of ${column}`);
        await client.query('RESET ROLE');
      }
      return taken;
    }),
} satisfies Record<string, Attack>;
