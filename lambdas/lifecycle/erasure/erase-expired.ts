import type pg from 'pg';
import * as z from 'zod';
import type { LandedRequest } from '../../pipeline/landed-request.ts';
import { dropEvents } from '../../pipeline/rewritten-request.ts';
import { stageOne } from '../../pipeline/stage-requests.ts';
import { inTransaction, type Queryable, type Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { ownedEvents } from './event-owners.ts';
import { readExpiredRequests } from './expired-requests.ts';
import { lockRequests } from './lock-requests.ts';

const findVaulted = readStatement('erasure/find_vaulted');
const tallyExpired = readStatement('erasure/tally_expired');

const vaultedRow = z.object({ event_id: z.string() });

/**
 * Writes over the events of visitors that only the raw layer still has, because the vault or the quarantine keeps them for a shorter time.
 * To be run after these have been emptied of theirs. Nothing but their bytes says whose they are, so each is looked at.
 * @returns how many there were.
 */
export async function eraseExpired(
  pool: pg.Pool,
  tenant: Tenant,
  isErased: (visitorId: string) => boolean,
): Promise<number> {
  let sum = 0;
  for await (const requests of readExpiredRequests(pool, tenant)) {
    const theirs = requests.filter((request) =>
      ownedEvents(request).some(({ visitorId }) => isErased(visitorId)),
    );
    if (theirs.length === 0) continue;
    sum += await inTransaction(pool, async (client) => {
      let dropped = 0;
      for await (const locked of lockRequests(client, tenant, theirs))
        dropped += await dropTheirs(client, tenant, locked, isErased);
      return dropped;
    });
  }
  return sum;
}

async function dropTheirs(
  client: Queryable,
  tenant: Tenant,
  requests: readonly LandedRequest[],
  isErased: (visitorId: string) => boolean,
): Promise<number> {
  const theirs = requests.flatMap((request) => {
    const refused = new Set(
      stageOne(request).flatMap(({ rawEventId, refusal }) => (refusal === null ? [] : rawEventId)),
    );
    return ownedEvents(request)
      .filter(({ visitorId }) => isErased(visitorId))
      .map((event) => ({
        ...event,
        received: request.received_timestamp,
        isRefused: refused.has(event.rawEventId),
      }));
  });
  const { rows } = await client.query(findVaulted, [
    tenant.tenantHk,
    theirs.map(({ received }) => received),
    theirs.map(({ eventId }) => eventId),
  ]);
  const vaulted = new Set(
    z
      .array(vaultedRow)
      .parse(rows)
      .map(({ event_id }) => event_id),
  );
  const gone = theirs.filter(({ eventId }) => !vaulted.has(eventId));
  await dropEvents(
    client,
    requests,
    gone.map(({ rawEventId }) => rawEventId),
  );
  await client.query(tallyExpired, [
    tenant.tenantId,
    gone.map(({ received }) => received),
    gone.map(({ isRefused }) => isRefused),
  ]);
  return gone.length;
}
