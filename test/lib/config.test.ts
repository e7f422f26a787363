import { describe, expect, it } from 'vitest';
import { ConfigError, type EnvironmentConfig, parseConfig } from '../../lib/config.ts';
import { configOf, environmentNamed } from '../../lib/environments.ts';

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

describe('a configuration that cannot work', () => {
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
      devWithFunction('ingest', { concurrency: 126 }),
      /need 161 database connections, but 80 % of database\.maxConnections is 160/,
    ],
    [
      'more executions than the account allows',
      devWith({ accountConcurrency: 100 }),
      /reserve 112 executions .* accountConcurrency is 100/,
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
  expect(() => parseConfig('dev', devWithFunction('ingest', { concurrency: 125 }))).not.toThrow();
  expect(() => parseConfig('dev', devWith({ accountConcurrency: 212 }))).not.toThrow();
  expect(() =>
    parseConfig('dev', devWithFunction('staging', { batchSize: 11, batchingWindowSeconds: 1 })),
  ).not.toThrow();
});

it('lists the environments when asked for one that does not exist', () => {
  expect(() => environmentNamed('production')).toThrow('choose one of dev, staging, prod');
});
