import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { EnvironmentConfig } from '../../lib/config.ts';
import { builtInConfigOf, configOf, deployableNames } from '../../lib/environments.ts';
import { ConfigError, parseConfig } from '../../lib/parse-config.ts';

type Functions = EnvironmentConfig['functions'];

/** The dev configuration with one part changed. */
function devWith(change: Partial<EnvironmentConfig>): unknown {
  return { ...configOf('dev'), ...change };
}

function devWithFunction<Name extends keyof Functions>(
  name: Name,
  change: Partial<Functions[Name]>,
): unknown {
  const { functions } = configOf('dev');
  return devWith({ functions: { ...functions, [name]: { ...functions[name], ...change } } });
}

const { database, functions } = configOf('dev');

describe('43 a configuration that cannot work', () => {
  it.each([
    ['an unknown key', { ...configOf('dev'), databse: {} }, /Unrecognized key: "databse"/],
    [
      'an unknown key inside',
      devWith({ database: { ...database, ...{ maxAcus: 3 } } }),
      /database: .*"maxAcus"/,
    ],
    [
      'a missing key',
      { ...configOf('dev'), functions: { ...functions, staging: undefined } },
      /functions\.staging/,
    ],
    [
      'more connections than the database allows',
      devWithFunction('ingest', { concurrency: 120 }),
      /need 161 database connections, but 80 % of database\.maxConnections is 160/,
    ],
    [
      'more executions than the account allows',
      devWith({ accountConcurrency: 100 }),
      /reserve 115 executions .* accountConcurrency is 100/,
    ],
    [
      'a smallest capacity above the largest',
      devWith({ database: { ...database, minAcu: 8 } }),
      /minAcu \(8\) is above/,
    ],
    [
      'questions of one tenant that could occupy all of analytics',
      devWith({ api: { ...configOf('dev').api, questionsPerTenant: 3 } }),
      /questionsPerTenant is 3, more than half of functions\.analytics\.concurrency \(5\)/,
    ],
    [
      'an answer after the gateway hung up',
      devWithFunction('ingest', { timeoutSeconds: 30 }),
      /ingest\.timeoutSeconds is 30, .* 29 or less/,
    ],
    [
      'a statement that outlives its caller',
      devWithFunction('analytics', { timeoutSeconds: 15 }),
      /statementTimeoutSeconds \(15\) reaches functions\.analytics/,
    ],
    [
      'a large batch without a window',
      devWithFunction('staging', { batchSize: 11 }),
      /staging\.batchSize is 11, .* batchingWindowSeconds of 1 or more/,
    ],
    [
      'more connections than the capacity carries',
      devWith({ database: { ...database, maxConnections: 721 } }),
      /maxConnections is 721, but a cluster of minAcu 0 and maxAcu 4 carries 720/,
    ],
    [
      'a job that keeps a sleeping cluster awake',
      devWith({ schedule: { ...configOf('dev').schedule, sweepMinutes: 5 } }),
      /minAcu is 0, but schedule\.sweepMinutes \(5\) wakes the cluster before .* \(5\) are over/,
    ],
    [
      'an interval that does not divide the hour',
      devWith({ schedule: { ...configOf('dev').schedule, ...{ metricsMinutes: 45 } } }),
      /schedule\.metricsMinutes/,
    ],
    [
      'a rate that the account does not have',
      devWith({ api: { ...configOf('dev').api, rateLimit: 10_001 } }),
      /api\.rateLimit is 10001, but accountRequestRate is 10000/,
    ],
    [
      'a rate of a route that does not exist',
      {
        ...configOf('dev'),
        api: { ...configOf('dev').api, routes: { 'GET /nowhere': { rateLimit: 1, burstLimit: 1 } } },
      },
      /api\.routes.*GET \/nowhere/,
    ],
    [
      'a canary that no alarm would take back',
      devWith({ deployment: 'canary' }),
      /deployment is "canary", but alarms\.active lacks "medium"/,
    ],
    [
      'an edge under CloudFront’s own name, which takes TLS 1.0',
      devWith({ edge: { requestsPerFiveMinutes: 3_000 } }),
      /edge needs domain: .*TLS 1\.0/,
    ],
    [
      'rings that are gathered until the sweeper rings',
      devWith({ processing: { ...configOf('dev').processing, gatherSeconds: 30 } }),
      /gatherSeconds \(30\) reaches processing\.retryAfterSeconds \(30\)/,
    ],
    [
      'an interval of hours that does not divide the day',
      devWith({ schedule: { ...configOf('dev').schedule, ...{ sweepMinutes: 300 } } }),
      /schedule\.sweepMinutes/,
    ],
    [
      'a domain outside its zone',
      devWith({
        domain: { name: 'track.example.com', hostedZoneId: 'Z0', hostedZoneName: 'ample.com' },
      }),
      /domain\.name \(track\.example\.com\) is not inside domain\.hostedZoneName \(ample\.com\)/,
    ],
    [
      'a migration the trigger could not wait for',
      devWithFunction('migrate', { timeoutSeconds: 840 }),
      /migrate\.timeoutSeconds is 840, .* 839 or less/,
    ],
  ])('is refused for %s', (_, source, sentence) => {
    expect(() => parseConfig('dev', source)).toThrow(ConfigError);
    expect(() => parseConfig('dev', source)).toThrow(sentence);
  });

  it('names every fault at once', () => {
    const source = devWith({ database: { ...database, minAcu: 8 }, accountConcurrency: 100 });
    expect(() => parseConfig('dev', source)).toThrow(/minAcu.*accountConcurrency/);
  });
});

