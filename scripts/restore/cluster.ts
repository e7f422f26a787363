import { type ChildProcess, execFile } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import * as z from 'zod';
import { DataDirectory } from '../../local/data-directory.ts';
import { freePort } from '../../local/listen.ts';
import { type Placement, placePostgres } from '../../local/postgres/placement.ts';
import { initialise, startServer } from '../../local/postgres/server.ts';
import { serverSettings } from '../../local/postgres/settings.ts';

const run = promisify(execFile);
const OWNER = 'onevault';
const PASSWORD = 'drill';
const DATABASE = 'one_vault';
const PAUSE_MS = 50;
const PATIENCE_MS = 120_000;
/** Files that belong to the running server and not to its data. */
const OF_THE_SERVER = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal']);
/** What Postgres asks of the mode of its directories. */
const OWNER_ONLY = 0o700;

const stopped = z.object({ labelfile: z.string() });
const switched = z.object({ segment: z.string() });
const archiver = z.object({ last: z.string().nullable() });
const recovery = z.object({ in_recovery: z.boolean() });

/** A base backup: the files of a cluster, and the folder that its log was written to. */
export interface Backup {
  readonly files: string;
  readonly archive: string;
}

/** A Postgres server of the drill's own, with the same binaries and settings as `npm start`. */
export class Cluster {
  readonly url: string;
  readonly #placement: Placement;
  readonly #server: ChildProcess;
  readonly #archive: string;

  private constructor(placement: Placement, server: ChildProcess, port: number, archive: string) {
    this.#placement = placement;
    this.#server = server;
    this.#archive = archive;
    this.url = `postgres://${OWNER}:${PASSWORD}@127.0.0.1:${port}/${DATABASE}`;
  }

  /** Makes an empty database that archives its log, as Aurora does by itself. */
  static async create(directory: string): Promise<Cluster> {
    const placement = await place(path.join(directory, 'original'));
    await initialise(placement, OWNER, PASSWORD);
    const archive = path.join(placement.home, 'archive');
    makeDirectory(placement, archive);
    const cluster = await Cluster.#start(placement, archive, {
      archive_mode: 'on',
      archive_command: `cp "%p" "${archive}/%f"`,
    });
    await cluster.#untilReady(async (client) => {
      await client.query(`CREATE DATABASE ${DATABASE}`);
      return true;
    }, '/postgres');
    return cluster;
  }

  /** Makes a database of a backup, as it was at a moment: everything committed before it, and nothing after. */
  static async restore(directory: string, backup: Backup, target: string): Promise<Cluster> {
    const placement = await place(path.join(directory, 'restored'));
    const data = path.join(placement.home, 'cluster');
    await run('cp', ['-a', backup.files, data]);
    makeDirectory(placement, path.join(data, 'pg_wal'));
    writeFileSync(path.join(data, 'recovery.signal'), '');
    const cluster = await Cluster.#start(placement, backup.archive, {
      restore_command: `cp "${backup.archive}/%f" "%p"`,
      recovery_target_time: target,
      recovery_target_action: 'promote',
    });
    await cluster.#untilReady(async (client) => {
      const { rows } = await client.query('SELECT pg_is_in_recovery() AS in_recovery');
      return !recovery.parse(rows[0]).in_recovery;
    });
    return cluster;
  }

  /** Copies the files of the running server, the way that every backup tool for Postgres does. */
  async backUp(directory: string): Promise<Backup> {
    const files = path.join(directory, 'backup');
    const data = path.join(this.#placement.home, 'cluster');
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query("SELECT pg_backup_start('restore drill', fast => true)");
      mkdirSync(files, { mode: OWNER_ONLY });
      for (const entry of readdirSync(data).filter((name) => !OF_THE_SERVER.has(name))) {
        await run('cp', ['-a', path.join(data, entry), path.join(files, entry)]);
      }
      const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(wait_for_archive => true)');
      writeFileSync(path.join(files, 'backup_label'), stopped.parse(rows[0]).labelfile);
    } finally {
      await client.end();
    }
    const { account } = this.#placement;
    if (account !== undefined) await run('chown', ['-R', `${account.uid}:${account.gid}`, files]);
    return { files, archive: this.#archive };
  }

  /** Waits until everything that was committed until now is in the archive. */
  async untilArchived(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      const { rows } = await client.query('SELECT pg_walfile_name(pg_switch_wal()) AS segment');
      const { segment } = switched.parse(rows[0]);
      await until(async () => {
        const answer = await client.query('SELECT last_archived_wal AS last FROM pg_stat_archiver');
        return (archiver.parse(answer.rows[0]).last ?? '') >= segment;
      });
    } finally {
      await client.end();
    }
  }

  /** Ends the server at once, as the loss of its machine would. */
  async lose(): Promise<void> {
    await this.#end('SIGQUIT');
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    rmSync(this.#placement.home, { recursive: true, force: true });
  }

  static async #start(
    placement: Placement,
    archive: string,
    settings: Record<string, string>,
  ): Promise<Cluster> {
    const port = await freePort();
    const server = startServer(placement, port, {
      ...serverSettings(placement.installation, {}),
      ...settings,
    });
    return new Cluster(placement, server, port, archive);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill(signal);
    await ended;
  }

  /** Waits until the server takes connections and the condition holds. */
  async #untilReady(condition: (client: pg.Client) => Promise<boolean>, database = ''): Promise<void> {
    await until(async () => {
      if (this.#server.exitCode !== null) {
        throw new Error(`Postgres ended by itself; ${this.#placement.logFile} says why.`);
      }
      const url = database === '' ? this.url : new URL(database, this.url).href;
      const client = new pg.Client({ connectionString: url });
      try {
        await client.connect();
      } catch {
        return false;
      }
      try {
        return await condition(client);
      } finally {
        await client.end();
      }
    });
  }
}

async function place(directory: string): Promise<Placement> {
  mkdirSync(directory, { recursive: true });
  const data = new DataDirectory(directory);
  data.create();
  return placePostgres(data, () => undefined);
}

function makeDirectory({ account }: Placement, directory: string): void {
  mkdirSync(directory, { mode: OWNER_ONLY });
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await condition()); await sleep(PAUSE_MS)) {
    if (Date.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1_000} s in vain for Postgres.`);
  }
}
