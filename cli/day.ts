import * as z from 'zod';
import { CommandFailure, printable } from './failure.ts';

const DAY = 86_400_000;
const day = z.iso.date();

/**
 * A day from a flag.
 * @throws CommandFailure when the text is none.
 */
export function dayFrom(flag: string, text: string): string {
  const parsed = day.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CommandFailure(`--${flag} takes a day such as 2026-01-31, not "${printable(text)}".`);
}

/** The day so many days before an instant, in UTC. */
export const daysBefore = (instant: Date, days: number): string =>
  new Date(instant.getTime() - days * DAY).toISOString().slice(0, 10);

/**
 * Every day from the first to the last, both included.
 * @throws CommandFailure when they end before they begin, or are more than `most`.
 */
export function daysBetween(first: string, last: string, most: number): string[] {
  const count = (Date.parse(last) - Date.parse(first)) / DAY + 1;
  if (count < 1) throw new CommandFailure(`The last day, ${last}, is before the first, ${first}.`);
  if (count > most) throw new CommandFailure(`From ${first} to ${last} are more than ${most} days.`);
  return Array.from({ length: count }, (_, index) => daysBefore(new Date(first), -index));
}
