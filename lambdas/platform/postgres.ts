import { readFileSync } from 'node:fs';
import { Signer } from '@aws-sdk/rds-signer';
import pg from 'pg';
import * as z from 'zod';
import { type DatabaseRole, databaseRoles } from './database-roles.ts';
import type { Environment } from './environment.ts';
import { type PreparedStatement, readStatement } from './statement.ts';

/** Anything that runs a statement: the pool, or the client of one transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    statement: string | PreparedStatement,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

const CHECK_VIOLATION = '23514';

/** Milliseconds after which a new connection counts as failed; shorter than every function's time-out. */
const CONNECT_TIMEOUT = 5_000;
/**
 * Milliseconds without use, by the wall clock, after which sessions are given up. A frozen function hears nothing of a server or a
 * network that ends them meanwhile, and a cluster that sleeps ends them after 30 s.
 */
const STALE_AFTER = 20_000;

interface Patience {
  readonly connectTimeout?: number;
  readonly staleAfter?: number;
}

/** When a pool was last used, and how long its sessions may then be trusted. */
const uses = new WeakMap<pg.Pool, { at: number; readonly staleAfter: number }>();

/**
 * A pool of the size the environment allows. `SYSTEM_DATABASE_URL` wins; otherwise the login is an IAM token, signed anew
 * for every connection because it lives 15 minutes, over TLS that trusts the authorities of `DB_CA_FILE` only.
 * @param role what the function may be: a login that could do more than this role fails each connection.
 */
export function createPool(
  environment: Environment,
  role?: DatabaseRole,
  { connectTimeout = CONNECT_TIMEOUT, staleAfter = STALE_AFTER }: Patience = {},
): pg.Pool {
  const shared: pg.PoolConfig = {
    // Times are read as ISO whatever a database of the user's own is set to.
    options: '-c datestyle=ISO',
    max: environment.DB_POOL_MAX,
    connectionTimeoutMillis: connectTimeout,
    application_name: 'onevault',
    ...(role !== undefined && {
      verify: (client, done) => {
        requireRole(client, role).then(() => done(), done);
      },
    }),
  };
  const pool = new pg.Pool(
    environment.SYSTEM_DATABASE_URL === undefined
      ? { ...shared, ...clusterLogin(environment) }
      : { ...shared, connectionString: environment.SYSTEM_DATABASE_URL },
  );
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  uses.set(pool, { at: Date.now(), staleAfter });
  return Object.assign(pool, {
    query: (statement: string | PreparedStatement, values?: readonly unknown[]) =>
      withConnection(pool, (client) => client.query(statement, values)),
  });
}

/** A session of the pool, none of those that the server may have ended unheard. */
async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  const use = uses.get(pool);
  if (use !== undefined && Date.now() - use.at > use.staleAfter) {
    use.at = Date.now();
    const idle = await Promise.all(Array.from({ length: pool.idleCount }, () => pool.connect()));
    for (const client of idle) client.release(true);
  }
  return pool.connect();
}

const inspectLogin = readStatement('inspect_login');
const loginRow = z.object({ login: z.string(), is_member: z.boolean(), is_too_strong: z.boolean() });

/** A login that is not this function's role, or that no row-level security would hold, must not serve a single request. */
async function requireRole(client: pg.PoolClient, role: DatabaseRole): Promise<void> {
  const { rows } = await client.query(inspectLogin, [role]);
  const { login, is_member, is_too_strong } = loginRow.parse(rows[0]);
  if (is_member && !is_too_strong) return;
  throw new Error(
    `The database user "${login}" ${is_member ? 'may do more than' : 'is no member of'} ${role}: let this function log in as ${role}.`,
  );
}

function clusterLogin(environment: Environment): pg.PoolConfig {
  const { DB_HOST, DB_PORT, DB_TUNNEL, DB_NAME, DB_USER, DB_CA_FILE } = environment;
  if (DB_HOST === undefined) throw new Error('Set SYSTEM_DATABASE_URL, or DB_HOST with its companions.');
  const signer = new Signer({ hostname: DB_HOST, port: DB_PORT, username: DB_USER });
  const [host = DB_HOST, port = DB_PORT] = DB_TUNNEL?.split(':') ?? [];
  return {
    host,
    port: Number(port),
    database: DB_NAME,
    user: DB_USER,
    password: () => signer.getAuthToken(),
    ssl: {
      rejectUnauthorized: true,
      servername: DB_HOST,
      ...(DB_CA_FILE === undefined ? {} : { ca: readFileSync(DB_CA_FILE, 'utf8') }),
    },
  };
}

/** Lends a connection of its own to `work`; one that broke is not lent again. */
export async function withConnection<Result>(
  pool: pg.Pool,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await connect(pool);
  let broken = false;
  // A server that goes away raises here as well as in the statement; unheard, it would end the process.
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } finally {
    client.off('error', onError);
    client.release(broken);
    const use = uses.get(pool);
    if (use !== undefined) use.at = Date.now();
  }
}

/**
 * Runs `work` in one transaction. Whatever it throws rolls everything back.
 * @param role whom the transaction acts as, when its login may be more than one.
 */
export function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: Queryable) => Promise<Result>,
  role?: DatabaseRole,
): Promise<Result> {
  return withConnection(pool, async (client) => {
    await client.query('BEGIN');
    try {
      if (role !== undefined) await client.query(actAs[role]);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

/** Ends with the transaction, so that a pooled connection never keeps it. */
const actAs: Readonly<Record<DatabaseRole, string>> = {
  [databaseRoles.ingest]: 'SET LOCAL ROLE onevault_ingest',
  [databaseRoles.loader]: 'SET LOCAL ROLE onevault_loader',
  [databaseRoles.reader]: 'SET LOCAL ROLE onevault_reader',
  [databaseRoles.maintenance]: 'SET LOCAL ROLE onevault_maintenance',
};

/** A tenant by its name and by its key. */
export interface Tenant {
  readonly tenantId: string;
  readonly tenantHk: Buffer;
}

/** Runs `work` in one transaction that acts for one tenant: row-level security shows it nothing of any other. */
export function inTenant<Result>(
  pool: pg.Pool,
  { tenantId, tenantHk }: Tenant,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT auth.act_for($1, $2)', [tenantId, tenantHk]);
    return work(client);
  });
}

/** SQLSTATE of a database error, or null for anything else. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

/**
 * Whether repeating the same statement must fail the same way: the data does not fit (classes 22, 23) or is too complex (54).
 * Everything else, a lost connection above all, is worth another try.
 */
export function isPermanent(error: unknown): boolean {
  const state = sqlState(error);
  if (state === null || !['22', '23', '54'].includes(state.slice(0, 2))) return false;
  // A partition that is missing has the code of a broken check and no constraint: maintenance will make it.
  return !(state === CHECK_VIOLATION && error instanceof pg.DatabaseError && error.constraint === undefined);
}
