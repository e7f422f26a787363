import type { ConsumerName, EnvironmentConfig } from '../../lib/config.ts';
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
  /** Seconds that an invocation is billed for. */
  readonly seconds: number;
}

export interface Flow {
  readonly requests: number;
  readonly ingest: StageFlow;
  readonly staging: StageFlow;
  readonly business: StageFlow;
}

/** Lambda gives a function this much memory with a whole processor. */
const MEGABYTES_PER_CPU = 1_769;

/** Seconds of an invocation: its own work at its share of a processor, Postgres's work, and the ways there and back. */
export function billedSeconds(figures: StageFigures, events: number, memoryMb: number): number {
  const share = Math.min(1, memoryMb / MEGABYTES_PER_CPU);
  const milliseconds =
    at(figures.cpu, events) / share +
    at(figures.postgres, events) +
    figures.queries * assumed.databaseRoundTrip +
    figures.queueCalls * assumed.queueCall;
  // Lambda bills whole milliseconds.
  return Math.ceil(milliseconds) / 1_000;
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

/** How often each stage runs, and how full, under a steady load. */
export function flowOf({ functions }: EnvironmentConfig, { eventsPerSecond, batch, tenants }: Load): Flow {
  const requests = eventsPerSecond / batch;
  const stage = (
    figures: StageFigures,
    memoryMb: number,
    messages: number,
    invocations: number,
  ): StageFlow => {
    const eventsPerInvocation = invocations === 0 ? 0 : eventsPerSecond / invocations;
    const seconds = billedSeconds(figures, eventsPerInvocation, memoryMb);
    return { figures, invocations, eventsPerInvocation, messages, seconds };
  };
  const staged = invocationsOf(requests, functions.staging);
  // A staging transaction rings once for each tenant in it.
  const rung = requests === 0 ? 0 : staged * Math.min(tenants, requests / staged);
  return {
    requests,
    ingest: stage(stages.ingest, functions.ingest.memoryMb, 0, requests),
    staging: stage(stages.staging, functions.staging.memoryMb, requests, staged),
    business: stage(
      stages.business,
      functions.business.memoryMb,
      rung,
      invocationsOf(rung, functions.business),
    ),
  };
}

/** The longest that an event waits for windows to close, before anything is worked on. */
export const windowSeconds = ({ functions }: EnvironmentConfig): number =>
  functions.staging.batchingWindowSeconds + functions.business.batchingWindowSeconds;
