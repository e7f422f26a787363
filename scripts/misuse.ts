import { ConfigError } from '../lib/parse-config.ts';

/** Runs a command: flags that it does not know are answered with its usage, a configuration that cannot work with what to change. */
export function runWithUsage(usage: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const misused =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!misused && !(error instanceof ConfigError)) throw error;
    console.error(misused ? `${error.message}\n${usage}` : error.message);
    process.exitCode = 1;
  }
}
