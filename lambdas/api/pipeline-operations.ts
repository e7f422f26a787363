import * as z from 'zod';
import type { RouteKey } from '../platform/routes.ts';
import type { Operation } from './operation.ts';

const instant = z.iso.datetime();
const count = z.int().min(0);
const age = z
  .number()
  .min(0)
  .nullable()
  .meta({ description: 'Seconds since the oldest arrived; null when there is none.' });
const hashKey = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .meta({ id: 'HashKey', description: 'A hash key of the vault, in hexadecimal.' });
const traceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ id: 'TraceId', description: 'A trace id of W3C Trace Context.' });
const percent = z.number().min(0).max(100);

const stage = z.enum(['Pending', 'Complete Pipeline', 'Quarantined']).meta({
  description: 'How far an event has come.',
});

const statusAnswer = z
  .object({
    success: z.literal(true),
    tenant_id: z.string(),
    generated_at: instant,
    stages: z.object({
      raw: z.object({ events: count.meta({ description: 'All events the raw layer keeps.' }) }),
      pending: z
        .object({ events: count, requests: count, oldest_seconds: age })
        .meta({ description: 'What is stored and not in the vault yet, in whatever stage.' }),
      staged: z
        .object({ events: count, oldest_seconds: age })
        .meta({ description: 'What of it waits for the vault only.' }),
      vault: z.object({ events: count }),
      quarantined: z.object({ events: count }),
    }),
    lag: z.object({ staging_seconds: z.number().min(0), business_seconds: z.number().min(0) }).meta({
      description: 'Seconds that the oldest event has waited for each stage; 0 when nothing waits.',
    }),
    oldest_pending: instant.nullable().meta({ description: 'When the oldest event that waits arrived.' }),
    queues: z
      .array(z.object({ name: z.string(), visible: count, in_flight: count }))
      .meta({ description: 'How much lies in the queues of all tenants; empty while they do not answer.' }),
    recent: z
      .array(z.object({ event_id: z.uuid(), event_type: z.string().nullable(), received_at: instant, stage }))
      .max(10)
      .meta({ description: 'The newest events.' }),
  })
  .meta({ id: 'PipelineStatus' });

export const dashboardEvent = z
  .object({
    event_id: z.uuid(),
    event_type: z.string().nullable(),
    page_url: z.string().nullable(),
    site_id: z.string(),
    received_at: instant,
    raw_status: z.enum(['PENDING', 'PROCESSING', 'PROCESSED', 'ERROR']),
    staging_status: z.enum(['PENDING', 'PROCESSED', 'INVALID']),
    business_status: stage,
    error: z.string().nullable().meta({ description: 'Why it is in quarantine.' }),
  })
  .meta({ id: 'DashboardEvent' });

const dashboardAnswer = z
  .object({
    success: z.literal(true),
    data: z.object({
      summary: z
        .object({
          total_events: count,
          processed_to_staging: count.meta({
            description: 'Events that passed staging, those in the vault included.',
          }),
          processed_to_business: count.meta({ description: 'Events in the vault.' }),
          quarantined: count,
          pending: count,
          latest_event: instant.nullable().meta({ description: 'When the newest event arrived.' }),
        })
        .optional()
        .meta({ description: 'On the first page only.' }),
      completion_rates: z.object({ staging: percent, business: percent }).optional().meta({
        description:
          'Percent of all events that passed each stage; 100 when there are none. On the first page only.',
      }),
      events: z.array(dashboardEvent).meta({ description: 'Newest first.' }),
      next_cursor: z
        .string()
        .nullable()
        .meta({ description: 'Where the next page begins; null after the last.' }),
    }),
  })
  .meta({ id: 'Dashboard' });

const processAnswer = z
  .object({
    success: z.literal(true),
    message: z.string(),
    timestamp: instant,
    processed: z
      .object({ staged: count, loaded: count, quarantined: count })
      .meta({ description: 'Events that this call took through each stage.' }),
    remaining: z
      .object({ requests: count, events: count })
      .meta({ description: 'What waits still: call again, or leave it to the queues.' }),
  })
  .meta({ id: 'Processed' });

/** The rows of one event, by layer; null where it has none. */
export const lineageRows = {
  raw: z
    .object({
      raw_event_id: z.string(),
      request_id: z.string(),
      site_id: z.string(),
      received_at: instant,
      record_source: z.string(),
      status: dashboardEvent.shape.raw_status,
      bytes: count,
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .meta({ description: 'SHA-256 of the bytes that are kept.' }),
      value_altered: z.boolean(),
      trace_id: traceId.nullable().meta({ description: 'Null for a request that nobody traced.' }),
    })
    .nullable()
    .meta({ description: 'The row of the raw layer; null when retention has deleted it.' }),
  quarantine: z
    .object({
      stage: z.enum(['INGEST', 'STAGING', 'BUSINESS']),
      code: z.string(),
      reasons: z.array(z.string()),
      quarantined_at: instant,
    })
    .nullable(),
  vault: z
    .object({
      site_event_hk: hashKey,
      load_date: instant,
      event_timestamp: instant,
      event_type: z.string(),
      site_session_hk: hashKey,
      site_visitor_hk: hashKey,
      site_page_hk: hashKey,
      business_item_hks: z.array(hashKey),
      rows: z
        .array(z.object({ table: z.string(), key: hashKey, load_date: instant }))
        .meta({ description: 'The hub, link and event rows that this event is stored in or refers to.' }),
    })
    .nullable(),
};

const lineageAnswer = z
  .object({
    success: z.literal(true),
    data: z.object({ event_id: z.uuid(), stage, ...lineageRows }),
  })
  .meta({ id: 'Lineage' });

