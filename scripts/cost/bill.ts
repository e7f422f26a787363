import type { EnvironmentConfig } from '../../lib/config.ts';
import { databaseLines } from './database-lines.ts';
import { type Flow, flowOf, type Load } from './flow.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import type { Inventory } from './inventory.ts';
import { type Line, lineOf, SECONDS_A_MONTH } from './line.ts';
import { observationLines } from './observation-lines.ts';
import { prices as listPrices, type PriceName, type Prices } from './prices.ts';
import { queueLines, requestLines } from './request-lines.ts';

/** A month of an environment under a steady load. */
export interface Bill {
  readonly load: Load;
  readonly flow: Flow;
  readonly lines: readonly Line[];
  /** At list prices, as if nothing were free. */
  readonly usd: number;
  /** What is left to pay of it in an account that has nothing else. */
  readonly usdAfterAllowances: number;
  readonly millions: number;
  readonly freshness: Freshness;
}

export function billOf(
  config: EnvironmentConfig,
  inventory: Inventory,
  load: Load,
  prices: Prices = listPrices,
): Bill {
  const flow = flowOf(config, load);
  const lines = [
    ...requestLines(config, flow, load),
    ...queueLines(config, flow, inventory),
    ...databaseLines(config, flow, load),
    ...observationLines(config, flow, inventory),
  ].map((quantity) => lineOf(quantity, prices));
  const usd = lines.reduce((sum, line) => sum + line.usd, 0);
  return {
    load,
    flow,
    lines,
    usd,
    usdAfterAllowances: usd - allowed(lines),
    millions: (load.eventsPerSecond * SECONDS_A_MONTH) / 1_000_000,
    freshness: freshnessOf(config, flow),
  };
}

/** What the allowances take off: one of each kind, however many lines share it. */
function allowed(lines: readonly Line[]): number {
  const byPrice = Map.groupBy(lines, ({ price }): PriceName => price);
  return [...byPrice.values()].reduce((sum, own) => {
    const quantity = own.reduce((total, line) => total + line.quantity, 0);
    const [first] = own;
    if (first === undefined) return sum;
    const { allowance, per, usd } = first.unitPrice;
    return sum + (Math.min(quantity, allowance) / per) * usd;
  }, 0);
}

export const idle: Load = { eventsPerSecond: 0, batch: 1, tenants: 0 };

/** US dollars for a million events: the whole bill, what runs without them included. */
export const perMillion = (bill: Bill): number => bill.usd / bill.millions;
