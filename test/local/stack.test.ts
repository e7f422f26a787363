import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../local/listen.ts';
import { isAlive } from '../../local/process-table.ts';
import { type StackUnderTest, spawnStack, startStack, until } from '../support/stack.ts';

const limitMs = 90_000;

async function isHealthy(stack: StackUnderTest): Promise<boolean> {
  return (await fetch(`${stack.url}/health`).catch(() => undefined))?.status === 200;
}

async function select(stack: StackUnderTest, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    return String(Object.values((await client.query(statement)).rows[0] ?? {})[0]);
  } finally {
    await client.end();
  }
}

describe('a running stack', { timeout: limitMs }, () => {
  let stack: StackUnderTest;

  beforeAll(async () => {
    stack = await startStack();
  }, limitMs);
  afterAll(async () => {
    await stack?.stop();
  });

  it('answers on this machine only, and prints an event to send', async () => {
    expect(await isHealthy(stack)).toBe(true);
    expect(new URL(stack.url).hostname).toBe('127.0.0.1');
    expect(stack.output()).toContain(`curl ${stack.url}/api/v1/track/async`);
    expect(stack.output()).toContain(stack.tenants[0]?.tokens.secret);
  });

  it('keeps tokens and passwords from other users of the machine', () => {
    for (const file of ['stack.json', 'tenants.json', 'database.json']) {
      expect(statSync(path.join(stack.dataDir, file)).mode & 0o077, file).toBe(0);
    }
  });

  it('runs Postgres durably, with the parameters of the cluster', async () => {
    expect(await select(stack, 'SHOW fsync')).toBe('on');
    expect(await select(stack, 'SHOW synchronous_commit')).toBe('on');
    expect(await select(stack, 'SHOW log_error_verbosity')).toBe('terse');
    expect(await select(stack, 'SHOW listen_addresses')).toBe('127.0.0.1');
  });

  it.for(['staging', 'queue', 'gateway', 'postgres'])('brings %s back after kill -9', async (name) => {
    await stack.killProcess(name);
    await until('the API answers', () => isHealthy(stack));
    expect(await select(stack, 'SELECT 1')).toBe('1');
    expect(stack.output()).toContain(`${name} ended (`);
  });

  it('refuses a second start on the same data directory and says what to do', async () => {
    const second = spawnStack({ dataDir: stack.dataDir });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(new RegExp(`npm start \\(pid ${stack.pid}\\) uses .* pass --data-dir`));
    expect(await isHealthy(stack)).toBe(true);
  });

  it('runs beside another stack, which Ctrl-C ends without a process, a lock or a description left', async () => {
    // Nobody else may enter the folder above the data, which as root makes Postgres keep its files elsewhere.
    const parent = mkdtempSync(path.join(tmpdir(), 'onevault-beside-'));
    const dataDir = path.join(parent, 'data');
    mkdirSync(dataDir);
    let elsewhere: string | undefined;
    // A lock of an id that another process has by now.
    writeFileSync(path.join(dataDir, 'lock'), JSON.stringify({ pid: process.pid, birth: 'long ago' }));
    try {
      const other = await startStack({ dataDir });
      const pids = [other.pid, ...Object.values(other.pids())];
      expect(await Promise.all([isHealthy(stack), isHealthy(other)])).toEqual([true, true]);
      expect(pids.every(isAlive)).toBe(true);
      expect(await other.stop('SIGINT')).toBe(0);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(existsSync(path.join(dataDir, 'lock'))).toBe(false);
      expect(existsSync(path.join(dataDir, 'stack.json'))).toBe(false);

      const again = await startStack({ dataDir });
      elsewhere = /data is in (\S+)\.$/m.exec(again.output())?.[1];
      expect(elsewhere === undefined).toBe(process.getuid?.() !== 0);
      expect(again.tenants).toEqual(other.tenants);
      expect(again.databaseUrl).toBe(other.databaseUrl);
      process.kill(again.pid, 'SIGKILL');
      await until('every process has followed', () =>
        Object.values(again.pids()).every((pid) => !isAlive(pid)),
      );
    } finally {
      for (const directory of [parent, elsewhere ?? parent])
        rmSync(directory, { recursive: true, force: true });
    }
  });

  it("takes a database and queues of the user's own instead", async () => {
    const environment = { SYSTEM_DATABASE_URL: stack.databaseUrl, AWS_ENDPOINT_URL_SQS: stack.queueEndpoint };
    const other = await startStack({ environment });
    try {
      expect(await isHealthy(other)).toBe(true);
      expect(other.databaseUrl).toBe(stack.databaseUrl);
      expect(Object.keys(other.pids()).toSorted()).toEqual(['business', 'gateway', 'scheduler', 'staging']);
    } finally {
      expect(await other.stop()).toBe(0);
    }
    expect(await isHealthy(stack)).toBe(true);
  });

  it('names the way out when the port is taken', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'onevault-taken-'));
    const blocker = createServer();
    const port = await listen(blocker, 0);
    try {
      const { ended, output } = spawnStack({ dataDir, args: ['--port', String(port)] });
      expect(await ended).toBe(1);
      expect(output()).toContain(`Port ${port} is taken by another program. Pass --port`);
      expect(existsSync(path.join(dataDir, 'lock'))).toBe(false);
    } finally {
      blocker.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
