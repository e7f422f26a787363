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
/** Never that of a session inside a transaction. */
const IDLE_SESSION_ENDED = '57P05';

/** Milliseconds after which a new connection counts as failed; shorter than every function's time-out. */
const CONNECT_TIMEOUT = 5_000;

/**
 * A pool of the size the environment allows. `SYSTEM_DATABASE_URL` wins; otherwise the login is an IAM token, signed anew
 * for every connection because it lives 15 minutes, over TLS that trusts the authorities of `DB_CA_FILE` only.
 * @param role what the function may be: a login that could do more than this role fails each connection.
 */
export function createPool(environment: Environment, role?: DatabaseRole): pg.Pool {
  const shared: pg.PoolConfig = {
    // Times are read as ISO whatever a database of the user's own is set to.
    options: '-c datestyle=ISO',
    max: environment.DB_POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
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
  const query = pool.query.bind(pool);
  return Object.assign(pool, {
    query: (statement: string | PreparedStatement, values?: unknown[]) =>
      inLivingSession(pool, () => query(statement, values)),
  });
}

/**
 * Does again what met a session that the server had ended because it did nothing (`idle_session_timeout`): a function that was frozen
 * does not know of it before its next statement, of which nothing has run then.
 */
async function inLivingSession<Result>(pool: pg.Pool, work: () => Promise<Result>): Promise<Result> {
  for (let endedSessions = pool.options.max; ; endedSessions -= 1) {
    try {
      return await work();
    } catch (error) {
      if (sqlState(error) !== IDLE_SESSION_ENDED || endedSessions === 0) throw error;
    }
  }
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

function clusterLogin({ DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_CA_FILE }: Environment): pg.PoolConfig {
  if (DB_HOST === undefined) throw new Error('Set SYSTEM_DATABASE_URL, or DB_HOST with its companions.');
  const signer = new Signer({ hostname: DB_HOST, port: DB_PORT, username: DB_USER });
  return {
    host: DB_HOST,
    port: DB_PORT,
    database: DB_NAME,
    user: DB_USER,
    password: () => signer.getAuthToken(),
    ssl: {
      rejectUnauthorized: true,
      ...(DB_CA_FILE === undefined ? {} : { ca: readFileSync(DB_CA_FILE, 'utf8') }),
    },
  };
}

/** Lends a connection of its own to `work`; one that broke is not lent again. */
export async function withConnection<Result>(
  pool: pg.Pool,
  work: (client: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: Error | null = null;
  // A server that goes away raises here as well as in the statement; unheard, it would end the process.
  const onError = (error: Error) => {
    failure ??= error;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    // A statement may be told of the end before the connection is.
    if (error instanceof Error && sqlState(error) === IDLE_SESSION_ENDED) failure ??= error;
    // Why the server ended the session says more than that it is gone.
    throw sqlState(failure) === IDLE_SESSION_ENDED ? failure : error;
  } finally {
    client.off('error', onError);
    client.release(failure ?? false);
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
  const attempt = async (client: Queryable): Promise<Result> => {
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
  };
  return inLivingSession(pool, () => withConnection(pool, attempt));
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
