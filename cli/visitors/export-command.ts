import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type pg from 'pg';
import * as z from 'zod';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { actionable } from '../administration.ts';
import { HELP_OPTION, readArguments } from '../arguments.ts';
import { connectDatabase, DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, failureText, printable } from '../failure.ts';
import { listTable } from '../table.ts';
import { doNow, withDatabase } from './jobs.ts';
import { type Verified, verifyFile } from './verify.ts';

const HELP = `Usage: onevault export --visitor ID --tenant TENANT --out FILE
       onevault export --verify FILE

Writes everything that is known of a visitor into a ZIP file: JSON lines for each table, and a signed manifest of counts and hashes.

  --visitor ID       the visitor's id as events have it
  --tenant TENANT    whose visitor it is
  --out FILE         where the archive goes; a file that is there is left alone
  --verify FILE      check an archive, or certificates of erasures: signature, hashes, counts, and whether this installation signed it
  --json             print JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error, or not what it should be. docs/privacy.md tells more.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...DATABASE_OPTIONS,
  visitor: { type: 'string' },
  tenant: { type: 'string' },
  out: { type: 'string' },
  verify: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const readArchive = readStatement('privacy-jobs/read_whole_archive');
const archiveRow = z.object({ archive: z.instanceof(Buffer) });
const summary = z.object({
  files: z.array(z.object({ name: z.string(), rows: z.number() })),
  rows: z.number(),
  shared_sessions: z.number(),
  archive: z.object({ bytes: z.number(), sha256: z.string() }),
});

/** Only its owner may read a file that is all about a person. */
const PRIVATE = { mode: 0o600, flag: 'wx' } as const;

/** `onevault export`: returns the exit status. */
export async function exportCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('export', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (positionals[0] !== undefined)
    throw new CommandFailure(`export takes no "${printable(positionals[0])}". See: onevault export --help`);
  const { visitor, tenant, out, verify, json } = values;
  if (verify !== undefined) {
    const verified = await verifyWithDatabase(verify, values);
    process.stdout.write(json ? `${JSON.stringify(verified)}\n` : verifiedTable(verified));
    return EXIT.ok;
  }
  if (visitor === undefined || tenant === undefined || out === undefined)
    throw new CommandFailure('export takes --visitor, --tenant and --out. See: onevault export --help');
  const exported = await withDatabase(values, (pool) => exportTo(pool, tenant, visitor, out));
  process.stdout.write(json ? `${JSON.stringify({ out, ...exported })}\n` : exportTable(out, exported));
  return EXIT.ok;
}

async function exportTo(pool: pg.Pool, tenantId: string, visitorId: string, out: string) {
  if (existsSync(out)) throw new CommandFailure(`${printable(out)} is there already: name another file.`);
  const tenant = await findTenant(pool, tenantId);
  const [job] = await doNow(pool, tenant, 'export', [visitorId]);
  const { rows } = await pool.query(readArchive, [job?.jobId]);
  const { archive } = archiveRow.parse(rows[0]);
  await writeFile(out, archive, PRIVATE).catch((error: unknown) => {
    throw new CommandFailure(`${printable(out)} cannot be written: ${failureText(error)}`);
  });
  return { job_id: job?.jobId ?? '', ...summary.parse(job?.result) };
}

/** With the database that is named, or none where there is none to ask. */
async function verifyWithDatabase(
  path: string,
  flags: { readonly 'data-dir'?: string | undefined },
): Promise<Verified> {
  const database = await connectDatabase(flags, 1).catch(() => null);
  try {
    return await verifyFile(path, database);
  } catch (error) {
    throw actionable(error);
  } finally {
    await database?.end();
  }
}

const exportTable = (out: string, exported: Awaited<ReturnType<typeof exportTo>>): string =>
  listTable([
    ...exported.files.map(({ name, rows }) => ({ label: name.replace(/\.jsonl$/, ''), value: rows })),
    { label: 'rows', value: exported.rows },
    { label: 'sessions shared with others', value: exported.shared_sessions },
    { label: 'bytes', value: exported.archive.bytes, note: printable(out) },
  ]);

const verifiedTable = ({ kind, tenant, fingerprint, parts, rows, isOurs }: Verified): string =>
  listTable([
    { label: 'tenant', value: printable(tenant) },
    kind === 'export' ? { label: 'files', value: parts } : { label: 'certificates', value: parts },
    ...(kind === 'export' ? [{ label: 'rows', value: rows }] : []),
    { label: 'signed by', value: fingerprint },
    { label: 'key of this installation', value: isOurs === null ? 'no database to ask' : 'yes' },
  ]);
