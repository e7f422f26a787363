import * as z from 'zod';
import { timeZone } from '../tenancy/time-zone.ts';

/** Values of one filter, and their longest: what a page's address may have. */
const FILTER_VALUES = 50;
const FILTER_LENGTH = 2_048;

/** Postgres has no NUL in its texts. */
const STORABLE = /^[^\0]*$/;

/** Most days of one question; the same as the analytics functions for SQL clients allow. */
const DAYS = 3_660;

export const defaultLimit = 50;

const wholeNumber = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  );

/** API Gateway joins a parameter that is repeated with commas, so both spellings of a list arrive as one. */
const list = (word: z.ZodString, least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(word).min(least).max(most),
  );

const filter = (description: string, example: string) =>
  list(z.string().regex(STORABLE).min(1).max(FILTER_LENGTH), 1, FILTER_VALUES)
    .optional()
    .meta({ description: `Only ${description}; of several values, any.`, example: [example] });

const day = (description: string) =>
  z.iso
    .date()
    .regex(/^[2-9]/)
    .optional()
    .meta({ description, example: '2026-01-31' });

/** What the filters say of an event itself, and of the session it belongs to. */
const filters = {
  page: filter('events on this path', '/pricing'),
  event: filter('events of this type', 'page_view'),
  item: filter('events that concern this business item, by its id', 'sku-1'),
  country: filter('events whose sender said this `country`', 'DE'),
  channel: filter('events of sessions that came through this channel', 'search'),
  source: filter('events of sessions with this utm_source or, without one, referring host', 'newsletter'),
  campaign: filter('events of sessions with this utm_campaign', 'spring'),
  device: filter('events of sessions that began on such a device', 'mobile'),
  browser: filter('events of sessions that began in this browser', 'Firefox'),
  os: filter('events of sessions that began on this operating system', 'Windows 10'),
  bot: z
    .enum(['no', 'yes', 'all'])
    .default('no')
    .meta({ description: 'Events of people, of bots, or of both.' }),
};

export const filterNames = [
  'page',
  'event',
  'item',
  'country',
  'channel',
  'source',
  'campaign',
  'device',
  'browser',
  'os',
  'bot',
] as const satisfies readonly (keyof typeof filters)[];

const days = {
  dateFrom: day('The first day; by default 30 days before the last.'),
  dateTo: day('The last day, included; by default today.'),
  days: wholeNumber(1, DAYS).optional().meta({
    description: 'How many days, the last included; counts where `dateFrom` is left out.',
    example: 7,
  }),
};

const place = {
  site: z
    .string()
    .regex(STORABLE)
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Only events of this site of the tenant.', example: 'main' }),
  timeZone: timeZone.optional().meta({
    description: 'The IANA name of the zone whose days are meant; by default that of the site, or UTC.',
    example: 'Europe/Berlin',
  }),
};

const comparison = {
  compare: z.enum(['none', 'previous', 'year']).default('none').meta({
    description: 'Answers also for as many days right before, or for the same dates a year earlier.',
  }),
};

const pages = {
  limit: wholeNumber(1, 500)
    .default(defaultLimit)
    .meta({ description: `Rows of one answer, ${defaultLimit} if not said.` }),
  cursor: z
    .string()
    .max(500)
    .optional()
    .meta({ description: 'The `nextCursor` of the answer before; everything else as in that question.' }),
};

const step = z
  .string()
  .regex(/^(event|action|page):[^\0]+$/)
  .max(FILTER_LENGTH);

const common = z.strictObject({ ...days, ...place, ...filters });
const compared = common.extend(comparison);
const listed = compared.extend(pages);

/** What each question may be asked with. A parameter that is not here is refused. */
export const parameters = {
  overview: compared,
  timeseries: compared.extend({
    granularity: z
      .enum(['hour', 'day', 'week', 'month'])
      .default('day')
      .meta({ description: 'Local units of time; weeks begin on Monday, hours are for at most 31 days.' }),
  }),
  pages: listed,
  sources: listed,
  devices: listed.extend({
    by: z
      .enum(['device', 'browser', 'os', 'screen'])
      .default('device')
      .meta({ description: 'What to count by.' }),
  }),
  events: listed,
  sessions: listed,
  items: listed,
  funnel: compared.extend({
    steps: list(step, 2, 10)
      .default(['action:start', 'action:progress', 'action:complete'])
      .meta({
        description:
          'Steps in their order: `event:<type>`, `page:<path>`, or `action:<action>` of a transaction_step. Two to ten.',
        example: ['page:/pricing', 'event:form_submit'],
      }),
  }),
  paths: listed.extend({
    length: wholeNumber(2, 5)
      .default(3)
      .meta({ description: 'How many pages of each session, from its first selected one.' }),
  }),
  retention: compared.extend({
    granularity: z.enum(['day', 'week', 'month']).default('week').meta({
      description: 'Length of a period; weeks begin on Monday. A question has at most 100 periods.',
    }),
  }),
  live: z.strictObject({ ...place, ...filters }),
};

export type Parameters = z.infer<typeof common>;
export type Comparison = z.infer<typeof comparison.compare>;
