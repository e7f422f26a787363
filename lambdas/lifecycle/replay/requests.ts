import * as z from 'zod';
import type { Queryable } from '../../platform/postgres.ts';
import { inSets } from '../../platform/sets.ts';
import { readStatement } from '../../platform/statement.ts';

const findRequests = readStatement('replay/find_requests');
const countRequests = readStatement('replay/count_requests');

/** Events that one transaction of a replay takes at the most; a request is never cut. */
const EVENTS_PER_TRANSACTION = 2_000;
const REQUESTS_PER_TRANSACTION = 1_000;
const REQUESTS_PER_PAGE = 10_000;

/** Which requests of the raw layer a replay is about. */
export interface ReplayScope {
  /** Null for all tenants. */
  readonly tenantIds: readonly string[] | null;
  /** The first arrival that counts; null for the first there is. */
  readonly from: Date | null;
  /** The first arrival that counts no more; null for no end. */
  readonly to: Date | null;
}

/** A request, named without what it holds. */
export interface NamedRequest {
  readonly requestId: string;
  /** As the database writes it, which is more precise than a `Date`. */
  readonly received: string;
  readonly events: number;
}

const requestRow = z.object({
  request_id: z.string(),
  received_timestamp: z.string(),
  event_count: z.number(),
});
const countRow = z.object({ requests: z.number(), events: z.number() });

const parametersOf = ({ tenantIds, from, to }: ReplayScope) => [
  tenantIds,
  from?.toISOString() ?? '-infinity',
  to?.toISOString() ?? 'infinity',
];

/** How many requests and events are in scope. */
export async function countInScope(
  database: Queryable,
  scope: ReplayScope,
): Promise<z.infer<typeof countRow>> {
  const { rows } = await database.query(countRequests, parametersOf(scope));
  return countRow.parse(rows[0]);
}

/** The requests in scope in the order in which they arrived, in sets that one transaction can take. */
export async function* requestsInOrder(
  database: Queryable,
  scope: ReplayScope,
): AsyncGenerator<NamedRequest[]> {
  let after: Pick<NamedRequest, 'received' | 'requestId'> = { received: '-infinity', requestId: '0' };
  for (;;) {
    const { rows } = await database.query(findRequests, [
      ...parametersOf(scope),
      after.received,
      after.requestId,
      REQUESTS_PER_PAGE,
    ]);
    const page = z
      .array(requestRow)
      .parse(rows)
      .map(({ request_id, received_timestamp, event_count }) => ({
        requestId: request_id,
        received: received_timestamp,
        events: event_count,
      }));
    yield* inSets(page, ({ events }) => events, {
      items: REQUESTS_PER_TRANSACTION,
      weight: EVENTS_PER_TRANSACTION,
    });
    const last = page.at(-1);
    if (last === undefined || page.length < REQUESTS_PER_PAGE) return;
    after = last;
  }
}
