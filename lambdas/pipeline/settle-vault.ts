import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { lockVault, spanOf } from './unload-events.ts';

const countUnsettled = readStatement('unload/count_unsettled');
const settlePages = readStatement('unload/settle_pages');
const restorePages = readStatement('unload/restore_pages');
const settleItems = readStatement('unload/settle_items');
const restoreItems = readStatement('unload/restore_items');
const settleStates = readStatement('unload/settle_states');
const forgetUnsettled = readStatement('unload/forget_unsettled');
const dismissSettled = readStatement('unload/dismiss_settled');

const countRow = z.object({ unsettled: z.number() });
const hubRow = z.object({
  key: z.instanceof(Buffer),
  business_key: z.string(),
  load_date: z.date(),
  record_source: z.string(),
});

/** Dismisses what is unsettled only because of events that have been loaded again meanwhile, in the same transaction. */
export async function dismissReloaded(
  client: Queryable,
  tenantHk: Buffer,
  eventKeys: readonly Buffer[],
): Promise<void> {
  if (eventKeys.length > 0) await client.query(dismissSettled, [tenantHk, eventKeys, ...spanOf(eventKeys)]);
}

/**
 * Deletes pages, items, states and sources that no event is left of since `unloadEvents` took some out, and sets of the others what
 * they were brought by and seen as. Reads all events of the vault once when anything is unsettled; loaders wait for the transaction.
 * @param client in a transaction of the caller's.
 * @returns how many keys were looked up.
 */
export async function settleVault(client: Queryable, tenantHk: Buffer): Promise<number> {
  const { unsettled } = countRow.parse((await client.query(countUnsettled, [tenantHk])).rows[0]);
  if (unsettled === 0) return 0;
  await lockVault(client, tenantHk);
  await client.query(
    'SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on',
  );
  for (const [settle, restore] of [
    [settlePages, restorePages],
    [settleItems, restoreItems],
  ] as const) {
    const hubs = z.array(hubRow).parse((await client.query(settle, [tenantHk])).rows);
    await client.query(restore, [
      tenantHk,
      hubs.map((hub) => hub.key),
      hubs.map((hub) => hub.business_key),
      hubs.map((hub) => hub.load_date),
      hubs.map((hub) => hub.record_source),
    ]);
  }
  await client.query(settleStates, [tenantHk]);
  await client.query(forgetUnsettled, [tenantHk]);
  return unsettled;
}
