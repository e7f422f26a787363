import type { Correction } from '../api/question.ts';
import { Problem } from '../platform/problem.ts';

/** What to change about a parameter that does not fit, by its name. */
const corrections: Readonly<Record<string, Correction>> = {
  dateFrom: ['invalid_date', 'dateFrom and dateTo are days such as 2026-01-31, in the years 2000 to 9999.'],
  dateTo: ['invalid_date', 'dateFrom and dateTo are days such as 2026-01-31, in the years 2000 to 9999.'],
  days: ['invalid_days', 'days is a whole number from 1 to 3660.'],
  site: ['invalid_site', 'site is the id of one site, at most 100 characters.'],
  timeZone: ['invalid_time_zone', 'timeZone is the IANA name of a zone, such as Europe/Berlin, or UTC.'],
  granularity: [
    'invalid_granularity',
    'granularity is day, week or month; a time series may also go by hour.',
  ],
  bot: ['invalid_bot', 'bot is no, yes or all.'],
  compare: ['invalid_compare', 'compare is none, previous or year.'],
  limit: ['invalid_limit', 'limit is a whole number from 1 to 500.'],
  cursor: ['invalid_cursor', 'cursor is the nextCursor of the answer before.'],
  by: ['invalid_by', 'by is device, browser, os or screen.'],
  steps: [
    'invalid_steps',
    'steps are two to ten of event:<type>, page:<path> and action:<action>, with commas between.',
  ],
  length: ['invalid_length', 'length is a whole number from 2 to 5.'],
};

/** What to say of any parameter of a question. */
export const correctionOf = (name: string): Correction =>
  corrections[name] ?? [
    'invalid_filter',
    `${name} is one value or several with commas between, at most 50, none empty and none longer than 2048 characters.`,
  ];

export const unknownSite = (): Problem =>
  new Problem(404, 'unknown_site', 'The tenant has no such site; leave site out to ask about all.', {
    pointer: '/site',
  });

/** @param detail what to change, where it is more than the value that does not fit. */
export function unfit(parameter: string, detail = correctionOf(parameter)[1]): Problem {
  return new Problem(400, correctionOf(parameter)[0], detail, { pointer: `/${parameter}` });
}

export const invalidDateRange = (): Problem =>
  new Problem(400, 'invalid_date_range', 'dateFrom is not after dateTo, and at most 3660 days before it.', {
    pointer: '/dateFrom',
  });