export type PipelineStatus = z.infer<typeof statusAnswer>;
export type Dashboard = z.infer<typeof dashboardAnswer>['data'];
export type Processed = z.infer<typeof processAnswer>;
export type Lineage = z.infer<typeof lineageAnswer>['data'];

const wholeNumber = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  );

const exampleId = '0190a0b0-c0d0-7000-8000-00000000f001';
const exampleTime = '2026-01-31T08:00:00.000Z';
const exampleKey = '019a0b0c0d0e7000800000000000f00100000000';

const recentExample = {
  event_id: exampleId,
  event_type: 'page_view',
  received_at: exampleTime,
  stage: 'Complete Pipeline',
} satisfies PipelineStatus['recent'][number];

/** Largest page of the dashboard. */
const PAGE = 500;

export const dashboardQuery = z.strictObject({
  limit: wholeNumber(1, PAGE).default(20).meta({ description: 'Events of one page.' }),
  cursor: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before.' }),
});

/** The calls that say where events stand, and that move them on. */
export const pipelineOperations = {
  'GET /api/v1/track/status': {
    operationId: 'readStatus',
    summary: 'Read the state of the pipeline',
    description: 'Counts and lag of each stage, the queues, and the 10 newest events.',
    tag: 'pipeline',
    scope: 'pipeline:read',
    answers: {
      200: {
        description: 'Where the events of the tenant stand.',
        content: {
          'application/json': {
            schema: statusAnswer,
            example: {
              success: true,
              tenant_id: 'acme',
              generated_at: exampleTime,
              stages: {
                raw: { events: 120 },
                pending: { events: 2, requests: 1, oldest_seconds: 0.4 },
                staged: { events: 0, oldest_seconds: null },
                vault: { events: 117 },
                quarantined: { events: 1 },
              },
              lag: { staging_seconds: 0.4, business_seconds: 0 },
              oldest_pending: exampleTime,
              queues: [{ name: 'staging', visible: 1, in_flight: 0 }],
              recent: [recentExample],
            } satisfies PipelineStatus,
          },
        },
      },
    },
    problems: ['unknown_parameter'],
    query: z.strictObject({}),
  },
  'GET /api/v1/track/dashboard': {
    operationId: 'readDashboard',
    summary: 'Read a summary and the newest events with their stages',
    description: 'Newest first, page by page: `next_cursor` of an answer is `cursor` of the next question.',
    tag: 'pipeline',
    scope: 'pipeline:read',
    query: dashboardQuery,
    answers: {
      200: {
        description: 'The summary, and one page of events.',
        content: {
          'application/json': {
            schema: dashboardAnswer,
            example: {
              success: true,
              data: {
                summary: {
                  total_events: 120,
                  processed_to_staging: 117,
                  processed_to_business: 117,
                  quarantined: 1,
                  pending: 2,
                  latest_event: exampleTime,
                },
                completion_rates: { staging: 97.5, business: 97.5 },
                events: [
                  {
                    event_id: exampleId,
                    event_type: 'page_view',
                    page_url: 'https://shop.example/',
                    site_id: 'main',
                    received_at: exampleTime,
                    raw_status: 'PROCESSED',
                    staging_status: 'PROCESSED',
                    business_status: 'Complete Pipeline',
                    error: null,
                  },
                ],
                next_cursor: null,
              },
            } satisfies z.infer<typeof dashboardAnswer>,
          },
        },
      },
    },
    problems: ['unknown_parameter', 'invalid_limit', 'invalid_cursor'],
  },
  'POST /api/v1/track/process': {
    operationId: 'processPending',
    summary: 'Process what is pending now',
    description:
      'Takes what waits through staging into the vault, oldest first, for a few seconds at the most. What it does not reach stays with the queues.',
    tag: 'pipeline',
    scope: 'pipeline:run',
    answers: {
      200: {
        description: 'What was done, and what is left.',
        content: {
          'application/json': {
            schema: processAnswer,
            example: {
              success: true,
              message: 'Processed what was pending',
              timestamp: exampleTime,
              processed: { staged: 2, loaded: 2, quarantined: 0 },
              remaining: { requests: 0, events: 0 },
            } satisfies Processed,
          },
        },
      },
    },
    problems: [],
  },
  'GET /api/v1/events/{id}/lineage': {
    operationId: 'readLineage',
    summary: 'Follow one event from its raw row into the vault',
    description: 'An event of another tenant is answered as one that does not exist.',
    tag: 'pipeline',
    scope: 'pipeline:read',
    path: z.strictObject({
      id: z.string().min(1).max(255).meta({ description: 'The event’s id, as it was sent or answered.' }),
    }),
    answers: {
      200: {
        description: 'Every row the event has.',
        content: {
          'application/json': {
            schema: lineageAnswer,
            example: {
              success: true,
              data: {
                event_id: exampleId,
                stage: 'Complete Pipeline',
                raw: {
                  raw_event_id: '1024',
                  request_id: '1',
                  site_id: 'main',
                  received_at: exampleTime,
                  record_source: 'site_tracker',
                  status: 'PROCESSED',
                  bytes: 57,
                  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
                  value_altered: false,
                  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
                },
                quarantine: null,
                vault: {
                  site_event_hk: exampleKey,
                  load_date: exampleTime,
                  event_timestamp: exampleTime,
                  event_type: 'page_view',
                  site_session_hk: exampleKey,
                  site_visitor_hk: exampleKey,
                  site_page_hk: exampleKey,
                  business_item_hks: [],
                  rows: [{ table: 'business.site_event_nl', key: exampleKey, load_date: exampleTime }],
                },
              },
            } satisfies z.infer<typeof lineageAnswer>,
          },
        },
      },
    },
    problems: ['unknown_event'],
  },
} as const satisfies Partial<Record<RouteKey, Operation>>;

export type PipelineRoute = keyof typeof pipelineOperations;
