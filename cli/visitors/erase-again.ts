import { readFile } from 'node:fs/promises';
import pg from 'pg';
import * as z from 'zod';
import { type ErasedMark, eraseAgain, readErasedMarks } from '../../lambdas/lifecycle/erasure/erase-again.ts';
import { CERTIFICATE_FORMAT } from '../../lambdas/lifecycle/privacy-jobs/formats.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { CommandFailure, failureText } from '../failure.ts';
import { listTable } from '../table.ts';
import { quiet, withDatabase } from './jobs.ts';
import { verifyFile } from './verify.ts';

const certificateShape = z.looseObject({
  format: z.literal(CERTIFICATE_FORMAT),
  tenant_id: z.string(),
  /** Of each id under which the visitor may have been stored. */
  visitor_marks: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  key_version: z.int(),
  erased_at: z.iso.datetime(),
});

/** Where the marks of the erased come from. */
export interface MarkSources {
  /** The database that the restored one takes the place of; undefined where there are certificates only. */
  readonly from?: string | undefined;
  readonly certificates: readonly string[];
  readonly 'data-dir'?: string | undefined;
}

/** Erases again whoever was erased after the moment that the database was restored to. @returns what to print. */
export function eraseAgainFrom(sources: MarkSources): Promise<string> {
  return withDatabase(sources, async (pool) => {
    const marks = [
      ...(sources.from === undefined ? [] : await marksIn(sources.from)),
      ...(await Promise.all(sources.certificates.map((path) => marksOf(pool, path)))).flat(),
    ];
    const erased = [...(await eraseAgain(pool, quiet, marks)).values()];
    return listTable([
      { label: 'marks taken over', value: marks.length },
      {
        label: 'visitors found and erased',
        value: erased.reduce((sum, each) => sum + each.visitors_found, 0),
      },
      {
        label: 'events made a stranger’s',
        value: erased.reduce((sum, each) => sum + each.events_anonymised, 0),
      },
    ]);
  });
}

async function marksIn(url: string): Promise<ErasedMark[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    return await readErasedMarks(pool);
  } catch (error) {
    throw new CommandFailure(`The marks cannot be read from the database of --from: ${failureText(error)}`);
  } finally {
    await pool.end();
  }
}

/** The marks of a file of certificates, which this installation must have signed. */
async function marksOf(pool: pg.Pool, path: string): Promise<ErasedMark[]> {
  await verifyFile(path, pool);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const marks = await Promise.all(
    lines.map(async (line) => {
      const certificate = certificateShape.parse(JSON.parse(line));
      const { tenantHk } = await findTenant(pool, certificate.tenant_id);
      return certificate.visitor_marks.map((mark) => ({
        tenant_hk: tenantHk,
        visitor_mark: Buffer.from(mark, 'hex'),
        key_version: certificate.key_version,
        erased_at: new Date(certificate.erased_at),
        secret: null,
      }));
    }),
  );
  return marks.flat();
}
