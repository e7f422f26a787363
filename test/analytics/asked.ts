import type { Asking, Subject } from './expected-answers.ts';
import type { Filters, Question } from './oracle.ts';

/** What answers are compared for: every subject with every filter, in zones whose clocks change by an hour, by half of one, or over midnight. */

interface Range {
  readonly from: string;
  readonly to: string;
}
export interface Zone {
  readonly timeZone: string;
  /** Nights on which its clocks change, the days about one of them, and the weeks. */
  readonly nights: readonly Range[];
  readonly days: Range;
  readonly weeks: Range;
}
const range = (from: string, to: string): Range => ({ from, to });

export const zones: readonly Zone[] = [
  {
    timeZone: 'Europe/Berlin',
    nights: [range('2025-10-25', '2025-10-26'), range('2025-03-29', '2025-03-30')],
    days: range('2025-10-21', '2025-10-30'),
    weeks: range('2025-10-02', '2025-11-01'),
  },
  {
    timeZone: 'America/New_York',
    nights: [range('2025-11-01', '2025-11-02'), range('2025-03-08', '2025-03-09')],
    days: range('2025-10-31', '2025-11-05'),
    weeks: range('2025-10-20', '2025-11-19'),
  },
  {
    timeZone: 'Australia/Lord_Howe',
    nights: [range('2025-04-05', '2025-04-06'), range('2025-10-04', '2025-10-05')],
    days: range('2025-10-01', '2025-10-08'),
    weeks: range('2025-09-22', '2025-10-31'),
  },
  {
    timeZone: 'Atlantic/Azores',
    nights: [range('2025-10-26', '2025-10-26'), range('2025-10-25', '2025-10-25')],
    days: range('2025-10-26', '2025-11-02'),
    weeks: range('2025-10-26', '2025-11-25'),
  },
];

export const subjects: readonly Subject[] = [
  { topic: 'overview' },
  { topic: 'timeseries', granularity: 'hour' },
  { topic: 'timeseries', granularity: 'day' },
  { topic: 'timeseries', granularity: 'week' },
  { topic: 'timeseries', granularity: 'month' },
  { topic: 'pages' },
  { topic: 'sources' },
  { topic: 'devices', by: 'device' },
  { topic: 'devices', by: 'browser' },
  { topic: 'devices', by: 'os' },
  { topic: 'devices', by: 'screen' },
  { topic: 'events' },
  { topic: 'sessions' },
  { topic: 'items' },
  { topic: 'funnel', steps: ['action:start', 'action:progress', 'action:complete'] },
  { topic: 'funnel', steps: ['page:/', 'event:click', 'page:/products'] },
  {
    topic: 'funnel',
    steps: ['event:page_view', 'event:page_view', 'event:item_interaction', 'action:complete'],
  },
  { topic: 'paths', length: 2 },
  { topic: 'paths', length: 5 },
  { topic: 'retention', granularity: 'day' },
  { topic: 'retention', granularity: 'week' },
  { topic: 'retention', granularity: 'month' },
];

type Filtering = Filters & { readonly bot?: Question['bot'] };
/** Every filter with one value and with several, and filters together. */
const filterings: readonly Filtering[] = [
  {},
  { bot: 'yes' },
  { bot: 'all' },
  { site: ['main'] },
  { site: ['blog'], bot: 'all' },
  { page: ['/products'] },
  { page: ['/cart', '/%C3%84rmel', '/'] },
  { source: ['google'] },
  { source: ['www.google.com', 'newsletter'] },
  { channel: ['paid_search'] },
  { channel: ['direct', 'email', 'internal'] },
  { campaign: ['autumn'] },
  { campaign: ['week 45', 'autumn'] },
  { device: ['mobile'] },
  { device: ['tv', 'tablet', 'bot'], bot: 'all' },
  { browser: ['Firefox'] },
  { browser: ['Mobile Safari', 'Silk'] },
  { browser: ['unknown'], os: ['unknown', 'Linux'] },
  { os: ['Windows 10'] },
  { os: ['Linux', 'Fire OS'] },
  { country: ['DE'] },
  { country: ['US', 'AU'] },
  { event: ['page_view'] },
  { event: ['transaction_step', 'item_interaction'] },
  { item: ['tent-1'] },
  { item: ['tent-0', 'Label 1', 'nothing'] },
  { site: ['main'], channel: ['direct', 'paid_search'], device: ['desktop'] },
  { page: ['/', '/products'], event: ['page_view', 'click'], country: ['DE', 'US'] },
  { item: ['tent-1', 'tent-2'], campaign: ['autumn'], bot: 'all' },
  { source: ['google', 'flyer'], os: ['Windows 10', 'Linux'], browser: ['Chrome', 'Firefox'] },
];

const compares = ['none', 'previous', 'year'] as const;

/** Each run asks a part of what no calendar shapes; `EVERY_QUESTION=1` is the full proof. */
const isFull = process.env.EVERY_QUESTION === '1';

/**
 * Every so manyth filter in each zone: time series meet all filters in two zones, events all in one, the other subjects, which choose by
 * the same function, half of them.
 */
const turnsOf = ({ topic }: Subject): number => ({ timeseries: 2, events: 4 })[String(topic)] ?? 8;

/** A subject with the filters whose turn it is in a zone. */
export function asked(subject: Subject, zone: Zone): Asking[] {
  const shift = zones.indexOf(zone);
  return filterings.flatMap(({ bot = 'no', ...filters }, index): Asking[] => {
    const turns = turnsOf(subject);
    if (!isFull && (index + subjects.indexOf(subject)) % turns !== shift % turns) return [];
    const compare = compares[(index + Math.floor(index / zones.length) + shift) % compares.length] ?? 'none';
    return [{ ...subject, ...rangeOf(subject, zone, index), timeZone: zone.timeZone, filters, bot, compare }];
  });
}

function rangeOf(subject: Subject, { nights, days, weeks }: Zone, index: number): Range {
  const granularity = 'granularity' in subject ? subject.granularity : null;
  if (granularity === 'hour') return nights[index % nights.length] ?? days;
  return granularity === 'week' || granularity === 'month' ? weeks : days;
}
