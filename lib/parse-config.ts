import { type EnvironmentConfig, settings } from './config.ts';
import { impossibilities } from './impossibilities.ts';

/** The configuration cannot be deployed; the message names every fault and what to change. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Checks one environment: its shape first, then the sums that AWS would refuse or that would fail under load.
 * @throws ConfigError with a sentence for each fault.
 */
export function parseConfig(environment: string, source: unknown): EnvironmentConfig {
  const parsed = settings.safeParse(source);
  const faults = parsed.success
    ? [...impossibilities(parsed.data)]
    : parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new ConfigError(`The configuration of ${environment} cannot be deployed. ${faults.join('. ')}.`);
}
