import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { DataDirectory } from '../../local/data-directory.ts';
import { openRoles } from '../../local/database-login.ts';
import { freePort } from '../../local/listen.ts';
import { placePostgres } from '../../local/postgres/placement.ts';
import { initialise, startServer } from '../../local/postgres/server.ts';
import { serverSettings } from '../../local/postgres/settings.ts';
import { TEMPLATE_VARIABLE } from './stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this test run; its databases are made and dropped by the tests. */
    postgresUrl: string;
  }
}

const synthesiseModule = path.join(import.meta.dirname, '..', '..', 'local', 'processes', 'synthesise.ts');
const OWNER = 'onevault';
const PASSWORD = 'test';
const START_ATTEMPTS = 200;
const PAUSE_MILLISECONDS = 50;

/** A migrated database that tests are copied from: a copy takes a tenth of the time of the migrations. */
export const TEMPLATE_DATABASE = 'migrated';

/** One real Postgres for the whole run, the same binaries and settings as `npm start`'s. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(path.join(tmpdir(), 'onevault-tests-'));
  const data = new DataDirectory(directory);
  data.create();
  const placement = await placePostgres(data, () => undefined);
  await initialise(placement, OWNER, PASSWORD);
  const port = await freePort();
  const server = startServer(placement, port, serverSettings(placement.installation, {}));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const url = `postgres://${OWNER}:${PASSWORD}@127.0.0.1:${port}`;
  await untilReady(`${url}/postgres`);
  await makeTemplate(url);
  project.provide('postgresUrl', url);
  // Every stack of the run starts from the same template, which takes the CDK seconds to make.
  const template = path.join(directory, 'template.json');
  writeFileSync(template, execFileSync(process.execPath, [synthesiseModule]));
  process.env[TEMPLATE_VARIABLE] = template;
  return async () => {
    server.kill('SIGINT');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(PAUSE_MILLISECONDS);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await client.end();
  const pool = new pg.Pool({ connectionString: `${url}/${TEMPLATE_DATABASE}`, max: 1 });
  await migrate(pool, readMigrations(migrationsDirectory));
  await pool.end();
  await openRoles(`${url}/${TEMPLATE_DATABASE}`);
}
