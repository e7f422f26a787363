import * as z from 'zod';
import { limits } from '../event/limits.ts';
import { item, namedFields } from '../event/payload.ts';

const time =
  'RFC 3339 with an offset, or seconds or milliseconds since 1970. Without one the arrival counts.';
const server = 'Counts only from a server’s token.';

/** What fields mean whose names do not say it. */
const meanings: Readonly<Record<string, string>> = {
  event_id: 'Best a UUID of version 7: an event with an id counts once, however often it is sent.',
  event_type:
    'A type with rules such as `page_view`, `item_interaction` or `transaction_step`, or any other name.',
  evt_action: 'Of a `transaction_step`: `start`, `progress`, `complete` or `abandon`.',
  evt_label: 'Of an `item_interaction`: the item.',
  session_id: 'The session as the client counts it; without one a session ends after 30 quiet minutes.',
  visitor_id: 'A first-party id; without one the visitor is a pseudonym of address and agent for one day.',
  do_not_track: 'The visitor asks not to be tracked; counts in the privacy mode `strict`.',
  timestamp: time,
  event_timestamp: time,
  client_ip: server,
  user_agent: server,
};

const describedFields = Object.fromEntries(
  Object.entries(namedFields).map(([name, schema]) => {
    const meaning = meanings[name];
    return [name, meaning === undefined ? schema : schema.describe(meaning)];
  }),
);

const wish = z.union([z.boolean(), z.string(), z.number(), z.null()]).optional();
const optOut = wish.meta({ description: 'Global Privacy Control: the visitor asks not to be tracked.' });

/** What an event may say of its visitor's wishes; it may also stand beside the events of a batch. */
const wishes = {
  gpc: optOut,
  global_privacy_control: optOut,
  consent: z
    .union([wish, z.looseObject({ analytics: wish, analytics_storage: wish }), z.array(z.unknown())])
    .optional()
    .meta({
      description:
        'Whether the visitor agreed to be known by a first-party id: `granted` or `denied`, or by purpose, of which `analytics` counts. Without consent `visitor_id` and `session_id` are not stored, as the tenant’s privacy mode has it.',
    }),
};

/**
 * An event as a caller may send it, for the description of the API: every name of every field, and any other member. The reader
 * of lambdas/event/payload.ts takes more spellings of a value than are promised here.
 */
export const event = z
  .looseObject({
    ...describedFields,
    items: z.array(item).max(limits.itemsPerEvent).optional(),
    ...wishes,
    event_data: z
      .looseObject({})
      .optional()
      .meta({ description: 'Fields that are not found in the event itself, and custom properties.' }),
    properties: z.looseObject({}).optional().meta({ description: 'Custom properties only.' }),
  })
  .meta({
    id: 'Event',
    description:
      'One event, in any of the three shapes. `event_type` or `evt_type` is needed; what is not known is kept in `custom_properties`.',
  });

const events = z.array(event).min(1).max(limits.eventsPerRequest);

/** Where the token and the tenant travel when a page unloads: `sendBeacon` cannot set headers. */
const unloadCredentials = {
  token: z.string().optional().meta({ description: 'The token, in a `text/plain` body only.' }),
  customer_id: z.string().optional().meta({ description: 'The tenant, in a `text/plain` body only.' }),
};

export const batch = z
  .looseObject({ events, ...unloadCredentials })
  .meta({ id: 'Batch', description: 'Events, and beside them fields that hold for each of them.' });

export const trackBody = z.union([event, events, batch]);
