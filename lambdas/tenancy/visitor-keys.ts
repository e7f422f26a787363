import { createHmac, randomBytes } from 'node:crypto';
import type pg from 'pg';
import * as z from 'zod';
import { encodeParts } from '../platform/encode-parts.ts';
import { inTenant, type Queryable, type Tenant } from '../platform/postgres.ts';
import { ShortMemory } from '../platform/short-memory.ts';
import { readStatement } from '../platform/statement.ts';

/** A secret of a tenant's visitors, of 32 bytes. */
export interface VisitorKey {
  readonly version: number;
  readonly secret: Buffer;
}

const SECRET_BYTES = 32;
/** Milliseconds a process may remember a key. */
const REMEMBERED_FOR = 60 * 60 * 1_000;
const REMEMBERED_KEYS = 2_000;
/** Another process that makes the same row wins once for each row that is made. */
const MOST_LOOKS = 4;

const settleKey = readStatement('settle_visitor_key');
const keyRow = z.object({ key_version: z.number(), secret: z.instanceof(Buffer) });

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** The UTC day that a key or a salt is of. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** Asks again as long as another process has just made what this one wanted to make: its own snapshot cannot see that, the next can. */
export async function settleRow(look: () => Promise<readonly unknown[]>): Promise<unknown> {
  for (let looks = 1; looks <= MOST_LOOKS; looks += 1) {
    const [row] = await look();
    if (row !== undefined) return row;
  }
  throw new Error('A visitor key or salt is neither there nor can it be made.');
}

/** Finds, or makes, the key of a tenant that is valid on a day, in a transaction that may read and add them. */
export async function settleVisitorKey(client: Queryable, tenantHk: Buffer, at: Date): Promise<VisitorKey> {
  const values = [tenantHk, dayOf(at), newSecret()];
  const row = await settleRow(async () => (await client.query(settleKey, values)).rows);
  const { key_version: version, secret } = keyRow.parse(row);
  return { version, secret };
}

/**
 * Finds, or makes, keys as ingest may. One instance serves a process. What has to stay the same whatever is rotated asks for the
 * key of `new Date(0)`, which is the tenant's first.
 */
export function createKeyKeeper(pool: pg.Pool) {
  const known = new ShortMemory<VisitorKey>(REMEMBERED_KEYS);
  return async function keyOf(tenant: Tenant, at: Date): Promise<VisitorKey> {
    const name = `${tenant.tenantHk.toString('base64')} ${dayOf(at)}`;
    const remembered = known.recall(name);
    if (remembered !== undefined) return remembered;
    const key = await inTenant(pool, tenant, (client) => settleVisitorKey(client, tenant.tenantHk, at));
    known.remember(name, key, Date.now() + REMEMBERED_FOR);
    return key;
  };
}

/** By which a visitor is known for ever without being named: 32 bytes. Its twin in SQL is `raw.visitor_mark`. */
export const visitorMark = (secret: Buffer, visitorId: string): Buffer =>
  createHmac('sha256', secret)
    .update(encodeParts(['visitor', visitorId]))
    .digest();
