import * as z from 'zod';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { fingerprintOfKey } from '../../lambdas/tenancy/signed-document.ts';

const readKeys = readStatement('privacy-jobs/read_keys');

const key = z
  .object({ key_version: z.number(), secret: z.instanceof(Buffer) })
  .transform(({ key_version, secret }) => ({
    key_version,
    fingerprint: fingerprintOfKey({ version: key_version, secret }),
  }));

/** What exports and certificates of a tenant are signed with, by version; none before its first visitor. */
export async function signingKeysOf(
  database: Pick<Queryable, 'query'>,
  tenantId: string,
): Promise<z.infer<typeof key>[]> {
  const { rows } = await database.query(readKeys, [tenantId]);
  return z.array(key).parse(rows);
}
