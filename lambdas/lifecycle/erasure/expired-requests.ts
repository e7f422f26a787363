import * as z from 'zod';
import { type LandedRequest, landedRequest } from '../../pipeline/landed-request.ts';
import type { Queryable, Tenant } from '../../platform/postgres.ts';
import { inSets } from '../../platform/sets.ts';
import { readStatement } from '../../platform/statement.ts';

const findDays = readStatement('erasure/find_expired_days');
const findRequests = readStatement('erasure/find_expired_requests');
const readRequests = readStatement('export/read_requests');

const dayRow = z.object({ day: z.string() });
const foundRow = z.object({ request_id: z.string(), arrival: z.string(), bytes: z.number() });

const PAGE = 1_000;
/** Requests hold up to a mebibyte each. */
const inMemory = { items: PAGE, weight: 16 * 1_048_576 };

/**
 * Requests of the days of which retention has taken something out of the vault or the quarantine, some at a time: nothing but the raw layer
 * may have their events.
 */
export async function* readExpiredRequests(
  database: Queryable,
  tenant: Tenant,
): AsyncGenerator<readonly LandedRequest[]> {
  const { rows } = await database.query(findDays, [tenant.tenantId]);
  for (const { day } of z.array(dayRow).parse(rows)) {
    for (let last: Found | undefined; ; ) {
      const page = await findPage(database, tenant, day, last);
      for (const set of inSets(page, ({ bytes }) => bytes, inMemory)) {
        const arrivals = set.map(({ arrival }) => arrival);
        const read = await database.query(readRequests, [tenant.tenantId, tenant.tenantHk, arrivals]);
        yield z.array(landedRequest).parse(read.rows);
      }
      last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
    }
  }
}

type Found = z.infer<typeof foundRow>;

async function findPage(
  database: Queryable,
  { tenantId }: Tenant,
  day: string,
  last: Found | undefined,
): Promise<Found[]> {
  const after = [last?.arrival ?? '-infinity', last?.request_id ?? '0'];
  const { rows } = await database.query(findRequests, [tenantId, day, ...after, PAGE]);
  return z.array(foundRow).parse(rows);
}
