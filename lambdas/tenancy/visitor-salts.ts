import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import * as z from 'zod';
import { inTenant, type Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const settleSalt = readStatement('settle_visitor_salt');
const saltRow = z.object({ salt: z.instanceof(Buffer) });

/** Milliseconds a process may remember a salt; short beside the 48 hours the database keeps it. */
const REMEMBERED_FOR = 60 * 60 * 1_000;
const REMEMBERED_SALTS = 2_000;
const SALT_BYTES = 32;

/** Finds, or makes, the salt of a tenant's day. One instance serves a process. */
export function createSaltKeeper(pool: pg.Pool) {
  const known = new Map<string, { salt: Buffer; until: number }>();
  return async function saltOf(tenant: Tenant, at: Date): Promise<Buffer> {
    const day = at.toISOString().slice(0, 10);
    const key = `${tenant.tenantHk.toString('base64')} ${day}`;
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.salt;
    const values = [tenant.tenantHk, day, randomBytes(SALT_BYTES)];
    const settle = async () =>
      (await inTenant(pool, tenant, (client) => client.query(settleSalt, values))).rows;
    let rows = await settle();
    // Another process made the salt while this statement waited for it; its own snapshot cannot see that, the next can.
    if (rows.length === 0) rows = await settle();
    const { salt } = saltRow.parse(rows[0]);
    if (known.size >= REMEMBERED_SALTS) known.clear();
    known.set(key, { salt, until: Date.now() + REMEMBERED_FOR });
    return salt;
  };
}
