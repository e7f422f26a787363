/**
 * The metrics that functions write as lines of CloudWatch's embedded metric format, named once for the code that counts and for
 * the dashboards and alarms that read.
 */
export const metricNamespace = 'OneVault/SiteTracking';

/** On every metric, so that environments of one account stay apart. */
export const environmentDimension = 'environment';

type Unit = 'Count' | 'Bytes' | 'Milliseconds' | 'Seconds';

interface MetricDefinition {
  readonly unit: Unit;
  /** A second set of dimensions beside the environment alone, where the breakdown has few values. */
  readonly by?: 'reason' | 'job' | 'code';
}

export const metrics = {
  /** Events in requests that were read, whatever became of them. */
  EventsReceived: { unit: 'Count' },
  /** Events stored durably and answered with 2xx. */
  EventsAccepted: { unit: 'Count' },
  /** Events that were stored before. */
  EventsDuplicate: { unit: 'Count' },
  /** Events refused at the door, alone or with their request. */
  EventsRejected: { unit: 'Count' },
  /** Events that a visitor's privacy signal forbade to store. */
  EventsOptedOut: { unit: 'Count' },
  /** Events that were stored without something personal that they held. */
  EventsRedacted: { unit: 'Count' },
  /** Bytes of request bodies after decompression. */
  BytesReceived: { unit: 'Bytes' },
  /** Requests answered with 4xx. */
  RequestsRefused: { unit: 'Count', by: 'code' },
  /** Requests answered with 5xx by a function. */
  RequestsFailed: { unit: 'Count', by: 'code' },
  /** Events validated and enriched. */
  EventsStaged: { unit: 'Count' },
  /** From the arrival of an event to its staging. */
  StagingLag: { unit: 'Milliseconds' },
  /** Events loaded into the vault. */
  EventsVaulted: { unit: 'Count' },
  /** From the arrival of an event to the vault. */
  VaultLag: { unit: 'Milliseconds' },
  /** Events set aside with a reason. */
  EventsQuarantined: { unit: 'Count', by: 'reason' },
  /** Rings that a queue did not take. The sweeper makes up for them. */
  DoorbellFailures: { unit: 'Count' },
  /** Requests that the sweeper rang for again. */
  RequestsRungAgain: { unit: 'Count' },
  /** Events that wait for a stage, as each sweep finds them. */
  EventsPending: { unit: 'Count' },
  /** How long the oldest request waits that is not in the vault yet, as each sweep finds it. */
  OldestPendingAge: { unit: 'Seconds' },
  /** How long a job of the schedule took. */
  JobDuration: { unit: 'Milliseconds', by: 'job' },
  JobFailures: { unit: 'Count', by: 'job' },
  /** Events that arrived and of which nobody can tell what became of them, on days whose ledger is not settled. */
  LedgerGap: { unit: 'Count' },
  /** Days of sites whose published metrics changed. */
  DaysRestated: { unit: 'Count' },
  /** Rows that retention deleted one by one. */
  RowsExpired: { unit: 'Count' },
  /** How long the oldest export or erasure of a visitor waits that has not ended, as each run finds it. */
  OldestPrivacyJobAge: { unit: 'Seconds' },
  /** Exports and erasures that failed for good. */
  PrivacyJobsFailed: { unit: 'Count' },
  MigrationsApplied: { unit: 'Count' },
  MigrationFailures: { unit: 'Count' },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;
