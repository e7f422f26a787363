import * as z from 'zod';
import { type Queryable, sqlState, type Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { UNKNOWN_ZONE } from '../tenancy/time-zone.ts';
import type { Comparison, Parameters } from './parameters.ts';
import { invalidDateRange, unfit, unknownSite } from './refusals.ts';

const readRangeStatement = readStatement('analytics/read_range');

/** Days that a question spans at the most, between its first and its last. */
const MOST_DAYS = 3_660;

/** Days and the times at which they begin and end, as Postgres writes them. */
export interface Range {
  readonly from: string;
  readonly to: string;
  readonly fromTime: string;
  readonly untilTime: string;
}

const rangeRow = z.object({
  time_zone: z.string(),
  date_from: z.string(),
  date_to: z.string(),
  days_between: z.number(),
  from_time: z.string(),
  until_time: z.string(),
  earlier_date_from: z.string().nullable(),
  earlier_date_to: z.string().nullable(),
  earlier_from_time: z.string().nullable(),
  earlier_until_time: z.string().nullable(),
});

/**
 * The time a question is about, and the time it compares with.
 * @throws Problem 404 for a site that the tenant does not have, 400 for a zone or a range that is none.
 */
export async function readRange(
  client: Queryable,
  { tenantHk }: Tenant,
  { site, timeZone, dateFrom, dateTo, days }: Parameters,
  compare: Comparison,
): Promise<{ timeZone: string; days: number; range: Range; earlier: Range | null }> {
  const { rows } = await client
    .query(readRangeStatement, [tenantHk, site, timeZone, dateFrom, dateTo, days, compare])
    .catch((error: unknown) => {
      throw sqlState(error) === UNKNOWN_ZONE ? unfit('timeZone') : error;
    });
  if (rows.length === 0) throw unknownSite();
  const row = rangeRow.parse(rows[0]);
  if (row.days_between < 0 || row.days_between > MOST_DAYS) throw invalidDateRange();
  const earlier = rangeOf(
    row.earlier_date_from,
    row.earlier_date_to,
    row.earlier_from_time,
    row.earlier_until_time,
  );
  const range = rangeOf(row.date_from, row.date_to, row.from_time, row.until_time);
  if (range === null) throw invalidDateRange();
  return { timeZone: row.time_zone, days: row.days_between + 1, range, earlier };
}

const MINUTE = 60_000;
const LIVE_MINUTES = 30;

/** The last 30 minutes, the current one included. */
export function liveRange(now: Date): Range {
  const minute = Math.floor(now.getTime() / MINUTE) * MINUTE;
  const from = new Date(minute - (LIVE_MINUTES - 1) * MINUTE).toISOString();
  return { from, to: now.toISOString(), fromTime: from, untilTime: new Date(minute + MINUTE).toISOString() };
}

function rangeOf(
  from: string | null,
  to: string | null,
  fromTime: string | null,
  untilTime: string | null,
): Range | null {
  return from === null || to === null || fromTime === null || untilTime === null
    ? null
    : { from, to, fromTime, untilTime };
}
