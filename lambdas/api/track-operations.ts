import * as z from 'zod';
import { limits } from '../event/limits.ts';
import type { IngestRoute } from '../platform/routes.ts';
import { trackBody } from './event-schema.ts';
import type { Answer, Operation } from './operation.ts';

const instant = z.iso.datetime();
const count = z.int().min(0);

/** How far an event has come when the call is answered. */
const pipeline = z
  .object({
    staged: z.boolean().meta({ description: 'Whether it passed validation and enrichment.' }),
    loaded: z.boolean().meta({ description: 'Whether it is in the vault.' }),
    code: z.string().optional().meta({ description: 'Why it went into quarantine instead of the vault.' }),
  })
  .meta({ id: 'EventPipeline' });

const processing = z.enum(['automatic', 'background', 'none']).meta({
  description:
    '`automatic`: done when the answer came. `background`: stored, and on its way. `none`: there was nothing to store.',
});

const stored = z.enum(['accepted', 'duplicate']);

const verdict = z
  .discriminatedUnion('status', [
    z.object({ index: count, event_id: z.string(), status: stored, pipeline: pipeline.optional() }),
    z.object({ index: count, event_id: z.null(), status: z.literal('not_stored') }),
    z.object({
      index: count,
      event_id: z.string().nullable(),
      status: z.literal('rejected'),
      code: z.string(),
      pointer: z.string(),
      message: z.string(),
    }),
  ])
  .meta({ id: 'Verdict', description: 'What became of one event of a batch.' });

const answeredEvent = z
  .object({
    success: z.literal(true),
    message: z.string(),
    event_id: z.string().nullable().meta({ description: 'Null when nothing was stored.' }),
    status: z.enum([...stored.options, 'not_stored']),
    timestamp: instant.meta({ description: 'When the request arrived.' }),
    processing,
    pipeline: pipeline.optional().meta({
      description:
        'Present for a new event of the synchronous call: how far it had come when the call answered.',
    }),
  })
  .meta({ id: 'TrackedEvent' });

const answeredBatch = z
  .object({
    success: z.boolean().meta({ description: 'Whether no event was rejected.' }),
    message: z.string(),
    timestamp: instant.meta({ description: 'When the request arrived.' }),
    processing,
    accepted: count.meta({ description: 'Events that are stored, duplicates included.' }),
    rejected: count,
    duplicates: count.meta({ description: 'Events that had been stored before.' }),
    results: z.array(verdict),
  })
  .meta({ id: 'TrackedBatch' });

export type TrackedEvent = z.infer<typeof answeredEvent>;
export type TrackedBatch = z.infer<typeof answeredBatch>;
export type TrackedVerdict = z.infer<typeof verdict>;
export type EventPipeline = z.infer<typeof pipeline>;
export type Processing = z.infer<typeof processing>;

const exampleId = '0190a0b0-c0d0-7000-8000-00000000f001';
const exampleTime = '2026-01-31T08:00:00.000Z';

const answers = (description: string, example: TrackedEvent | TrackedBatch): Answer => ({
  description,
  content: { 'application/json': { schema: z.union([answeredEvent, answeredBatch]), example } },
});

const examples = {
  'page view': {
    event_id: exampleId,
    event_type: 'page_view',
    page_url: 'https://shop.example/products/widget-a',
    page_title: 'Widget A',
    session_id: 'sess_1',
    visitor_id: 'vis_1',
    timestamp: exampleTime,
  },
  'plan’s shape': {
    evt_type: 'item_interaction',
    evt_action: 'click',
    evt_label: 'Widget A',
    evt_value: 42,
    page_url: '/products/widget-a',
  },
  'guide’s shape': {
    event_type: 'test_event',
    page_url: 'http://localhost/test',
    event_data: { test: true },
  },
  batch: {
    session_id: 'sess_1',
    events: [{ event_type: 'click' }, { event_type: 'scroll', scroll_depth: 50 }],
  },
};

const body = {
  schema: trackBody,
  mediaTypes: ['application/json', 'text/plain'],
  examples,
};

/** Codes of a request as a whole, then those of single events: a request of one event is refused with them. */
const problems = [
  'invalid_json',
  'invalid_utf8',
  'invalid_encoding',
  'not_an_event',
  'no_events',
  'not_an_object',
  'missing_field',
  'invalid_field',
  'too_long',
  'too_deep',
  'too_many_keys',
  'too_many_items',
  'nested_batch',
  'id_conflict',
  'tracking_disabled',
  'body_too_large',
  'too_many_events',
  'envelope_too_large',
  'unsupported_media_type',
  'unsupported_encoding',
] as const;

const LIMITS = `At most ${limits.eventsPerRequest} events and ${limits.bodyBytes} bytes after decompression (gzip, br).`;

const background = {
  tag: 'tracking',
  scope: 'events:write',
  body,
  problems,
} as const;

const backgroundEvent: TrackedEvent = {
  success: true,
  message: 'Event stored',
  event_id: exampleId,
  status: 'accepted',
  timestamp: exampleTime,
  processing: 'background',
};

const backgroundBatch: TrackedBatch = {
  success: true,
  message: '1 of 1 events stored',
  timestamp: exampleTime,
  processing: 'background',
  accepted: 1,
  rejected: 0,
  duplicates: 0,
  results: [{ index: 0, event_id: exampleId, status: 'accepted' }],
};

/** The calls that store events. */
export const trackOperations = {
  'POST /api/v1/track': {
    operationId: 'track',
    summary: 'Store events and process them in the same call',
    description: `Stores, then takes the events through staging into the vault before it answers. Processing that fails or takes too long never fails the call: the queue takes over, and the answer says \`background\`, and \`pipeline\` how far each event has come by then. One event, an array, or {"events": […]}. ${LIMITS}`,
    tag: 'tracking',
    scope: 'events:write',
    body,
    answers: {
      200: answers('The events are stored; `pipeline` says how far each has come.', {
        ...backgroundEvent,
        message: 'Event tracked successfully',
        processing: 'automatic',
        pipeline: { staged: true, loaded: true },
      }),
    },
    problems,
  },
  'POST /api/v1/track/async': {
    ...background,
    operationId: 'trackAsync',
    summary: 'Store events, and process them in the background',
    description: `Answers as soon as the events are stored. One event, an array, or {"events": […]}. ${LIMITS}`,
    answers: { 202: answers('The events are stored and will be in the vault.', backgroundEvent) },
  },
  'POST /api/v1/track/batch': {
    ...background,
    operationId: 'trackBatch',
    summary: 'Store a batch of events, with a verdict for each',
    description: `As \`/api/v1/track/async\`, and always answered with verdicts. A batch of which no event can be stored is a problem. ${LIMITS}`,
    answers: {
      202: {
        description: 'What became of each event.',
        content: { 'application/json': { schema: answeredBatch, example: backgroundBatch } },
      },
    },
  },
  'POST /api/tracking/events.js': {
    ...background,
    operationId: 'trackFromBrowser',
    summary: 'Store events of a browser',
    description: `The same as \`/api/v1/track/async\`, under the path of the Data Vault plan. ${LIMITS}`,
    answers: { 202: answers('The events are stored and will be in the vault.', backgroundEvent) },
  },
} as const satisfies Partial<Record<IngestRoute, Operation>>;

export type TrackRoute = keyof typeof trackOperations;
