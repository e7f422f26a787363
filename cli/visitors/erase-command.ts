import { readFile, writeFile } from 'node:fs/promises';
import type pg from 'pg';
import * as z from 'zod';
import { vacuumErased } from '../../lambdas/lifecycle/erasure/vacuum.ts';
import { storedIds } from '../../lambdas/lifecycle/privacy-jobs/stored-ids.ts';
import type { Tenant } from '../../lambdas/platform/postgres.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { settleVisitorKey } from '../../lambdas/tenancy/visitor-keys.ts';
import { hashKey } from '../../lambdas/vault/hash-key.ts';
import { agreesTo } from '../agreement.ts';
import { HELP_OPTION, readArguments } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, failureText, printable } from '../failure.ts';
import { figure, listTable } from '../table.ts';
import { eraseAgainFrom } from './erase-again.ts';
import { doNow, type JobResult, withDatabase } from './jobs.ts';

const HELP = `Usage: onevault erase --visitor ID [--visitor ID …] --tenant TENANT [options]
       onevault erase --again [--from URL] [--certificates FILE …]
       onevault erase --vacuum [--yes]

Erases visitors: what their events say is gone from every layer for good, their exports as well, and no event under their ids is
stored ever again. What was counted of them stays, as of strangers. It cannot be taken back.

  --visitor ID         the visitor's id as events have it; may be given several times
  --visitors FILE      ids, one in a line; blanks around them do not count
  --tenant TENANT      whose visitors they are
  --certificate FILE   where the signed certificates go, one in a line; check them with: onevault export --verify FILE
  --yes                do not ask
  --json               print the certificates as JSON

After a restore:
  --again              erase again whoever was erased after the moment that the database was restored to
  --from URL           the database that it takes the place of, which knows them by their marks
  --certificates FILE  certificates of erasures, one in a line, where that database is lost; may be given several times

Where it has to be proven that no byte is left:
  --vacuum             write the tables anew; each is locked meanwhile, so ingest and loading wait. End long transactions before, since
                       what they may still see is copied, and have the server recycle its log after (docs/privacy.md)

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error or not agreed to. docs/privacy.md tells more.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...DATABASE_OPTIONS,
  visitor: { type: 'string', multiple: true },
  visitors: { type: 'string' },
  tenant: { type: 'string' },
  certificate: { type: 'string' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  again: { type: 'boolean' },
  from: { type: 'string' },
  certificates: { type: 'string', multiple: true },
  vacuum: { type: 'boolean' },
} as const;

const countHeld = readStatement('privacy-jobs/count_held');
const heldRow = z.object({ visitors: z.number(), events: z.number() });
const certificate = z.looseObject({ found: z.object({ events: z.number() }) });

/** `onevault erase`: returns the exit status. */
export async function eraseCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('erase', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (positionals[0] !== undefined)
    throw new CommandFailure(`erase takes no "${printable(positionals[0])}". See: onevault erase --help`);
  if (values.again) {
    const { from, certificates = [] } = values;
    if (from === undefined && certificates.length === 0)
      throw new CommandFailure('erase --again takes --from or --certificates. See: onevault erase --help');
    process.stdout.write(await eraseAgainFrom({ ...values, from, certificates }));
    return EXIT.ok;
  }
  if (values.vacuum) {
    process.stdout.write(await vacuum(values));
    return EXIT.ok;
  }
  const { tenant: tenantId } = values;
  const ids = [...new Set([...(values.visitor ?? []), ...(await idsIn(values.visitors))])];
  if (tenantId === undefined || ids.length === 0)
    throw new CommandFailure('erase takes --tenant, and --visitor or --visitors. See: onevault erase --help');
  const results = await withDatabase(values, async (pool) => {
    const tenant = await findTenant(pool, tenantId);
    if (!values.yes) await requireAgreement(pool, tenant, ids);
    return doNow(pool, tenant, 'erasure', ids);
  });
  const lines = results.map(({ result }) => `${JSON.stringify(result)}\n`).join('');
  if (values.certificate !== undefined) await keep(values.certificate, lines);
  process.stdout.write(values.json ? lines : erasedTable(results));
  return EXIT.ok;
}

async function vacuum(values: {
  readonly yes?: boolean | undefined;
  readonly 'data-dir'?: string | undefined;
}) {
  const question = 'Every table is locked while it is written anew. Go on?';
  if (!values.yes && !(await agreesTo(question)))
    throw new CommandFailure(`${question} Nothing was done: pass --yes to go on.`);
  const tables = await withDatabase(values, vacuumErased);
  return listTable([{ label: 'tables written anew', value: tables }]);
}

async function idsIn(path: string | undefined): Promise<string[]> {
  if (path === undefined) return [];
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`${printable(path)} cannot be read: ${failureText(error)}`);
  });
  // `trim` takes a byte order mark as well.
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function requireAgreement(pool: pg.Pool, tenant: Tenant, ids: readonly string[]): Promise<void> {
  const mark = await settleVisitorKey(pool, tenant.tenantHk, new Date(0));
  const stored = ids.flatMap((id) => storedIds(mark, id));
  const keys = stored.map((id) => hashKey(tenant.tenantId, id));
  const { rows } = await pool.query(countHeld, [tenant.tenantHk, keys]);
  const { visitors, events } = heldRow.parse(rows[0]);
  const question = `Of ${figure(ids.length)} ids of tenant "${printable(tenant.tenantId)}" the vault has ${figure(visitors)} visitors with ${figure(events)} events. Erase them for good?`;
  if (await agreesTo(question)) return;
  throw new CommandFailure(`${question} Nothing was erased: pass --yes to erase them.`);
}

async function keep(path: string, lines: string): Promise<void> {
  await writeFile(path, lines, { flag: 'wx' }).catch((error: unknown) => {
    throw new CommandFailure(
      `They are erased, and ${printable(path)} cannot be written: ${failureText(error)}. GET /api/v1/visitors/ID has the certificates.`,
    );
  });
}

const erasedTable = (results: readonly JobResult[]): string => {
  const events = results.map(({ result }) => certificate.parse(result).found.events);
  return listTable([
    { label: 'visitors erased', value: results.length },
    { label: 'of whom there were events', value: events.filter((count) => count > 0).length },
    { label: 'events made a stranger’s', value: events.reduce((sum, count) => sum + count, 0) },
  ]);
};
