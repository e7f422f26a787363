import { addDays, bucketsOf, daysBetween, type Granularity, yearBefore } from './calendar.ts';
import type { KnownTenant } from './fixture.ts';
import { metricsOf, type Question, select } from './oracle.ts';
import { overview } from './oracle-overview.ts';
import {
  type DeviceWord,
  devices,
  events,
  funnel,
  items,
  pages,
  paths,
  sessions,
  sources,
  timeseries,
} from './oracle-reports.ts';
import { type Period, retention } from './oracle-retention.ts';

/** A topic with what only it may be asked with. */
export type Subject =
  | { readonly topic: 'overview' | 'pages' | 'sources' | 'events' | 'sessions' | 'items' }
  | { readonly topic: 'timeseries'; readonly granularity: Granularity }
  | { readonly topic: 'devices'; readonly by: DeviceWord }
  | { readonly topic: 'funnel'; readonly steps: readonly string[] }
  | { readonly topic: 'paths'; readonly length: number }
  | { readonly topic: 'retention'; readonly granularity: Period };

export type Asking = Question & Subject & { readonly compare: 'none' | 'previous' | 'year' };

/** A subject in words, such as `timeseries hour`. */
export const label = (subject: Subject): string => Object.values(subject).join(' ');

/** The query of a question. */
export function queryOf(asking: Asking): Record<string, string> {
  const { from, to, timeZone, filters, bot, compare } = asking;
  const listed = Object.entries(filters).map(([name, values]) => [name, values.join(',')]);
  return {
    dateFrom: from,
    dateTo: to,
    timeZone,
    bot,
    compare,
    ...Object.fromEntries(listed),
    ...('granularity' in asking && { granularity: asking.granularity }),
    ...('by' in asking && { by: asking.by }),
    ...('steps' in asking && { steps: asking.steps.join(',') }),
    ...('length' in asking && { length: String(asking.length) }),
  };
}

/** The part of an answer that is about one range of days: all its rows, without pages. */
function expectedResult({ all }: KnownTenant, asking: Asking): Record<string, unknown> {
  const { timeZone, from, to } = asking;
  const chosen = select(all, asking);
  switch (asking.topic) {
    case 'overview':
      return overview(chosen);
    case 'timeseries': {
      const buckets = bucketsOf(timeZone, from, to, asking.granularity);
      return { totals: metricsOf(chosen), rows: timeseries(chosen, buckets) };
    }
    case 'pages':
      return { rows: pages(chosen) };
    case 'sources':
      return { rows: sources(chosen) };
    case 'devices':
      return { rows: devices(chosen, asking.by) };
    case 'events':
      return { rows: events(chosen) };
    case 'sessions':
      return { rows: sessions(chosen, timeZone) };
    case 'items':
      return { rows: items(chosen, all) };
    case 'funnel':
      return { rows: funnel(chosen, asking.steps) };
    case 'paths':
      return { rows: paths(chosen, asking.length) };
    case 'retention':
      return { rows: retention(chosen, all, asking, asking.granularity) };
  }
}

/** The days that a range is compared with. */
function comparedRange({ from, to, compare }: Asking): { from: string; to: string } | null {
  if (compare === 'none') return null;
  if (compare === 'year') return { from: yearBefore(from), to: yearBefore(to) };
  return { from: addDays(from, -daysBetween(from, to) - 1), to: addDays(from, -1) };
}

/** An answer without its metadata and without pages. */
export function expectedAnswer(tenant: KnownTenant, asking: Asking): Record<string, unknown> {
  const range = comparedRange(asking);
  return {
    ...expectedResult(tenant, asking),
    ...(range !== null && {
      comparison: { ...expectedResult(tenant, { ...asking, ...range }), dateRange: range },
    }),
    dateRange: { from: asking.from, to: asking.to },
  };
}
