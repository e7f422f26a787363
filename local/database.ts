import { randomBytes } from 'node:crypto';
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

/**
 * Starts the embedded Postgres under the supervisor; port and password are kept in the data directory.
 * @returns the URL to connect to it.
 */
export async function startDatabase(
  data: DataDirectory,
  model: DatabaseModel,
  supervisor: Supervisor,
  { fresh }: Pick<StackOptions, 'fresh'>,
  report: (line: string) => void,
): Promise<string> {
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
  return `postgres://${model.owner}:${password}@127.0.0.1:${port}/${model.name}`;
}

/** Data outside the data directory outlives it when somebody removes that. */
function isLeftBehind(placement: Placement, data: DataDirectory, known: unknown): boolean {
  return known === undefined && !placement.home.startsWith(data.path);
}
