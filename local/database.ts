import { randomBytes } from 'node:crypto';
import pg from 'pg';
import * as z from 'zod';
import type { DataDirectory } from './data-directory.ts';
import { freePort } from './listen.ts';
import type { StackOptions } from './options.ts';
import { type Placement, placePostgres } from './postgres/placement.ts';
import { removeCluster, stopStray } from './postgres/server.ts';
import type { Supervisor } from './supervisor.ts';
import type { DatabaseModel } from './template.ts';

const credentialsFile = 'database.json';
const credentialsShape = z.object({ port: z.number(), password: z.string() });

/** The stack's database and how to log in to it. */
export interface Database {
  url(role: string): string;
  /**
   * Lets the roles that the migrations created log in as they do in the cloud, where a signed token takes the place
   * of this machine's password; a role that does not exist, or may not log in, stays as it is.
   */
  admitRoles(roles: string[]): Promise<void>;
}

/** The user's own database, which knows its one way in. */
export function externalDatabase(url: string): Database {
  return { url: () => url, admitRoles: async () => undefined };
}

/** Starts the embedded Postgres under the supervisor; port and password are kept in the data directory. */
export async function startDatabase(
  data: DataDirectory,
  model: DatabaseModel,
  supervisor: Supervisor,
  { fresh }: Pick<StackOptions, 'fresh'>,
  report: (line: string) => void,
): Promise<Database> {
  const placement = await placePostgres(data, report);
  const known = data.read(credentialsFile, credentialsShape);
  // A server that an earlier stack left behind would keep the port that is preferred next.
  await stopStray(placement);
  if (fresh || isLeftBehind(placement, data, known)) await removeCluster(placement);
  const password = (fresh ? undefined : known?.password) ?? randomBytes(24).toString('base64url');
  const port = await freePort(known?.port);
  data.write(credentialsFile, { port, password });
  await supervisor.start({
    name: 'postgres',
    module: new URL('./processes/postgres.ts', import.meta.url),
    configuration: () => ({ placement, port, password, database: model }),
    detail: z.object({ serverPid: z.number() }),
    pidOf: ({ serverPid }) => serverPid,
  });
  const admitted = new Set([model.owner]);
  const url = (role: string) =>
    `postgres://${admitted.has(role) ? role : model.owner}:${password}@127.0.0.1:${port}/${model.name}`;
  return {
    url,
    async admitRoles(roles) {
      for (const role of await setPasswords(url(model.owner), roles, password)) admitted.add(role);
    },
  };
}

/** Data outside the data directory outlives it when somebody removes that. */
function isLeftBehind(placement: Placement, data: DataDirectory, known: unknown): boolean {
  return known === undefined && !placement.home.startsWith(data.path);
}

async function setPasswords(url: string, roles: string[], password: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query(
      'SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND rolcanlogin AND rolname <> current_user',
      [roles],
    );
    const names = z
      .array(z.object({ rolname: z.string() }))
      .parse(found.rows)
      .map(({ rolname }) => rolname);
    for (const name of names) {
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(name)} PASSWORD ${client.escapeLiteral(password)}`,
      );
    }
    return names;
  } finally {
    await client.end();
  }
}
