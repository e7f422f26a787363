import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../lib/config.ts';
import { configOf } from '../../lib/environments.ts';
import { readOwnEnvironments } from '../../lib/own-environments.ts';
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
      devWithFunction('ingest', { concurrency: 124 }),
      /need 161 database connections, but 80 % of database\.maxConnections is 160/,
    ],
    [
      'more executions than the account allows',
      devWith({ accountConcurrency: 100 }),
      /reserve 113 executions .* accountConcurrency is 100/,
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
  expect(() => parseConfig('dev', devWithFunction('ingest', { concurrency: 123 }))).not.toThrow();
  expect(() => parseConfig('dev', devWith({ accountConcurrency: 213 }))).not.toThrow();
  expect(() =>
    parseConfig('dev', devWithFunction('staging', { batchSize: 11, batchingWindowSeconds: 1 })),
  ).not.toThrow();
});

describe('an environment of one’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-environments-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const read = (files: Record<string, string>) => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const builtIn = new Map<string, unknown>([['prod', configOf('prod')]]);
    return readOwnEnvironments(builtIn, ['local'], folder);
  };

  it('says only what differs from the one that it extends', () => {
    const all = read({ 'acme.json': '{"extends": "prod", "owner": "Acme", "database": {"maxAcu": 64}}' });
    const acme = parseConfig('acme', all.get('acme'));
    expect(acme).toEqual({
      ...configOf('prod'),
      owner: 'Acme',
      database: { ...configOf('prod').database, maxAcu: 64 },
    });
  });

  it('named as one of ours changes that one, lists as a whole', () => {
    const notify = { high: ['oncall@example.com'] };
    const all = read({ 'prod.json': JSON.stringify({ alarms: { notify } }) });
    const { alarms } = parseConfig('prod', all.get('prod'));
    expect(alarms).toEqual({
      ...configOf('prod').alarms,
      notify: { ...notify, medium: [], low: [] },
    });
  });

  it('is held to the same rules', () => {
    const all = read({ 'acme.json': '{"extends": "prod", "database": {"maxAcus": 64}}' });
    expect(() => parseConfig('acme', all.get('acme'))).toThrow(/configuration of acme .*"maxAcus"/);
  });

  it.each([
    [
      'of a name that is no name',
      { 'Acme Inc.json': '{"extends": "prod"}' },
      /environments\/Acme Inc\.json needs another name/,
    ],
    [
      'of the name of the local one',
      { 'local.json': '{"extends": "prod"}' },
      /local\.json needs another name/,
    ],
    [
      'that extends nothing',
      { 'acme.json': '{}' },
      /acme\.json extends "acme": set "extends" to one of prod/,
    ],
    ['that is no JSON', { 'acme.json': 'owner: Acme' }, /acme\.json is not a JSON object/],
  ])('%s is refused with a sentence', (_, files, sentence) => {
    expect(() => read(files)).toThrow(ConfigError);
    expect(() => read(files)).toThrow(sentence);
  });
});

it('lists the environments when asked for one that does not exist', () => {
  expect(() => configOf('production')).toThrow('choose one of dev, staging, prod');
});
