import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { eventKey } from '../lambdas/vault/hash-key.ts';
import type { Sent, TakenBatch } from './load.ts';

const PAUSE_MILLISECONDS = 10;
const vaulted = z.array(z.object({ key: z.string() }));
const counted = z.array(z.object({ tenant_id: z.string(), events: z.coerce.number() }));

const keyOf = ({ tenantId, last }: TakenBatch): string =>
  eventKey(tenantId, last.event_id, new Date(last.timestamp)).toString('hex');

/**
 * Watches the vault while a load runs.
 * @returns a function that ends the watch and gives, for each batch seen, the milliseconds from its 2xx to its last event in the vault.
 */
export function watchArrivals(pool: pg.Pool, batches: readonly TakenBatch[]): () => Promise<number[]> {
  const waiting = new Map<string, number>();
  const delays: number[] = [];
  let seen = 0;
  let ending = false;
  const watch = (async () => {
    for (;;) {
      for (const batch of batches.slice(seen)) waiting.set(keyOf(batch), batch.at);
      seen = batches.length;
      if (waiting.size > 0) {
        const { rows } = await pool.query(
          `SELECT encode(site_event_hk, 'hex') AS key FROM business.site_event_nl
           WHERE site_event_hk = ANY (SELECT decode(key, 'hex') FROM unnest($1::text[]) AS key)`,
          [[...waiting.keys()].slice(0, 200)],
        );
        for (const { key } of vaulted.parse(rows)) {
          const at = waiting.get(key);
          if (at !== undefined) delays.push(performance.now() - at);
          waiting.delete(key);
        }
      } else if (ending) return delays;
      await sleep(PAUSE_MILLISECONDS);
    }
  })();
  return () => {
    ending = true;
    return watch;
  };
}

/** Events in the vault by tenant. */
async function countVault(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query(
    `SELECT tenant.tenant_bk AS tenant_id, count(*) AS events
     FROM business.site_event_nl AS event
     JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk
     GROUP BY tenant.tenant_bk`,
  );
  return new Map(counted.parse(rows).map(({ tenant_id, events }) => [tenant_id, events]));
}

/** Waits until nothing is pending. @throws when that takes longer than the limit. */
export async function untilDrained(pool: pg.Pool, limitMilliseconds: number): Promise<void> {
  const end = performance.now() + limitMilliseconds;
  for (;;) {
    const { rows } = await pool.query('SELECT 1 FROM raw.pending_requests LIMIT 1');
    if (rows.length === 0) return;
    if (performance.now() > end)
      throw new Error('The pipeline still has pending requests; no figure is reported.');
    await sleep(PAUSE_MILLISECONDS);
  }
}

/** @throws unless the vault holds exactly what the sender was told: a rate of answers is not a rate of events. */
export async function closeLedger(pool: pg.Pool, sent: readonly Sent[]): Promise<void> {
  const vault = await countVault(pool);
  const tenants = new Set(sent.flatMap(({ fresh }) => [...fresh.keys()]));
  for (const tenant of tenants) {
    const accepted = sent.reduce((sum, { fresh }) => sum + (fresh.get(tenant) ?? 0), 0);
    const loaded = vault.get(tenant) ?? 0;
    if (accepted !== loaded) {
      throw new Error(
        `The ledger of ${tenant} does not close: accepted ${accepted}, in the vault ${loaded}. No figure is reported.`,
      );
    }
  }
}
