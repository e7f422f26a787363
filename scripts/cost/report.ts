import { type Bill, perMillion } from './bill.ts';
import type { Freshness } from './freshness.ts';
import { digits, GB, type Line } from './line.ts';
import { bytesOnDiskPerEvent } from './measured.ts';
import { priceDate, priceRegion, prices } from './prices.ts';

export const dollars = (usd: number): string => `$${usd.toFixed(2)}`;
export const finely = (usd: number): string => `$${usd.toFixed(4)}`;

/** A price as AWS writes it. */
const priced = ({ unitPrice: { usd, per, unit, confirmed } }: Line): string =>
  `$${usd}${per === 1 ? '' : ` per ${digits(per)}`}/${unit}${confirmed ? '' : ' (unconfirmed)'}`;

/** Rows of text with their columns aligned; the first is the head. The last column is as wide as it likes. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === row.length - 1
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The bill with its arithmetic: where each quantity comes from, times its price, makes the amount. */
export function arithmetic(bill: Bill): string {
  const isIdle = bill.millions === 0;
  return table([
    [
      'line',
      'quantity',
      '× price',
      '= a month',
      ...(isIdle ? [] : ['a million']),
      'where the quantity comes from',
    ],
    ...bill.lines
      .filter(({ quantity }) => quantity > 0)
      .map((line) => [
        line.what,
        digits(line.quantity),
        priced(line),
        dollars(line.usd),
        ...(isIdle ? [] : [finely(line.usd / bill.millions)]),
        line.how,
      ]),
    ['together', '', '', dollars(bill.usd), ...(isIdle ? [] : [finely(perMillion(bill))]), ''],
  ]);
}

/** What a further month of a million events costs where they are kept. */
export const keepingMillion = (): number =>
  ((bytesOnDiskPerEvent * 1_000_000) / GB) * prices.auroraStorage.usd;

/** How old events get by configuration. Seconds of waiting: the work comes on top, and takes less than one. */
export const told = ({ typical, longest, leftBehind, swept }: Freshness): string =>
  `An event waits ${digits(typical)} s typically and ${digits(longest)} s at most for rings and windows, ${digits(leftBehind)} s if its process is not called again, ${digits(swept)} s if nothing rings any more.`;

/** Both bills of an environment, idle and under the load, as `npm run cost` prints them. */
export function report(environment: string, idle: Bill, loaded: Bill, passed: readonly string[]): string {
  const { eventsPerSecond, batch, tenants } = loaded.load;
  return `${environment}: list prices of ${priceRegion} on ${priceDate}, before taxes and discounts.

Idle: ${dollars(idle.usd)} a month; ${dollars(idle.usdAfterAllowances)} after what an account never pays for, if it has nothing else.

${arithmetic(idle)}

${digits(eventsPerSecond)} events/s in requests of ${digits(batch)}, ${digits(tenants)} tenants: ${dollars(loaded.usd)} a month, ${finely(perMillion(loaded))} a million events, everything included.
${told(loaded.freshness)}
A further month of a million events kept: ${finely(keepingMillion())}.

${arithmetic(loaded)}
${passed.length === 0 ? '' : `\n${environment} does not carry this load as it is configured: ${passed.join('; ')}. The bill is what it would cost with higher limits.\n`}`;
}
