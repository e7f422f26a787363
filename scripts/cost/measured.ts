/**
 * What was measured, with the command that measured it, and what is assumed because only an account could tell. Milliseconds and
 * microseconds are of one x86 core at full clock, of a machine that was shared; the functions run on arm64, which is taken for
 * as fast.
 */

/** What grows with the events of an invocation, and what an invocation costs with none. */
export interface Growth {
  readonly fixed: number;
  readonly perEvent: number;
}

export const at = ({ fixed, perEvent }: Growth, events: number): number => fixed + perEvent * events;

/** What one invocation of a stage costs. */
export interface StageFigures {
  /** Milliseconds of processor time in the function. */
  readonly cpu: Growth;
  /** Milliseconds of processor time in Postgres. */
  readonly postgres: Growth;
  /** Bytes of write-ahead log, without page images, which Aurora's storage does not need. */
  readonly wal: Growth;
  readonly queries: number;
  readonly queueCalls: number;
  /** Bytes written to the log, and lines, for each of which CloudWatch counts some bytes more. */
  readonly log: Growth;
  readonly lines: number;
}

/** `npm run bench -- invocations`, on 2026-11-21. */
export const stages = {
  ingest: {
    cpu: { fixed: 1.7, perEvent: 0.105 },
    postgres: { fixed: 0.6, perEvent: 0.06 },
    wal: { fixed: 1_440, perEvent: 340 },
    queries: 1.1,
    queueCalls: 1,
    log: { fixed: 390, perEvent: 0.5 },
    lines: 1,
  },
  staging: {
    cpu: { fixed: 4, perEvent: 0.09 },
    postgres: { fixed: 2.6, perEvent: 0.07 },
    wal: { fixed: 240, perEvent: 20 },
    queries: 8,
    queueCalls: 1,
    log: { fixed: 710, perEvent: 11 },
    lines: 2,
  },
  business: {
    cpu: { fixed: 3.5, perEvent: 0.01 },
    postgres: { fixed: 5.2, perEvent: 0.062 },
    wal: { fixed: 1_500, perEvent: 1_060 },
    queries: 32,
    queueCalls: 0,
    log: { fixed: 710, perEvent: 11 },
    lines: 2,
  },
} as const satisfies Record<string, StageFigures>;

/** Bytes that CloudWatch counts of what an invocation logs. */
export const loggedBytes = ({ log, lines }: StageFigures, events: number): number =>
  at(log, events) + lines * assumed.logLineOverhead;

/** `npm run bench -- pipeline`, on 2026-11-21: raw layer, registry, vault and their indexes. */
export const bytesOnDiskPerEvent = 996;
/** The same bench: a generated event, as JSON. */
export const bytesPerEvent = 776;

/** What only an account can tell. Each is meant to be rather too dear than too cheap. */
export const assumed = {
  /** Milliseconds from a function to the cluster and back, in one region. */
  databaseRoundTrip: 1,
  /** Milliseconds of one call of SQS through the endpoint. */
  queueCall: 8,
  /** vCPUs that come with one ACU: two with the 16 GiB of an r-class large, and an ACU is 2 GiB. */
  vcpuPerAcu: 0.25,
  /** Share of a cluster's processor at which Aurora settles rather than growing. */
  databaseUtilisation: 0.7,
  /** What a cluster holds after it was woken, in ACU. */
  wakingAcu: 1,
  /** Minutes of a wake-up before its pause begins to count: 15 s to wake, and 30 s until the cluster ends the idle session. */
  wakingMinutes: 0.75,
  /** Pollers that Lambda keeps at a queue as long as there is no backlog; each waits 20 s for a message. */
  pollers: 5,
  pollSeconds: 20,
  /** Messages that a receive finds on a queue without backlog. */
  messagesPerReceive: 1,
  /**
   * Processes of a function, by the root of how many are busy on average: what a simulation of Poisson arrivals keeps alive for 7
   * minutes when requests are spread over all of them. Lambda does not say how it spreads them; this is the dearest way.
   */
  processes: { fixed: 2, perRoot: 8.6 },
  /** Milliseconds in which Postgres looks through the pending requests of half a minute. */
  searchMilliseconds: 1,
  /** Messages that Lambda deletes a call. */
  messagesPerDelete: 10,
  /** Milliseconds that a job of the schedule runs, and bytes it logs. */
  jobMilliseconds: 400,
  jobLogBytes: 1_500,
  /** Bytes of an answer with its headers, which has a verdict for each event, and of a signed call to SQS. */
  answerBytes: { fixed: 500, perEvent: 83 },
  queueCallBytes: 2_000,
  /** Bytes that CloudWatch charges with each line. */
  logLineOverhead: 26,
  /** What is left of a log when CloudWatch keeps it. */
  logCompression: 0.15,
  /** Values that a metric's breakdown takes: reasons of quarantine, jobs, codes of refusals. */
  breakdownValues: { reason: 6, job: 4, code: 6 },
  /** GB of a database that holds nothing yet. */
  emptyDatabaseGb: 1,
} as const;
