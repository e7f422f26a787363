import type { EnvironmentConfig } from '../../lib/config.ts';
import type { Flow, Load } from './flow.ts';
import type { Inventory } from './inventory.ts';
import { digits, GB, HOURS_A_MONTH, type Quantity, SECONDS_A_MONTH } from './line.ts';
import { assumed, at, bytesPerEvent } from './measured.ts';
import { jobsPerMonth } from './schedule.ts';

/** API Gateway counts a request anew for each of these. */
const METERED_REQUEST_BYTES = 512 * 1_024;
const MEGABYTES_A_GB = 1_024;

/** What it costs to take requests and to run functions. */
export function* requestLines(config: EnvironmentConfig, flow: Flow, { batch }: Load): Generator<Quantity> {
  const requests = flow.requests * SECONDS_A_MONTH;
  const metered = Math.ceil((batch * bytesPerEvent) / METERED_REQUEST_BYTES);
  yield {
    what: 'HTTP API requests',
    price: 'httpApiRequest',
    quantity: requests * metered,
    how: `${digits(flow.requests)} requests/s × ${digits(SECONDS_A_MONTH)} s × ${metered} of 512 KB`,
  };
  yield {
    what: 'Data out',
    price: 'transferGb',
    quantity: (requests * at(assumed.answerBytes, batch)) / GB,
    how: `${digits(requests)} answers × ${digits(at(assumed.answerBytes, batch))} bytes`,
  };
  for (const name of ['ingest', 'staging', 'business'] as const) {
    const { invocations, seconds, eventsPerInvocation } = flow[name];
    const { memoryMb } = config.functions[name];
    yield* functionLines(
      name,
      invocations * SECONDS_A_MONTH,
      seconds,
      memoryMb,
      `of ${digits(eventsPerInvocation)} events`,
    );
  }
  const jobs = jobsPerMonth(config);
  yield* functionLines(
    'maintenance',
    jobs,
    assumed.jobMilliseconds / 1_000,
    config.functions.maintenance.memoryMb,
    'by the clock',
  );
  yield { what: 'Scheduler', price: 'schedule', quantity: jobs, how: `${digits(jobs)} jobs by the clock` };
}

function* functionLines(
  name: string,
  invocations: number,
  seconds: number,
  memoryMb: number,
  kind: string,
): Generator<Quantity> {
  const gigabytes = memoryMb / MEGABYTES_A_GB;
  yield {
    what: `Lambda ${name}, requests`,
    price: 'lambdaRequest',
    quantity: invocations,
    how: `${digits(invocations)} invocations ${kind}`,
  };
  yield {
    what: `Lambda ${name}, time`,
    price: 'lambdaGbSecondArm',
    quantity: invocations * seconds * gigabytes,
    how: `${digits(invocations)} × ${digits(seconds * 1_000)} ms × ${digits(gigabytes)} GB`,
  };
}

/** What it costs to pass work on: calls of SQS, and the endpoint that they go through. */
export function* queueLines(
  config: EnvironmentConfig,
  flow: Flow,
  { consumers }: Inventory,
): Generator<Quantity> {
  const polls = (consumers * assumed.pollers * SECONDS_A_MONTH) / assumed.pollSeconds;
  const stages = [flow.staging, flow.business];
  const messages = stages.reduce((sum, stage) => sum + stage.messages, 0) * SECONDS_A_MONTH;
  const sends = (flow.ingest.sends + flow.staging.sends) * SECONDS_A_MONTH;
  const receives = messages / assumed.messagesPerReceive;
  const deletes =
    stages.reduce(
      (sum, { invocations, messages: each }) => sum + Math.max(invocations, each / assumed.messagesPerDelete),
      0,
    ) * SECONDS_A_MONTH;
  // A receive that finds a message is a poll that did not wait in vain.
  const empty = Math.max(0, polls - receives);
  yield {
    what: 'SQS, sent, received, deleted',
    price: 'sqsRequest',
    quantity: sends + receives + deletes,
    how: `${digits(sends)} sends + ${digits(receives)} receives + ${digits(deletes)} deletes`,
  };
  yield {
    what: 'SQS, fair queues',
    price: 'sqsFairRequest',
    quantity: sends + receives + deletes,
    how: 'the same requests, because each message names its tenant',
  };
  yield {
    what: 'SQS, polls in vain',
    price: 'sqsRequest',
    quantity: empty,
    how: `${consumers} queues × ${assumed.pollers} pollers × ${digits(SECONDS_A_MONTH)} s ÷ ${assumed.pollSeconds} s, less those that found something`,
  };
  const { endpointZones } = config.network;
  yield {
    what: 'VPC endpoint',
    price: 'endpointHour',
    quantity: endpointZones * HOURS_A_MONTH,
    how: `${endpointZones} ${endpointZones === 1 ? 'zone' : 'zones'} × ${HOURS_A_MONTH} h`,
  };
  yield {
    what: 'VPC endpoint, data',
    price: 'endpointGb',
    quantity: (sends * assumed.queueCallBytes) / GB,
    how: `${digits(sends)} sends × ${digits(assumed.queueCallBytes)} bytes`,
  };
}
