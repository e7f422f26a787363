import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { synthesise } from '../../lib/synthesise.ts';
import { resourcesOf } from './template.ts';

const repository = join(import.meta.dirname, '../..');
const temporary = mkdtempSync(join(tmpdir(), 'onevault-test-'));

beforeAll(() => {
  // CDK keeps using the first temporary folder that it saw, which must not be the one that goes with this file.
  synthesise('dev');
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

// What stands on the laptop, and the environment with most in it: the others are made of the same.
it.each(['local', 'prod'])('44 says the same of %s twice', (environment) => {
  expect(JSON.stringify(synthesise(environment))).toBe(JSON.stringify(synthesise(environment)));
});

it('44 needs no network', () => {
  // Whoever opens a connection, or asks for an address, ends the process.
  const blocker = `import net from 'node:net'; import dns from 'node:dns';
    const refuse = () => { console.error('asked the network'); process.exit(7); };
    net.Socket.prototype.connect = refuse; dns.lookup = refuse;`;
  const run = (...parameters: string[]) =>
    spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(blocker)}`, ...parameters],
      { cwd: repository, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
  expect(run('-e', "require('net').connect(1)").status).toBe(7);
  const { status, stdout } = run('local/processes/synthesise.ts');
  expect(status).toBe(0);
  expect(Object.keys(resourcesOf(JSON.parse(stdout))).length).toBeGreaterThan(100);
}, 60_000);

it('removes the assembly it did not promise to keep', () => {
  synthesise('dev');
  expect(() => synthesise('nowhere')).toThrow('There is no environment "nowhere"');
  expect(readdirSync(temporary).filter((each) => each.startsWith('onevault-synth'))).toEqual([]);
});

it('48 runs on a CDK CLI of major 2: the registry\'s "latest" is an accidental 3.0.0 that reads no current template', () => {
  const cli = join(repository, 'node_modules/.bin/cdk');
  const version = execFileSync(cli, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: '1' },
  });
  expect(version).toMatch(/^2\./);
});

it('48 installs what is pinned, from the registry alone', () => {
  const manifest = z
    .object({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')));
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(
    versions.filter(([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
  ).toEqual([]);
  const lock = z
    .object({
      packages: z.record(
        z.string(),
        z.object({
          resolved: z.string().optional(),
          integrity: z.string().optional(),
          inBundle: z.boolean().optional(),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')));
  // Without an address npm asks the registry; the hash decides what it takes from there.
  const others = Object.entries(lock.packages).filter(
    ([path, { resolved, integrity, inBundle }]) =>
      path !== '' &&
      inBundle !== true &&
      ((resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')) ||
        integrity === undefined),
  );
  expect(others).toEqual([]);
});

/** CloudFront's firewalls live in one region for all accounts: the only one that is a fact and no choice. */
const CLOUDFRONT = 'lib/edge/cloudfront-region.ts';

it('43 names no account, region or ARN: an installation is decided by credentials alone', () => {
  const files = globSync('{bin,lib}/**/*.ts', { cwd: repository }).filter((file) => file !== CLOUDFRONT);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(repository, file), 'utf8');
    expect(text, file).not.toMatch(/\barn:|\b\d{12}\b|\b(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d\b/);
  }
});
