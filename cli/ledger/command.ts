import { LEDGER_DAYS, type LedgerDay } from '../../lambdas/api/ledger-operation.ts';
import { readLedgerDays } from '../../lambdas/pipeline-state/ledger.ts';
import type { Queryable, Tenant } from '../../lambdas/platform/postgres.ts';
import { findTenant, listTenants } from '../../lambdas/tenancy/tenants.ts';
import { administer, operands } from '../administration.ts';
import { HELP_OPTION, readArguments } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { dayFrom, daysBefore, daysBetween } from '../day.ts';
import { EXIT, printable } from '../failure.ts';
import { columnTable } from '../table.ts';

const USUAL_DAYS = 30;

const HELP = `Usage: onevault ledger [options]

Accounts for every event that arrived, by tenant and day of arrival in UTC:
received = stored + duplicate + quarantined + refused + erased + pending. What is missing is the gap.

  --tenant ID        this tenant only (default: all)
  --from DAY         from this day on (default: ${USUAL_DAYS} days before the last)
  --to DAY           to this day, included (default: today); ${LEDGER_DAYS} days at the most
  --json             print JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} no gap, ${EXIT.failed} stopped by an error, or a day on which nothing is pending has a gap.
docs/ledger.md tells more.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...DATABASE_OPTIONS,
  tenant: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface TenantDay extends LedgerDay {
  readonly tenant: string;
}

/** `onevault ledger`: returns the exit status. */
export async function ledgerCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('ledger', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  operands('ledger', [], positionals);
  const to = values.to === undefined ? daysBefore(new Date(), 0) : dayFrom('to', values.to);
  const from =
    values.from === undefined ? daysBefore(new Date(to), USUAL_DAYS) : dayFrom('from', values.from);
  daysBetween(from, to, LEDGER_DAYS);
  const days = await administer(values, async (database) => {
    const found: TenantDay[] = [];
    for (const tenant of await tenantsOf(database, values.tenant)) {
      const own = await readLedgerDays(database, tenant, { from, to });
      found.push(...own.map((day) => ({ tenant: tenant.tenantId, ...day })));
    }
    return found;
  });
  process.stdout.write(values.json ? `${JSON.stringify(days)}\n` : ledgerTable(days));
  const gaps = days.filter(({ gap, pending }) => gap !== 0 && pending === 0);
  if (gaps.length === 0) return EXIT.ok;
  process.stderr.write(
    `onevault: Nobody can tell what became of some events. docs/runbook.md#ledger-gap says how to find them.\n`,
  );
  return EXIT.failed;
}

async function tenantsOf(database: Queryable, tenantId: string | undefined): Promise<Tenant[]> {
  if (tenantId !== undefined) return [await findTenant(database, tenantId)];
  const tenants: Tenant[] = [];
  for (const { tenant_id } of await listTenants(database))
    tenants.push(await findTenant(database, tenant_id));
  return tenants;
}

const FIGURES = [
  'received',
  'stored',
  'duplicate',
  'quarantined',
  'refused',
  'erased',
  'pending',
  'gap',
] as const satisfies readonly (keyof LedgerDay)[];

const ledgerTable = (days: readonly TenantDay[]): string =>
  columnTable(
    ['tenant', 'day', ...FIGURES, 'settled'],
    days.map((day) => [
      printable(day.tenant),
      day.date,
      ...FIGURES.map((figure) => day[figure]),
      day.settled ? 'yes' : 'no',
    ]),
  );
