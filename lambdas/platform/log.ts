import type { Environment } from './environment.ts';
import { currentInvocation } from './invocation.ts';
import { type MeasuredWork, type Measurements, metricLines } from './metrics.ts';
import { currentTraceId, readXRayHeader } from './trace.ts';

const severities = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3 } as const;
type Level = keyof typeof severities;

/** Facts of a log line. Counts, ids and codes only: never a payload, an address, a token or a database message. */
export type LogFacts = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

/** Where a function says what it does: lines for people, and lines that CloudWatch makes metrics of. */
export interface Logger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
  /** Counts what is done, and never what may still be rolled back. Written whatever the level of the log. */
  measure(measurements: Measurements, work?: MeasuredWork): void;
}

/** Writes JSON lines with the keys of the AWS Powertools, so that queries and dashboards made for those fit. */
export function createLogger(
  service: string,
  { LOG_LEVEL, ENVIRONMENT_NAME }: Pick<Environment, 'LOG_LEVEL' | 'ENVIRONMENT_NAME'>,
): Logger {
  const threshold = severities[LOG_LEVEL];
  const source = { service, environment: ENVIRONMENT_NAME };
  const write =
    (level: Level) =>
    (message: string, facts: LogFacts = {}) => {
      if (severities[level] < threshold) return;
      const timestamp = new Date().toISOString();
      writeLines([{ level, message, service, timestamp, ...circumstances(), ...facts }]);
    };
  return {
    debug: write('DEBUG'),
    info: write('INFO'),
    warn: write('WARN'),
    error: write('ERROR'),
    measure: (measurements, work) => writeLines(metricLines(source, measurements, work)),
  };
}

const writeLines = (lines: readonly object[]): void => {
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
};

/** What a line says of the work under way. */
function circumstances() {
  const invocation = currentInvocation();
  return {
    ...(invocation !== undefined && {
      cold_start: invocation.isFirst,
      function_name: invocation.functionName,
      function_memory_size: invocation.memoryLimitInMB,
      function_request_id: invocation.awsRequestId,
    }),
    correlation_id: currentTraceId(),
    xray_trace_id: readXRayHeader(invocation?.xrayHeader)?.root,
  };
}

/** The kind of an error without its words, which may hold data; of several their kinds. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(errorKind))].join(' ');
  const code = 'code' in error && typeof error.code === 'string' ? `:${error.code}` : '';
  return `${error.name}${code}`;
}
