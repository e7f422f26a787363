import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { type ProvisionedTenant, provisionTenant } from '../lambdas/tenancy/provision.ts';
import { type BenchEvent, createEventStream } from './event-stream.ts';

const answer = z.object({ accepted: z.number(), rejected: z.number(), duplicates: z.number() });

/** A batch that the API has taken. */
export interface TakenBatch {
  readonly tenantId: string;
  /** `performance.now()` of its 2xx. */
  readonly at: number;
  readonly last: BenchEvent;
}

/** What a sender knows at the end: the left side of the ledger. */
export interface Sent {
  events: number;
  /** By tenant: accepted less duplicates. */
  readonly fresh: Map<string, number>;
  /** Milliseconds from the first request to the last answer. */
  milliseconds: number;
}

interface Load {
  readonly url: string;
  readonly tenants: readonly ProvisionedTenant[];
  readonly seed: number;
  readonly events: number;
  readonly batchSize: number;
  readonly connections: number;
  /** Events a second to keep to; without it as fast as answers come. */
  readonly rate?: number;
  /** Told of every batch the API has taken. */
  readonly onBatch?: (batch: TakenBatch) => void;
}

/** Tenants to send for, each with a site and tokens of its own. */
export function provisionTenants(pool: pg.Pool, count: number): Promise<ProvisionedTenant[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      provisionTenant(pool, { tenantId: `bench-${index}`, siteId: 'main', name: `Bench ${index}` }),
    ),
  );
}

/** Sends generated events over HTTP, tenant by tenant in turn, and keeps count. @throws when an event is refused. */
export async function send({
  url,
  tenants,
  seed,
  events,
  batchSize,
  connections,
  rate,
  onBatch,
}: Load): Promise<Sent> {
  const streams = tenants.map((_, index) => createEventStream(seed + index, Date.now));
  const sent: Sent = { events: 0, fresh: new Map(), milliseconds: 0 };
  const begin = performance.now();
  let next = 0;

  const sendOne = async (turn: number): Promise<void> => {
    const tenant = tenants[turn % tenants.length];
    const stream = streams[turn % streams.length];
    if (tenant === undefined || stream === undefined) return;
    const batch = Array.from({ length: batchSize }, stream);
    const response = await fetch(`${url}/api/v1/track/batch`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tenant.tokens.secret}`,
        'x-customer-id': tenant.id,
        'content-type': 'application/json',
      },
      body: JSON.stringify(batch),
    });
    const body: unknown = await response.json();
    if (!response.ok)
      throw new Error(`The API answered ${response.status}: ${JSON.stringify(body).slice(0, 300)}`);
    const { accepted, rejected, duplicates } = answer.parse(body);
    if (rejected > 0) throw new Error(`The API refused ${rejected} of ${batchSize} generated events.`);
    sent.events += batchSize;
    sent.fresh.set(tenant.id, (sent.fresh.get(tenant.id) ?? 0) + accepted - duplicates);
    const last = batch.at(-1);
    if (last !== undefined) onBatch?.({ tenantId: tenant.id, at: performance.now(), last });
  };

  const worker = async (): Promise<void> => {
    while (next * batchSize < events) {
      const turn = next;
      next += 1;
      if (rate !== undefined) {
        const due = begin + ((turn * batchSize) / rate) * 1_000;
        await sleep(Math.max(0, due - performance.now()));
      }
      await sendOne(turn);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  sent.milliseconds = performance.now() - begin;
  return sent;
}
