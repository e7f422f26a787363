import * as z from 'zod';
import type { Operation } from '../api/operation.ts';
import type { AnalyticsRoute } from '../platform/routes.ts';
import { answers, type Topic } from './answers.ts';
import { columnsOf, csvOf } from './csv-answer.ts';
import { examples } from './examples.ts';
import { parameters } from './parameters.ts';

/** The question behind each route. */
export const topicOf = {
  'GET /api/tracking/analytics': 'overview',
  'GET /api/v1/analytics': 'overview',
  'GET /api/v1/analytics/timeseries': 'timeseries',
  'GET /api/v1/analytics/pages': 'pages',
  'GET /api/v1/analytics/sources': 'sources',
  'GET /api/v1/analytics/devices': 'devices',
  'GET /api/v1/analytics/events': 'events',
  'GET /api/v1/analytics/sessions': 'sessions',
  'GET /api/v1/analytics/items': 'items',
  'GET /api/v1/analytics/funnel': 'funnel',
  'GET /api/v1/analytics/paths': 'paths',
  'GET /api/v1/analytics/retention': 'retention',
  'GET /api/v1/analytics/live': 'live',
} as const satisfies Partial<Record<AnalyticsRoute, Topic>>;

export type QuestionRoute = keyof typeof topicOf;

interface Description {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
}

const descriptions: Readonly<Record<Topic, Description>> = {
  overview: {
    operationId: 'getAnalytics',
    summary: 'Sum up sessions, interactions and conversions',
    description:
      'Counts events by the time they happened, each once. Sessions are those with a selected event, with their whole length.',
  },
  timeseries: {
    operationId: 'getTimeSeries',
    summary: 'Count by hour, day, week or month',
    description:
      'A row for each local unit of time, also without events. A bucket is named by its start with the offset then in force: the doubled hour of a change to winter time is two buckets. Visitors and sessions are distinct within a bucket; `totals` are those of the whole range.',
  },
  pages: {
    operationId: 'getPages',
    summary: 'List the pages by their views',
    description:
      'Entries and exits are selected sessions that began or ended on the page, and the bounce rate is of those that began there. Seconds on a page run to the next page view of the session, or as long as something still happened.',
  },
  sources: {
    operationId: 'getSources',
    summary: 'List where sessions came from',
    description:
      'By channel, source (utm_source, else the referring host) and campaign of the session’s entry event.',
  },
  devices: {
    operationId: 'getDevices',
    summary: 'List what visitors use',
    description:
      'By kind of device, browser, operating system or screen, as the session’s entry event knew it; `unknown` otherwise.',
  },
  events: {
    operationId: 'getEvents',
    summary: 'List the types of events',
    description: 'By type, with the sum of the events’ values.',
  },
  sessions: {
    operationId: 'getSessions',
    summary: 'List sessions, the newest first',
    description:
      'Sessions with a selected event. What a row says is of the whole session: its counts include events that the filters leave out.',
  },
  items: {
    operationId: 'getItems',
    summary: 'List the business items',
    description:
      'Interactions are selected events that concern the item, without transaction steps; conversions are its completed transactions. Items of one event share its value equally. Name and type are the newest known.',
  },
  funnel: {
    operationId: 'getFunnel',
    summary: 'Count the sessions that took one step after the other',
    description:
      'A session reaches a step with a selected event at or after the one with which it reached the step before, each event serving one step.',
  },
  paths: {
    operationId: 'getPaths',
    summary: 'List the first pages of sessions',
    description:
      'The paths of a session’s selected page views in their order, repetitions in a row counted once, up to `length` of them.',
  },
  retention: {
    operationId: 'getRetention',
    summary: 'Count the visitors who came back',
    description:
      'Visitors whose first event ever is in the range, by the period it is in, and how many of them have a selected event in each period after it, up to the end of the range.',
  },
  live: {
    operationId: 'getLive',
    summary: 'Show the last 30 minutes',
    description:
      'What has reached the vault by now: events are there within seconds as a rule, and `newestArrival` says how far it is. It takes no dates.',
  },
};

const dateProblems = ['invalid_date', 'invalid_days', 'invalid_date_range'];
const placeProblems = ['invalid_site', 'invalid_time_zone'];
const filterProblems = ['invalid_filter', 'invalid_bot', 'unknown_parameter', 'unknown_site'];
const listProblems = ['invalid_limit', 'invalid_cursor'];

const problemsOf: Readonly<Record<Topic, readonly string[]>> = {
  overview: ['invalid_compare'],
  timeseries: ['invalid_compare', 'invalid_granularity'],
  pages: ['invalid_compare', ...listProblems],
  sources: ['invalid_compare', ...listProblems],
  devices: ['invalid_compare', ...listProblems, 'invalid_by'],
  events: ['invalid_compare', ...listProblems],
  sessions: ['invalid_compare', ...listProblems],
  items: ['invalid_compare', ...listProblems],
  funnel: ['invalid_compare', 'invalid_steps'],
  paths: ['invalid_compare', ...listProblems, 'invalid_length'],
  retention: ['invalid_compare', 'invalid_granularity'],
  live: [],
};

/** RFC 4180: a line with the names of the columns, and one for each row. */
const csvText = z.string();

function operation(topic: Topic, named: Partial<Description> = {}): Operation {
  const query: z.ZodObject = parameters[topic];
  return {
    ...descriptions[topic],
    ...named,
    tag: 'analytics',
    scope: 'analytics:read',
    query,
    answers: {
      200: {
        description:
          topic === 'overview'
            ? 'The answer; as CSV a line for each of its figures, with the columns metric and value.'
            : `The answer; as CSV its rows, with the columns ${columnsOf(topic).join(', ')}.`,
        content: {
          'application/json': { schema: answers[topic], example: examples[topic] },
          'text/csv': { schema: csvText, example: csvOf(topic, answers[topic].parse(examples[topic]).data) },
        },
      },
    },
    problems: [
      ...(topic === 'live' ? [] : dateProblems),
      ...placeProblems,
      ...filterProblems,
      ...problemsOf[topic],
      'too_many_questions',
    ],
  };
}

/** Every analytics question, by its route. */
export const analyticsOperations: Readonly<Record<QuestionRoute, Operation>> = {
  'GET /api/tracking/analytics': operation('overview', {
    operationId: 'getTrackingAnalytics',
    summary: 'Sum up sessions, interactions and conversions, under the path of the Data Vault plan',
  }),
  'GET /api/v1/analytics': operation('overview'),
  'GET /api/v1/analytics/timeseries': operation('timeseries'),
  'GET /api/v1/analytics/pages': operation('pages'),
  'GET /api/v1/analytics/sources': operation('sources'),
  'GET /api/v1/analytics/devices': operation('devices'),
  'GET /api/v1/analytics/events': operation('events'),
  'GET /api/v1/analytics/sessions': operation('sessions'),
  'GET /api/v1/analytics/items': operation('items'),
  'GET /api/v1/analytics/funnel': operation('funnel'),
  'GET /api/v1/analytics/paths': operation('paths'),
  'GET /api/v1/analytics/retention': operation('retention'),
  'GET /api/v1/analytics/live': operation('live'),
};
