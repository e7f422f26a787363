import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { strFromU8, unzipSync } from 'fflate';
import type pg from 'pg';
import * as z from 'zod';
import { CERTIFICATE_FORMAT, EXPORT_FORMAT, MANIFEST } from '../../lambdas/lifecycle/privacy-jobs/formats.ts';
import { signerOf } from '../../lambdas/tenancy/signed-document.ts';
import { CommandFailure, failureText, printable } from '../failure.ts';
import { signingKeysOf } from './signing-keys.ts';

const manifestShape = z.looseObject({
  format: z.literal(EXPORT_FORMAT),
  tenant_id: z.string(),
  files: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number(), sha256: z.string() })),
  rows: z.number(),
});
const certificateShape = z.looseObject({ format: z.literal(CERTIFICATE_FORMAT), tenant_id: z.string() });

/** What was found right about a file. */
export interface Verified {
  readonly kind: 'export' | 'certificates';
  readonly tenant: string;
  /** Of the key that signed it. */
  readonly fingerprint: string;
  /** Files of an export, or certificates. */
  readonly parts: number;
  readonly rows: number;
  /** Whether the key is the installation's; null when no database was at hand to say. */
  readonly isOurs: boolean | null;
}

/**
 * Checks an exported archive, or a file of certificates, a line each.
 * @param database of the installation that should have signed it; null when none is at hand.
 * @throws CommandFailure that says what is wrong with it.
 */
export async function verifyFile(path: string, database: pg.Pool | null): Promise<Verified> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new CommandFailure(`${printable(path)} cannot be read: ${failureText(error)}`);
  });
  const isZip = bytes.subarray(0, 2).toString('latin1') === 'PK';
  const found = isZip ? verifyArchive(bytes) : verifyCertificates(bytes.toString('utf8'));
  if (database === null) return { ...found, isOurs: null };
  const own = await signingKeysOf(database, found.tenant);
  if (own.some(({ fingerprint }) => fingerprint === found.fingerprint)) return { ...found, isOurs: true };
  throw new CommandFailure(
    `It is signed by ${found.fingerprint}, which is no key of tenant "${printable(found.tenant)}" in this database.`,
  );
}

type Found = Omit<Verified, 'isOurs'>;

function verifyArchive(bytes: Buffer): Found {
  const files = unzipped(bytes);
  const text = files.get(MANIFEST);
  if (text === undefined)
    throw new CommandFailure(`The archive has no ${MANIFEST}: it is no export of OneVault.`);
  const document = jsonOf(strFromU8(text));
  const read = manifestShape.safeParse(document);
  if (!read.success) throw new CommandFailure(`${MANIFEST} is not one of this release.`);
  const fingerprint = signerOf(document);
  if (fingerprint === null)
    throw new CommandFailure(`The signature of ${MANIFEST} does not hold: it was changed.`);
  const { files: listed, rows, tenant_id: tenant } = read.data;
  for (const file of listed) {
    const content = files.get(file.name);
    const held = content === undefined ? 'is missing' : faultOf(file, content);
    if (held !== null) throw new CommandFailure(`${printable(file.name)} ${held}.`);
  }
  const more = [...files.keys()].filter(
    (name) => name !== MANIFEST && !listed.some((file) => file.name === name),
  );
  if (more[0] !== undefined) throw new CommandFailure(`${printable(more[0])} is not in the manifest.`);
  if (listed.reduce((sum, file) => sum + file.rows, 0) !== rows)
    throw new CommandFailure('The manifest’s counts do not add up.');
  return { kind: 'export', tenant, fingerprint, parts: listed.length, rows };
}

function faultOf(
  { rows, sha256 }: z.infer<typeof manifestShape>['files'][number],
  content: Uint8Array,
): string | null {
  if (createHash('sha256').update(content).digest('hex') !== sha256)
    return 'is not what the manifest says: it was changed';
  const lines = linesOf(content);
  return lines === rows ? null : `has ${lines} rows and not ${rows}`;
}

const NEWLINE = 0x0a;

/** Counted without making a text of it: a file may be longer than a text can be. */
function linesOf(content: Uint8Array): number {
  let lines = 0;
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

function verifyCertificates(text: string): Found {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const signers = lines.map((line, index) => {
    const document = jsonOf(line);
    const read = certificateShape.safeParse(document);
    if (!read.success)
      throw new CommandFailure(`Line ${index + 1} is neither a certificate nor the file an export.`);
    const fingerprint = signerOf(document);
    if (fingerprint === null)
      throw new CommandFailure(`The signature of line ${index + 1} does not hold: it was changed.`);
    return { fingerprint, tenant: read.data.tenant_id };
  });
  const [first] = signers;
  if (first === undefined) throw new CommandFailure('The file is empty.');
  const other = signers.findIndex(
    ({ fingerprint, tenant }) => fingerprint !== first.fingerprint || tenant !== first.tenant,
  );
  if (other >= 0)
    throw new CommandFailure(`Line ${other + 1} is signed by another key than the first: check them apart.`);
  return { kind: 'certificates', ...first, parts: lines.length, rows: 0 };
}

/** Of two files of one name, another program may show the one that was not looked at. */
function unzipped(bytes: Buffer): ReadonlyMap<string, Uint8Array> {
  const names = new Set<string>();
  const refuseAnother = ({ name }: { readonly name: string }): boolean => {
    if (names.has(name)) throw new CommandFailure(`${printable(name)} is in the archive twice.`);
    names.add(name);
    return true;
  };
  try {
    return new Map(Object.entries(unzipSync(bytes, { filter: refuseAnother })));
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(
      `The archive is damaged: ${failureText(error)}. Were all its parts put together?`,
    );
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
