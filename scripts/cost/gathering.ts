import { assumed } from './measured.ts';

/** As `lambdas/platform/doorbell.ts` cuts what it rings for. */
const REQUESTS_PER_MESSAGE = 100;
const EVENTS_PER_MESSAGE = 1_000;
const MESSAGES_PER_CALL = 10;

/** Calls of SQS and messages in them, a second. */
export interface Rung {
  readonly calls: number;
  readonly messages: number;
}

interface Ringing {
  readonly requests: number;
  readonly eventsPerSecond: number;
  readonly tenants: number;
  /** How often a second somebody rings. */
  readonly rings: number;
}

/** What leaves when the requests of a second are rung for in so many rings, each with a message or more for each of its tenants. */
export function rungTogether({ requests, eventsPerSecond, tenants, rings }: Ringing): Rung {
  if (rings === 0) return { calls: 0, messages: 0 };
  const requestsPerRing = requests / rings;
  const tenantsPerRing = Math.min(tenants, Math.max(1, requestsPerRing));
  const messagesPerTenant = Math.ceil(
    Math.max(
      requestsPerRing / tenantsPerRing / REQUESTS_PER_MESSAGE,
      eventsPerSecond / rings / tenantsPerRing / EVENTS_PER_MESSAGE,
    ),
  );
  const messagesPerRing = tenantsPerRing * messagesPerTenant;
  return { calls: rings * Math.ceil(messagesPerRing / MESSAGES_PER_CALL), messages: rings * messagesPerRing };
}

/** Processes among which Lambda spreads requests that keep so many of them busy on average. */
export const processesFor = (busy: number): number =>
  assumed.processes.fixed + assumed.processes.perRoot * Math.sqrt(busy);

/** How often a second ingest rings: for each request; where rings are gathered once a process and time, or when a call is full. */
export function ringsOf(
  { requests, eventsPerSecond }: Pick<Ringing, 'requests' | 'eventsPerSecond'>,
  gatherSeconds: number,
  secondsOfRequest: number,
): number {
  if (gatherSeconds === 0) return requests;
  const byTime = processesFor(requests * secondsOfRequest) / gatherSeconds;
  const full =
    Math.max(requests / REQUESTS_PER_MESSAGE, eventsPerSecond / EVENTS_PER_MESSAGE) / MESSAGES_PER_CALL;
  return Math.min(requests, Math.max(byTime, full));
}
