import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { viewerFiles } from '../../lambdas/description/reference-page.ts';
import { environmentNames } from '../../lib/config.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { functionsOf, resourcesOf } from './template.ts';

const repository = join(import.meta.dirname, '../..');
const temporary = mkdtempSync(join(tmpdir(), 'onevault-test-'));

// Once for the file: CDK keeps using the first temporary folder that it saw.
beforeAll(() => {
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

it.each(environmentNames)('says the same of %s twice', (environment) => {
  expect(JSON.stringify(synthesise(environment))).toBe(JSON.stringify(synthesise(environment)));
});

it('removes the assembly it did not promise to keep', () => {
  synthesise('dev');
  expect(() => synthesise('nowhere')).toThrow('There is no environment "nowhere"');
  expect(readdirSync(temporary).filter((each) => each.startsWith('onevault-synth'))).toEqual([]);
});

/** The variables of a deployed function, with placeholders for what only a deployment knows. */
function environmentOf(variables: Record<string, unknown>): Record<string, string> {
  const authorities = join(temporary, 'authorities.pem');
  writeFileSync(authorities, rootCertificates.join('\n'));
  const deployed: Record<string, string> = {
    DB_HOST: 'database.invalid',
    DB_PORT: '5432',
    DB_CA_FILE: authorities,
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      deployed[name] ?? (typeof value === 'string' ? value : 'https://queue.invalid/'),
    ]),
  );
}

it('bundles each function as a module that starts on its own, with the files it reads beside it', () => {
  const outdir = join(temporary, 'assembly');
  const functions = functionsOf(resourcesOf(synthesise('dev', { bundle: true, outdir })));
  const statements = globSync('sql/**/*.sql', { cwd: repository }).sort();
  expect(statements.length).toBeGreaterThan(0);
  for (const { entry, properties } of functions) {
    const folder = join(outdir, `asset.${properties.Code.S3Key.replace('.zip', '')}`);
    expect(globSync('sql/**/*.sql', { cwd: folder }).sort()).toEqual(statements);
    const viewer = globSync('node_modules/**/*.*', { cwd: folder }).sort();
    expect(viewer, entry).toEqual(entry === 'lambdas/analytics.ts' ? [...viewerFiles].sort() : []);
    expect(globSync('index.*', { cwd: folder }).sort()).toEqual(['index.mjs', 'index.mjs.map']);
    const start = `import('./index.mjs').then(({ handler }) => console.log(typeof handler), console.log)`;
    const shown = execFileSync(process.execPath, ['-e', start], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...environmentOf(properties.Environment.Variables), AWS_REGION: 'us-east-1' },
    });
    expect(shown.trim(), entry).toBe('function');
  }
}, 60_000);

it('runs on a CDK CLI of major 2: the registry\'s "latest" is an accidental 3.0.0 that reads no current template', () => {
  const cli = join(repository, 'node_modules/.bin/cdk');
  const version = execFileSync(cli, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: '1' },
  });
  expect(version).toMatch(/^2\./);
});

it('names no account, region or ARN: an installation is decided by credentials alone', () => {
  const files = globSync('{bin,lib}/**/*.ts', { cwd: repository });
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(repository, file), 'utf8');
    expect(text, file).not.toMatch(/\barn:|\b\d{12}\b|\b(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d\b/);
  }
});
