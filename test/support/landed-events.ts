import type pg from 'pg';
import * as z from 'zod';
import type { Traffic } from './mixed-industries.ts';
import type { LoadedEvent } from './recompute-sessions.ts';

const landedRow = z.object({
  tenant_id: z.string(),
  event_id: z.string(),
  request_id: z.string(),
  received: z.date(),
  record_source: z.string(),
  visitor_key: z.string(),
  visitor_ip_hash: z.string(),
});

/** The events that landed, by request: what they mean together with what their arrival decided. */
export async function landedEvents(
  pool: pg.Pool,
  drafts: Traffic['drafts'],
): Promise<Map<string, LoadedEvent[]>> {
  const { rows } = await pool.query(
    `SELECT tenant_id, event_id::text, request_id::text, received_timestamp AS received, record_source,
       coalesce(event_context -> (ordinal - 1)::text ->> 'visitor_key', encode(visitor_key, 'hex')) AS visitor_key,
       coalesce(event_context -> (ordinal - 1)::text ->> 'visitor_ip_hash', encode(visitor_ip_hash, 'hex')) AS visitor_ip_hash
     FROM raw.site_tracking_requests_r, unnest(event_ids) WITH ORDINALITY AS event (event_id, ordinal)
     ORDER BY request_id, ordinal`,
  );
  const landed = z.array(landedRow).parse(rows);
  const requests = Map.groupBy(landed, ({ request_id }) => request_id);
  return new Map(
    [...requests].map(([requestId, events]) => [requestId, events.map((event) => arrive(drafts, event))]),
  );
}

function arrive(drafts: Traffic['drafts'], event: z.infer<typeof landedRow>): LoadedEvent {
  const draft = drafts.get(JSON.stringify([event.tenant_id, event.event_id]));
  if (draft === undefined) throw new Error(`Nobody sent the event ${event.event_id}.`);
  const received = event.received.getTime();
  return {
    ...draft,
    at: draft.at ?? received,
    visitorId: draft.visitorId ?? event.visitor_key,
    visitor: { visitor_ip_hash: event.visitor_ip_hash, ...draft.visitor },
    received,
    recordSource: event.record_source,
  };
}
