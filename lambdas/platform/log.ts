import type { Environment } from './environment.ts';

const severities = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3 } as const;
type Level = keyof typeof severities;

/** Facts of a log line. Counts, ids and codes only: never a payload, an address, a token or a database message. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

/** Writes JSON lines with the keys of the AWS Powertools, so that queries and dashboards made for those fit. */
export function createLogger(service: string, environment: Pick<Environment, 'LOG_LEVEL'>): Logger {
  const threshold = severities[environment.LOG_LEVEL];
  const write =
    (level: Level) =>
    (message: string, facts: LogFacts = {}) => {
      if (severities[level] < threshold) return;
      process.stdout.write(
        `${JSON.stringify({ level, service, timestamp: new Date().toISOString(), message, ...facts })}\n`,
      );
    };
  return { debug: write('DEBUG'), info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
}

/** The kind of an error without its words, which may hold data. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && typeof error.code === 'string' ? `:${error.code}` : '';
  return `${error.name}${code}`;
}
