import type { Random } from '../../cli/sample/random.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

type Instants = readonly [string, ...string[]];
/** When clocks change: in Lord Howe by half an hour, in Havana at midnight. A year earlier too, for comparisons. */
const changes: Instants = [
  '2025-10-26T01:00:00Z',
  '2025-10-26T01:00:00Z',
  '2025-11-02T05:00:00Z',
  '2025-11-02T06:00:00Z',
  '2025-10-04T15:30:00Z',
  '2025-03-09T07:00:00Z',
  '2025-03-30T01:00:00Z',
  '2025-04-05T15:00:00Z',
  '2024-10-27T01:00:00Z',
  '2024-11-03T06:00:00Z',
];
/** Where weeks and months about those nights begin and end. */
const seasons: Instants = ['2025-09-29T00:00:00Z', '2025-03-06T00:00:00Z'];
/** Midnights of Berlin, New York and Lord Howe between which is asked: a millisecond too much or too little shows. */
export const midnights: Instants = [
  '2025-10-20T22:00:00Z',
  '2025-10-24T22:00:00Z',
  '2025-10-26T23:00:00Z',
  '2025-10-30T23:00:00Z',
  '2025-10-31T04:00:00Z',
  '2025-11-06T05:00:00Z',
  '2025-09-30T13:30:00Z',
  '2025-10-08T13:00:00Z',
];

/** When a visit begins: mostly about a night on which clocks change or a midnight between which is asked. */
export function beginOfVisit(random: Random): number {
  const roll = random.next();
  if (roll < 0.4) return Date.parse(random.pick(changes)) + random.between(-100 * MINUTE, 100 * MINUTE);
  if (roll < 0.6) return Date.parse(random.pick(midnights)) + random.between(-30 * MINUTE, 10 * MINUTE);
  return Date.parse(random.pick(seasons)) + random.between(0, 37 * DAY);
}
