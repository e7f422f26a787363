import { resolve } from 'node:path';
import type { EnvironmentConfig } from '../../lib/config.ts';
import { configOf } from '../../lib/environments.ts';

/**
 * The configuration of an environment, which may be one of a folder that deployments do not read: to see what it would cost.
 * @throws ConfigError when there is no such environment, or its values do not fit together.
 */
export function configFrom(environment: string, folder?: string): EnvironmentConfig {
  return folder === undefined ? configOf(environment) : configOf(environment, resolve(folder));
}
