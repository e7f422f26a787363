import { prices as listPrices, type Price, type PriceName, type Prices } from './prices.ts';

export const HOURS_A_MONTH = 730;
export const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
export const DAYS_A_MONTH = HOURS_A_MONTH / 24;

export const GB = 1_000_000_000;

/** How much of something a month takes, and why so much. */
export interface Quantity {
  readonly what: string;
  readonly price: PriceName;
  readonly quantity: number;
  readonly how: string;
}

/** A line of the bill: quantity × price = amount. */
export interface Line extends Quantity {
  readonly unitPrice: Price;
  readonly usd: number;
}

export const lineOf = (quantity: Quantity, prices: Prices = listPrices): Line => {
  const unitPrice = prices[quantity.price];
  return { ...quantity, unitPrice, usd: (quantity.quantity / unitPrice.per) * unitPrice.usd };
};

/** A number as the arithmetic shows it: enough digits to check the next one, and no more. */
export function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return value.toLocaleString(
    'en-US',
    size >= 1_000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 },
  );
}
