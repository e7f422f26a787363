import type { EnvironmentConfig } from '../../lib/config.ts';
import type { Flow, Load, StageFlow } from './flow.ts';
import { DAYS_A_MONTH, digits, GB, HOURS_A_MONTH, type Quantity, SECONDS_A_MONTH } from './line.ts';
import { assumed, at, bytesOnDiskPerEvent } from './measured.ts';
import { wakeUpsPerMonth } from './schedule.ts';

/** Aurora counts a write for each of these, and at least one for each commit. */
const IO_BYTES = 4_096;
/** The smallest that a cluster is while it is awake. */
const SMALLEST_ACU = 0.5;
const MINUTES_AN_HOUR = 60;
/** What arrives steadily over a month has been there for half of it. */
const SHARE_OF_FIRST_MONTH = 0.5;

const stagesOf = (flow: Flow): readonly StageFlow[] => [flow.ingest, flow.staging, flow.business];

/** Processors of Postgres that a load keeps busy. */
export const busyProcessors = (flow: Flow): number =>
  stagesOf(flow).reduce(
    (sum, { invocations, figures, eventsPerInvocation }) =>
      sum + (invocations * at(figures.postgres, eventsPerInvocation)) / 1_000,
    0,
  );

/** ACU that the writer needs for a load, whatever the configuration allows. */
export const neededAcu = (flow: Flow): number =>
  busyProcessors(flow) / assumed.databaseUtilisation / assumed.vcpuPerAcu;

/** Capacity, and the two ways to pay for storage and its input and output. */
export function* databaseLines(config: EnvironmentConfig, flow: Flow, load: Load): Generator<Quantity> {
  const { ioOptimized } = config.database;
  yield capacity(config, flow);
  const events = load.eventsPerSecond * SECONDS_A_MONTH;
  const stored = (events * bytesOnDiskPerEvent * SHARE_OF_FIRST_MONTH) / GB + assumed.emptyDatabaseGb;
  yield {
    what: 'Aurora storage, month of arrival',
    price: ioOptimized ? 'auroraOptimizedStorage' : 'auroraStorage',
    quantity: stored,
    how: `${digits(events)} events × ${bytesOnDiskPerEvent} bytes × ${SHARE_OF_FIRST_MONTH} month + ${assumed.emptyDatabaseGb} GB`,
  };
  const writes = stagesOf(flow).reduce(
    (sum, { invocations, figures, eventsPerInvocation }) =>
      sum + invocations * Math.max(1, at(figures.wal, eventsPerInvocation) / IO_BYTES),
    0,
  );
  if (!ioOptimized) {
    yield {
      what: 'Aurora writes',
      price: 'auroraIo',
      quantity: writes * SECONDS_A_MONTH,
      how: `${digits(writes)} of 4 KB/s × ${digits(SECONDS_A_MONTH)} s`,
    };
  }
  const logPerDay =
    (stagesOf(flow).reduce(
      (sum, { invocations, figures, eventsPerInvocation }) =>
        sum + invocations * at(figures.wal, eventsPerInvocation),
      0,
    ) *
      SECONDS_A_MONTH) /
    DAYS_A_MONTH /
    GB;
  const { backupDays } = config.database;
  yield {
    what: 'Aurora backup',
    price: 'auroraBackup',
    quantity: Math.max(0, logPerDay * backupDays - stored),
    how: `${digits(logPerDay)} GB of log a day × ${backupDays} days, less the ${digits(stored)} GB that come with the storage`,
  };
}

function capacity(config: EnvironmentConfig, flow: Flow): Quantity {
  const { minAcu, readers, readersFollow, pauseAfterMinutes, ioOptimized } = config.database;
  const price = ioOptimized ? 'auroraOptimizedAcuHour' : 'auroraAcuHour';
  if (minAcu === 0 && flow.requests === 0) {
    const wakeUps = wakeUpsPerMonth(config);
    const hours = (wakeUps * (assumed.wakingMinutes + pauseAfterMinutes)) / MINUTES_AN_HOUR;
    return {
      what: 'Aurora capacity, awake for jobs',
      price,
      quantity: hours * assumed.wakingAcu * (1 + readers),
      how: `${digits(wakeUps)} wake-ups × (${assumed.wakingMinutes} + ${pauseAfterMinutes}) min × ${assumed.wakingAcu} ACU × ${1 + readers} instances`,
    };
  }
  const needed = neededAcu(flow);
  const floor = Math.max(minAcu, SMALLEST_ACU);
  const writer = Math.max(floor, needed);
  // A reader that only stands by needs the least there is: replaying what the writer changed costs no SQL.
  const standby = Array.from({ length: readers }, (_, index) =>
    index === 0 && readersFollow ? writer : floor,
  );
  const instances = [writer, ...standby];
  const sum = instances.reduce((total, each) => total + each, 0);
  return {
    what: 'Aurora capacity',
    price,
    quantity: sum * HOURS_A_MONTH,
    how: `${instances.map(digits).join(' + ')} ACU × ${HOURS_A_MONTH} h; the load needs ${digits(needed)} (${digits(busyProcessors(flow))} processors ÷ ${assumed.databaseUtilisation} ÷ ${assumed.vcpuPerAcu}), the least is ${floor}`,
  };
}
