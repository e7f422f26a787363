import { createHmac } from 'node:crypto';
import type pg from 'pg';
import * as z from 'zod';
import { inTenant, type Tenant } from '../platform/postgres.ts';
import { ShortMemory } from '../platform/short-memory.ts';
import { readStatement } from '../platform/statement.ts';
import { dayOf, newSecret, settleRow, type VisitorKey } from './visitor-keys.ts';

/** What the pseudonyms of a tenant's day are made with: neither the salt alone nor the key alone gives it. */
export interface DaySecret {
  /** Of the key; null for a day that began with the release before, whose pseudonyms took the salt alone. */
  readonly version: number | null;
  /** 32 bytes. */
  readonly secret: Buffer;
}

export const daySecret = (salt: Buffer, key: VisitorKey | null): DaySecret =>
  key === null
    ? { version: null, secret: salt }
    : { version: key.version, secret: createHmac('sha256', key.secret).update(salt).digest() };

const settleSalt = readStatement('settle_visitor_salt');
const saltRow = z.object({
  salt: z.instanceof(Buffer),
  key_version: z.number().nullable(),
  secret: z.instanceof(Buffer).nullable(),
});

/** Milliseconds a process may remember a salt; `SALT_HOURS` in lambdas/lifecycle/salts.ts leaves room for them. */
const REMEMBERED_FOR = 60 * 60 * 1_000;
const REMEMBERED_SALTS = 2_000;

/** Finds, or makes, the salt of a tenant's day and its key. One instance serves a process. */
export function createSaltKeeper(pool: pg.Pool) {
  const known = new ShortMemory<DaySecret>(REMEMBERED_SALTS);
  return async function saltOf(tenant: Tenant, at: Date): Promise<DaySecret> {
    const day = dayOf(at);
    const name = `${tenant.tenantHk.toString('base64')} ${day}`;
    const remembered = known.recall(name);
    if (remembered !== undefined) return remembered;
    const values = [tenant.tenantHk, day, newSecret(), newSecret()];
    const row = await settleRow(
      async () => (await inTenant(pool, tenant, (client) => client.query(settleSalt, values))).rows,
    );
    const { salt, key_version: version, secret } = saltRow.parse(row);
    const settled = daySecret(salt, version === null || secret === null ? null : { version, secret });
    known.remember(name, settled, Date.now() + REMEMBERED_FOR);
    return settled;
  };
}
