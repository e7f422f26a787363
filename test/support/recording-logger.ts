import type { LogFacts, Logger } from '../../lambdas/platform/log.ts';
import type { MeasuredWork, Measurements } from '../../lambdas/platform/metrics.ts';

/** A logger that keeps what it is told. */
export function createRecordingLogger() {
  const lines: { readonly message: string; readonly facts: LogFacts }[] = [];
  const measured: (Measurements & MeasuredWork)[] = [];
  const keep = (message: string, facts: LogFacts = {}) => {
    lines.push({ message, facts });
  };
  const logger: Logger = {
    debug: keep,
    info: keep,
    warn: keep,
    error: keep,
    measure: (measurements, work = {}) => {
      const said = Object.entries({ ...measurements, ...work }).filter(([, value]) => value !== undefined);
      measured.push(Object.fromEntries(said));
    },
  };
  return { logger, lines, measured };
}
