import * as z from 'zod';
import { type LandedRequest, landedRequest } from '../../pipeline/landed-request.ts';
import type { Queryable, Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

const readRequests = readStatement('erasure/read_requests');

/** Requests hold up to a mebibyte each. */
const AT_ONCE = 20;

/** Reads requests of the raw layer, some at a time, for the transaction to write over. */
export async function* lockRequests(
  client: Queryable,
  { tenantId, tenantHk }: Tenant,
  wanted: readonly { readonly request_id: string; readonly received_timestamp: Date }[],
): AsyncGenerator<readonly LandedRequest[]> {
  const arrivals = new Map(
    wanted.map(({ request_id, received_timestamp }) => [request_id, received_timestamp]),
  );
  const ids = [...arrivals.keys()];
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const some = ids.slice(first, first + AT_ONCE);
    const { rows } = await client.query(readRequests, [
      tenantId,
      tenantHk,
      some.map((id) => arrivals.get(id)),
      some,
    ]);
    yield z.array(landedRequest).parse(rows);
  }
}
