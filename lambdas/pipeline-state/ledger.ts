import * as z from 'zod';
import { wantsCsv } from '../analytics/accept.ts';
import {
  LEDGER_DAYS,
  type Ledger,
  type LedgerDay,
  type LedgerTotals,
  ledgerCsv,
  ledgerQuery,
} from '../api/ledger-operation.ts';
import { readQuery } from '../api/question.ts';
import { answer, type HttpAnswer } from '../platform/http.ts';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { readStatement } from '../platform/statement.ts';

const ledgerStatement = readStatement('pipeline-state/ledger');

const DAY = 86_400_000;
const USUAL_DAYS = 30;

const ledgerRow = z.object({
  date: z.iso.date(),
  received: z.number(),
  stored: z.number(),
  duplicate: z.number(),
  quarantined: z.number(),
  refused: z.number(),
  erased: z.number(),
  pending: z.number(),
  gap: z.number(),
  bots: z.number(),
  refusals: z.record(z.string(), z.number()),
  is_settled: z.boolean(),
  balanced_at: z.date(),
});

/** Days from the first to the last, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** The ledger of one tenant, day by day. */
export async function readLedgerDays(
  client: Queryable,
  { tenantId, tenantHk }: Tenant,
  { from, to }: DayRange,
): Promise<LedgerDay[]> {
  const { rows } = await client.query(ledgerStatement, [tenantId, tenantHk, from, to]);
  return z
    .array(ledgerRow)
    .parse(rows)
    .map(({ is_settled, balanced_at, ...figures }) => ({
      ...figures,
      settled: is_settled,
      as_of: balanced_at.toISOString(),
    }));
}

/** What the days add up to. */
export function totalsOf(days: readonly LedgerDay[]): LedgerTotals {
  const sum = (figure: Exclude<keyof LedgerTotals, 'refusals'>) =>
    days.reduce((total, day) => total + day[figure], 0);
  const refusals: Record<string, number> = {};
  for (const day of days) {
    for (const [code, events] of Object.entries(day.refusals))
      refusals[code] = (refusals[code] ?? 0) + events;
  }
  return {
    received: sum('received'),
    stored: sum('stored'),
    duplicate: sum('duplicate'),
    quarantined: sum('quarantined'),
    refused: sum('refused'),
    erased: sum('erased'),
    pending: sum('pending'),
    gap: sum('gap'),
    bots: sum('bots'),
    refusals,
  };
}

/**
 * Answers what became of a tenant's events, as JSON or as CSV.
 * @param client a transaction that acts for the tenant: see inTenant.
 * @throws Problem 400 for days that are none.
 */
export async function answerLedger(
  client: Queryable,
  tenant: Tenant,
  query: Readonly<Record<string, string | undefined>>,
  accept: string | undefined,
): Promise<HttpAnswer> {
  const now = new Date();
  const dateRange = rangeOf(query, now);
  const days = await readLedgerDays(client, tenant, dateRange);
  if (wantsCsv(accept)) {
    return {
      statusCode: 200,
      headers: {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="ledger_${dateRange.from}_${dateRange.to}.csv"`,
        'cache-control': 'no-store',
      },
      body: ledgerCsv(days),
    };
  }
  const data: Ledger = {
    tenant_id: tenant.tenantId,
    generated_at: now.toISOString(),
    dateRange,
    totals: totalsOf(days),
    days,
  };
  return answer(200, { success: true, data });
}

function rangeOf(query: Readonly<Record<string, string | undefined>>, now: Date): DayRange {
  const asked = readQuery(ledgerQuery, query, (name) =>
    name === 'dateFrom' || name === 'dateTo'
      ? ['invalid_date', 'dateFrom and dateTo are days such as 2026-01-31, in the years 2000 to 9999.']
      : null,
  );
  const to = asked.dateTo ?? dayOf(now);
  const from = asked.dateFrom ?? dayOf(new Date(Date.parse(to) - USUAL_DAYS * DAY));
  const days = (Date.parse(to) - Date.parse(from)) / DAY + 1;
  if (days >= 1 && days <= LEDGER_DAYS) return { from, to };
  throw new Problem(
    400,
    'invalid_date_range',
    `dateFrom is not after dateTo, and both are in ${LEDGER_DAYS} days.`,
    { pointer: '/dateFrom' },
  );
}

/** The day of an instant in UTC. */
const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