it('accepts the last value before each sum breaks', () => {
  expect(() => parseConfig('dev', devWithFunction('ingest', { concurrency: 119 }))).not.toThrow();
  expect(() => parseConfig('dev', devWith({ accountConcurrency: 215 }))).not.toThrow();
  for (const name of ['example.com', 'a.b.example.com']) {
    const domain = { name, hostedZoneId: 'Z0', hostedZoneName: 'example.com' };
    expect(() => parseConfig('dev', devWith({ domain }))).not.toThrow();
  }
  expect(() =>
    parseConfig('dev', devWithFunction('staging', { batchSize: 11, batchingWindowSeconds: 1 })),
  ).not.toThrow();
});

describe('an environment of one’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-environments-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (files: Record<string, string>) => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  };

  it('says only what differs from the one that it extends', () => {
    write({ 'acme.json': '{"extends": "prod", "owner": "Acme", "database": {"maxAcu": 64}}' });
    expect(configOf('acme', folder)).toEqual({
      ...configOf('prod'),
      owner: 'Acme',
      database: { ...configOf('prod').database, maxAcu: 64 },
    });
  });

  it('named as one of ours changes that one, lists as a whole', () => {
    const notify = { high: ['oncall@example.com'] };
    write({ 'prod.json': JSON.stringify({ alarms: { notify } }) });
    expect(configOf('prod', folder).alarms).toEqual({
      ...configOf('prod').alarms,
      notify: { ...notify, medium: [], low: [] },
    });
  });

  it('is held to the same rules', () => {
    write({ 'acme.json': '{"extends": "prod", "database": {"maxAcus": 64}}' });
    expect(() => configOf('acme', folder)).toThrow(/configuration of acme .*"maxAcus"/);
  });

  it.each<readonly [string, string, string, RegExp]>([
    [
      'of a name that is no name',
      'Acme Inc',
      '{"extends": "prod"}',
      /^environments\/Acme Inc\.json needs another name/,
    ],
    ['of the name of the local one', 'local', '{"extends": "prod"}', /local\.json needs another name/],
    [
      'that extends nothing',
      'acme',
      '{}',
      /^environments\/acme\.json lacks "extends": set it to one of dev, staging, prod\.$/,
    ],
    [
      'that extends what is not there',
      'acme',
      '{"extends": "production"}',
      /acme\.json extends "production": set "extends" to one of dev/,
    ],
    ['whose "extends" is no name', 'acme', '{"extends": 5}', /acme\.json extends 5: set "extends"/],
    ['that is no JSON', 'acme', 'owner: Acme', /acme\.json is not a JSON object/],
    ['that is a list', 'acme', '[]', /acme\.json is not a JSON object/],
  ])('%s is refused with a sentence, and stops no other', (_, name, text, sentence) => {
    write({ [`${name}.json`]: text });
    const all = () => deployableNames(folder).map((each) => configOf(each, folder));
    expect(all).toThrow(ConfigError);
    expect(all).toThrow(sentence);
    expect(configOf('dev', folder)).toEqual(configOf('dev'));
  });

  it('that cannot be read is refused with a sentence', () => {
    write({});
    mkdirSync(join(folder, 'acme.json'));
    expect(() => configOf('acme', folder)).toThrow(/^environments\/acme\.json cannot be read \(EISDIR/);
  });
});

it('an environment as it comes with the product is the same in a clone that changes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-environments-'));
  writeFileSync(join(folder, 'prod.json'), '{"owner": "Acme"}');
  vi.stubEnv('ONEVAULT_ENVIRONMENTS', folder);
  try {
    expect([configOf('prod').owner, builtInConfigOf('prod').owner]).toEqual(['Acme', 'platform']);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  }
});

it('a folder of environments that is not there is refused', () => {
  vi.stubEnv('ONEVAULT_ENVIRONMENTS', '/nonexistent');
  expect(() => configOf('prod')).toThrow('ONEVAULT_ENVIRONMENTS is "/nonexistent", which is no folder.');
  vi.unstubAllEnvs();
});

it('lists the environments when asked for one that does not exist', () => {
  expect(() => configOf('production')).toThrow('choose one of dev, staging, prod');
});
