import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../cli/connection.ts';
import { onevault, scratchFolder } from '../support/onevault-process.ts';

const tokens = { public: 'ovt_pub_a', secret: 'ovt_sec_a', read: 'ovt_read_a', admin: 'ovt_admin_a' };
const stack = {
  apiUrl: 'http://127.0.0.1:4000/',
  databaseUrl: 'postgres://unused',
  queueEndpoint: 'http://127.0.0.1:4001',
  tenants: [
    { id: 'one', tokens },
    { id: 'two', tokens: { ...tokens, secret: 'ovt_sec_b' } },
  ],
  pid: process.pid,
  processes: {},
};
const VARIABLES = ['ONEVAULT_API_URL', 'ONEVAULT_TENANT', 'ONEVAULT_TOKEN'];

let dataDir: string;
beforeEach(() => {
  dataDir = scratchFolder();
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'stack.json'), JSON.stringify(stack));
});
const given = VARIABLES.map((name) => [name, process.env[name]] as const);
beforeEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of given) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('the connection', () => {
  test('is the local stack with the right kind of token when nothing is said', async () => {
    const flags = { 'data-dir': dataDir };
    expect(await connect(flags, 'secret')).toEqual({
      apiUrl: 'http://127.0.0.1:4000',
      tenant: 'one',
      token: 'ovt_sec_a',
    });
    expect(await connect(flags, 'read')).toMatchObject({ token: 'ovt_read_a' });
    expect(await connect({ ...flags, tenant: 'two' }, 'secret')).toMatchObject({
      tenant: 'two',
      token: 'ovt_sec_b',
    });
  });

  test('prefers flags to the environment and the environment to the local stack', async () => {
    process.env.ONEVAULT_API_URL = 'https://api.example/base/';
    process.env.ONEVAULT_TENANT = 'env';
    process.env.ONEVAULT_TOKEN = 'env-token';
    expect(await connect({ 'data-dir': dataDir }, 'secret')).toEqual({
      apiUrl: 'https://api.example/base',
      tenant: 'env',
      token: 'env-token',
    });
    expect(await connect({ tenant: 'flag', token: 'flag-token' }, 'secret')).toMatchObject({
      tenant: 'flag',
      token: 'flag-token',
    });
  });

  test('never sends a token of the local stack to another endpoint', async () => {
    const flags = { 'data-dir': dataDir, 'api-url': 'https://api.example' };
    await expect(connect(flags, 'secret')).rejects.toThrow('needs a tenant and its secret token');
  });

  test('names the tenants there are when the one asked for is none of them', async () => {
    await expect(connect({ 'data-dir': dataDir, tenant: 'three' }, 'secret')).rejects.toThrow(
      'it has: one, two',
    );
  });

  test('says how to start a stack when none runs, or when its file is damaged', async () => {
    await expect(connect({ 'data-dir': join(dataDir, 'none') }, 'secret')).rejects.toThrow('npm start');
    writeFileSync(join(dataDir, 'stack.json'), '{"apiUrl":');
    await expect(connect({ 'data-dir': dataDir }, 'secret')).rejects.toThrow(
      'cannot be read as a stack description',
    );
  });

  test('says that the stack is gone when it was killed and left its file behind', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(dataDir, 'stack.json'), JSON.stringify({ ...stack, pid }));
    await expect(connect({ 'data-dir': dataDir }, 'secret')).rejects.toThrow(
      'is no longer running. Start one with `npm start`',
    );
  });
});

const COMMANDS = [
  ...['import', 'status', 'ledger', 'metrics', 'sample', 'replay', 'retention', 'export', 'erase'],
  ...['redrive', 'conformance', 'tenant', 'site', 'token', 'doctor'],
];

test('every command explains itself, and an unknown one gets a sentence', async () => {
  const help = await Promise.all(COMMANDS.map((command) => onevault([command, '--help'])));
  for (const { exitCode, stdout } of [...help, await onevault([])]) {
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: onevault /);
  }
  const { exitCode, stderr } = await onevault(['improt']);
  expect(exitCode).toBe(1);
  expect(stderr).toBe(`onevault: There is no command "improt"; there are ${COMMANDS.join(', ')}.\n`);
});
