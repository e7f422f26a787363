import { type ConsumerName, type EnvironmentConfig, overdueSeconds } from '../../lib/config.ts';
import { ringsOf, rungTogether } from './gathering.ts';
import { assumed, at, type StageFigures, stages } from './measured.ts';

/** What comes in. */
export interface Load {
  readonly eventsPerSecond: number;
  /** Events in a request. */
  readonly batch: number;
  readonly tenants: number;
}

/** What a stage is asked to do each second. */
export interface StageFlow {
  readonly figures: StageFigures;
  readonly invocations: number;
  readonly eventsPerInvocation: number;
  /** Messages that its queue takes a second; 0 for the one without. */
  readonly messages: number;
  /** Calls of SQS that it makes a second to ring for the next stage; 0 for the last. */
  readonly sends: number;
  /** Seconds that an invocation is billed for. */
  readonly seconds: number;
}

export interface Flow {
  readonly requests: number;
  /** How often a second ingest rings. */
  readonly rings: number;
  readonly ingest: StageFlow;
  readonly staging: StageFlow;
  readonly business: StageFlow;
}

/** Lambda gives a function this much memory with a whole processor. */
const MEGABYTES_PER_CPU = 1_769;
const MILLISECONDS = 1_000;

/** Milliseconds of an invocation without its calls of SQS: its own work at its share of a processor, Postgres's, and the ways there. */
function workMilliseconds(figures: StageFigures, events: number, memoryMb: number): number {
  const share = Math.min(1, memoryMb / MEGABYTES_PER_CPU);
  return (
    at(figures.cpu, events) / share +
    at(figures.postgres, events) +
    figures.queries * assumed.databaseRoundTrip
  );
}

/**
 * Invocations a second of a consumer. Without a window a poller hands over what a receive found, which on a queue without backlog is
 * one message; with one, each poller gathers for the window or until the batch is full.
 */
function invocationsOf(
  messages: number,
  { batchSize, batchingWindowSeconds }: EnvironmentConfig['functions'][ConsumerName],
): number {
  if (batchingWindowSeconds === 0) return messages / assumed.messagesPerReceive;
  return Math.max(messages / batchSize, Math.min(messages, assumed.pollers / batchingWindowSeconds));
}

/** A stage that also looks for what was left behind. */
const searching = (figures: StageFigures): StageFigures => ({
  ...figures,
  postgres: { ...figures.postgres, fixed: figures.postgres.fixed + assumed.searchMilliseconds },
  queries: figures.queries + 1,
});

/** How often each stage runs, and how full, under a steady load. */
export function flowOf(config: EnvironmentConfig, { eventsPerSecond, batch, tenants }: Load): Flow {
  const { functions, processing } = config;
  const requests = eventsPerSecond / batch;
  const stage = (
    figures: StageFigures,
    memoryMb: number,
    { invocations, messages, sends }: Pick<StageFlow, 'invocations' | 'messages' | 'sends'>,
  ): StageFlow => {
    const eventsPerInvocation = invocations === 0 ? 0 : eventsPerSecond / invocations;
    const calls = invocations === 0 ? 0 : sends / invocations;
    // Lambda bills whole milliseconds.
    const work = Math.ceil(workMilliseconds(figures, eventsPerInvocation, memoryMb));
    const seconds = (work + calls * assumed.queueCall) / MILLISECONDS;
    return { figures, invocations, eventsPerInvocation, messages, sends, seconds };
  };
  const load = { requests, eventsPerSecond, tenants };
  const secondsOfRequest = workMilliseconds(stages.ingest, batch, functions.ingest.memoryMb) / MILLISECONDS;
  const rings = ringsOf(load, processing.gatherSeconds, secondsOfRequest);
  const rung = rungTogether({ ...load, rings });
  const staged = invocationsOf(rung.messages, functions.staging);
  // A staging transaction rings for all that it staged, in a message for each tenant and at least one for a thousand events.
  const passedOn = rungTogether({ ...load, rings: staged });
  const figures = overdueSeconds(config) === 0 ? stages.staging : searching(stages.staging);
  return {
    requests,
    rings,
    ingest: stage(stages.ingest, functions.ingest.memoryMb, {
      invocations: requests,
      messages: 0,
      sends: rung.calls,
    }),
    staging: stage(figures, functions.staging.memoryMb, {
      invocations: staged,
      messages: rung.messages,
      sends: passedOn.calls,
    }),
    business: stage(stages.business, functions.business.memoryMb, {
      invocations: invocationsOf(passedOn.messages, functions.business),
      messages: passedOn.messages,
      sends: 0,
    }),
  };
}
