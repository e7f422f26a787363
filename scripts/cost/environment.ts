import { resolve } from 'node:path';
import type { EnvironmentConfig } from '../../lib/config.ts';
import { configOf, environmentNames } from '../../lib/environments.ts';
import { readOwnEnvironments } from '../../lib/own-environments.ts';
import { ConfigError, parseConfig } from '../../lib/parse-config.ts';

/**
 * The configuration of an environment, which may be one of a folder that deployments do not read: to see what it would cost.
 * @throws ConfigError when there is no such environment, or its values do not fit together.
 */
export function configFrom(environment: string, folder?: string): EnvironmentConfig {
  if (folder === undefined) return configOf(environment);
  const builtIn = new Map(environmentNames.map((name): [string, unknown] => [name, configOf(name)]));
  const source = readOwnEnvironments(builtIn, [], resolve(folder)).get(environment);
  if (source === undefined) throw new ConfigError(`There is no environment "${environment}" in ${folder}.`);
  return parseConfig(environment, source);
}
