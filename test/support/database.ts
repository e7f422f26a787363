import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseRole } from '../../lambdas/platform/database-roles.ts';
import { roleUrl } from '../../local/database-login.ts';
import { TEMPLATE_DATABASE } from './postgres.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** A pool that is logged in as one of the functions' roles. */
  as(role: DatabaseRole): pg.Pool;
  /** Ends every connection to it. */
  leave(): Promise<void>;
  drop(): Promise<void>;
}

const loginsOf = new WeakMap<pg.Pool, TestDatabase['as']>();

/** The pool of one of the functions' roles on the database of an owner's pool; the same pool for a database made elsewhere. */
export const loginAs = (pool: pg.Pool, role: DatabaseRole): pg.Pool => loginsOf.get(pool)?.(role) ?? pool;

/** A database of the test's own, migrated unless `empty`. */
export const createDatabase = ({ empty = false } = {}): Promise<TestDatabase> =>
  copyOf(inject('postgresUrl'), empty ? 'template0' : TEMPLATE_DATABASE);

/**
 * Copies a database: what was landed once is loaded in several ways, and every copy has the same arrivals.
 * Nobody may be connected to the original, so it has to be left before.
 */
export const copyDatabase = ({ url }: TestDatabase): Promise<TestDatabase> =>
  copyOf(new URL('/', url).href.slice(0, -1), new URL(url).pathname.slice(1));

async function copyOf(server: string, template: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asOwner(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = `${server}/${name}`;
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const logins = new Map<DatabaseRole, pg.Pool>();
  const as = (role: DatabaseRole): pg.Pool => {
    const login = logins.get(role) ?? new pg.Pool({ connectionString: roleUrl(url, role), max: 10 });
    logins.set(role, login);
    return login;
  };
  loginsOf.set(pool, as);
  const leave = async () => {
    await Promise.all([pool, ...logins.values()].filter((each) => !each.ended).map((each) => each.end()));
  };
  return {
    url,
    pool,
    as,
    leave,
    async drop() {
      await leave();
      // Without FORCE: Postgres waits for the connections that the pools are still closing, and cuts none off.
      await asOwner(server, `DROP DATABASE ${name}`);
    },
  };
}

async function asOwner(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
