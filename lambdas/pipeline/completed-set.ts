import type { Logger } from '../platform/log.ts';
import type { QuarantinedEvent } from './quarantine.ts';

/** What one transaction took through a stage. It is told of after the commit alone, so that no event counts twice. */
export interface CompletedSet {
  readonly requests: readonly CompletedRequest[];
  /** Events of these requests, the refused ones included. */
  readonly events: number;
  readonly refused: number;
  /** Those of the refused that were not in quarantine before. */
  readonly quarantined: readonly QuarantinedEvent[];
}

interface CompletedRequest {
  readonly tenantId: string;
  readonly received: Date;
  readonly traceId: string | null;
  /** Events that passed the stage. */
  readonly passed: number;
}

/** The log line and the metrics of a stage. */
const stages = {
  staged: { count: 'EventsStaged', lag: 'StagingLag' },
  loaded: { count: 'EventsVaulted', lag: 'VaultLag' },
} as const;

/** Lambda cuts a line at 256 KB; a trace id takes 35 bytes. */
const TRACES_PER_LINE = 5_000;

/** Logs and counts a set that is committed: for each tenant how many events, and how long each took since it arrived. */
export function tellOf(set: CompletedSet, stage: keyof typeof stages, logger: Logger): void {
  const { requests, events, refused, quarantined } = set;
  const traces = [...new Set(requests.flatMap(({ traceId }) => traceId ?? []))];
  logger.info(stage, {
    requests: requests.length,
    events,
    quarantined: refused,
    trace_ids: traces.slice(0, TRACES_PER_LINE),
  });
  for (let at = TRACES_PER_LINE; at < traces.length; at += TRACES_PER_LINE) {
    logger.info(`${stage}, further traces`, { trace_ids: traces.slice(at, at + TRACES_PER_LINE) });
  }
  const { count, lag } = stages[stage];
  const now = Date.now();
  for (const [tenantId, own] of Map.groupBy(requests, (request) => request.tenantId)) {
    const lags = own.flatMap(({ passed, received }) =>
      // The clocks of the database and of this process are not the same.
      Array.from({ length: passed }, () => Math.max(0, now - received.getTime())),
    );
    if (lags.length > 0) logger.measure({ [count]: lags.length, [lag]: lags }, { tenantId });
  }
  for (const [tenantId, own] of Map.groupBy(quarantined, (event) => event.tenantId)) {
    for (const [reason, each] of Map.groupBy(own, ({ code }) => code))
      logger.measure({ EventsQuarantined: each.length }, { tenantId, reason });
  }
}
