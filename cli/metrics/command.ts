import * as z from 'zod';
import { recomputeDay } from '../../lambdas/lifecycle/metrics.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { type Action, administer, operands, runAction } from '../administration.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { dayFrom, daysBefore, daysBetween } from '../day.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { columnTable } from '../table.ts';

const MOST_DAYS = 3_660;
const USUAL_DAYS = 30;
const USUAL_LIMIT = 100;
const MOST_LIMIT = 10_000;
const VALUE_LENGTH = 80;

const HELP = `Usage: onevault metrics ACTION [options]

  recompute          calculate the daily metrics of days anew
    --day DAY        this day, of each site's own zone
    --to DAY         and all days up to this one; ${MOST_DAYS} at the most
  restatements       list the published metrics that changed, and why, newest first
    --from DAY       of this day on (default: ${USUAL_DAYS} days before the last)
    --to DAY         up to this day (default: today)
    --limit N        (default ${USUAL_LIMIT})

  --tenant ID        of this tenant only (default: all)
  --json             print JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error; days that were listed as done are done. docs/marts.md tells more.
`;

/** `onevault metrics`: returns the exit status. */
export const metricsCommand = (argv: readonly string[]): Promise<number> =>
  runAction('metrics', HELP, { recompute, restatements }, argv);

const OPTIONS = {
  ...DATABASE_OPTIONS,
  tenant: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const listRestatements = readStatement('metrics/list_restatements');
const metrics = z.record(z.string(), z.number().nullable());
const restatementRow = z.object({
  tenant_id: z.string(),
  site_id: z.string(),
  date: z.string(),
  restated_at: z.date(),
  reasons: z.array(z.string()),
  before: metrics,
  after: metrics.nullable(),
});
type Restatement = z.infer<typeof restatementRow>;

const keyOf = (
  flags: { readonly 'data-dir'?: string | undefined },
  tenant: string | undefined,
): Promise<Buffer | null> =>
  tenant === undefined
    ? Promise.resolve(null)
    : administer(flags, async (database) => (await findTenant(database, tenant)).tenantHk);

const recompute: Action = async (argv) => {
  const { values, positionals } = readArguments('metrics', { ...OPTIONS, day: { type: 'string' } }, argv);
  operands('metrics recompute', [], positionals);
  if (values.day === undefined) {
    throw new CommandFailure('Name the day with --day. See: onevault metrics --help');
  }
  const first = dayFrom('day', values.day);
  const last = values.to === undefined ? first : dayFrom('to', values.to);
  const tenantHk = await keyOf(values, values.tenant);
  const done: { day: string; changed: number; restated: number }[] = [];
  // Each in a transaction of its own: the job that does the same waits for none but the one under way.
  for (const day of daysBetween(first, last, MOST_DAYS)) {
    done.push({ day, ...(await administer(values, (database) => recomputeDay(database, day, tenantHk))) });
  }
  if (values.json) return `${JSON.stringify(done)}\n`;
  return columnTable(
    ['day', 'sites changed', 'restated'],
    done.map(({ day, changed, restated }) => [day, changed, restated]),
  );
};

const restatements: Action = async (argv) => {
  const options = { ...OPTIONS, from: { type: 'string' }, limit: { type: 'string' } } as const;
  const { values, positionals } = readArguments('metrics', options, argv);
  operands('metrics restatements', [], positionals);
  const to = values.to === undefined ? daysBefore(new Date(), 0) : dayFrom('to', values.to);
  const from =
    values.from === undefined ? daysBefore(new Date(to), USUAL_DAYS) : dayFrom('from', values.from);
  daysBetween(from, to, MOST_DAYS);
  const limit = wholeNumber('limit', values.limit, USUAL_LIMIT, 1, MOST_LIMIT);
  const tenantHk = await keyOf(values, values.tenant);
  const { rows } = await administer(values, (database) =>
    database.query(listRestatements, [tenantHk, from, to, limit]),
  );
  const found = z.array(restatementRow).parse(rows);
  if (values.json) return `${JSON.stringify(found)}\n`;
  return columnTable(
    ['tenant', 'site', 'day', 'restated', 'why', 'what'],
    found.map((restated) => [
      printable(restated.tenant_id),
      printable(restated.site_id),
      restated.date,
      restated.restated_at.toISOString(),
      restated.reasons.join(', '),
      printable(changeOf(restated), VALUE_LENGTH),
    ]),
  );
};

function changeOf({ before, after }: Restatement): string {
  if (after === null) return 'no events any more';
  return Object.entries(before)
    .map(([metric, value]) => `${metric} ${value ?? 'none'} → ${after[metric] ?? 'none'}`)
    .join(', ');
}
