import { percentage } from '../support/recompute-sessions.ts';
import { addDays, localTime, periodOf } from './calendar.ts';
import type { Question, Seen } from './oracle.ts';

export type Period = 'day' | 'week' | 'month';

const after: Readonly<Record<Period, (period: string) => string>> = {
  day: (period) => addDays(period, 1),
  week: (period) => addDays(period, 7),
  month: (period) => periodOf(addDays(period, 31), 'month'),
};

/** The periods that a range of days touches, by their first days. */
function periodsOf({ from, to }: Question, length: Period): string[] {
  const periods = [];
  for (let period = periodOf(from, length); period <= to; period = after[length](period))
    periods.push(period);
  return periods;
}

/** Of the visitors that were never seen before a period of the range, how many were seen in it and in each later one. */
export function retention(
  chosen: readonly Seen[],
  all: readonly Seen[],
  question: Question,
  length: Period,
): Record<string, unknown>[] {
  const periods = periodsOf(question, length);
  const dayOf = ({ event }: Seen) => localTime(question.timeZone, event.at).slice(0, 10);
  const firstDays = new Map<string, string>();
  for (const seen of all) {
    const { visitorId } = seen.event;
    if (!firstDays.has(visitorId)) firstDays.set(visitorId, dayOf(seen));
  }
  const visits = chosen.map((seen) => ({
    visitorId: seen.event.visitorId,
    began: firstDays.get(seen.event.visitorId) ?? '',
    period: periodOf(dayOf(seen), length),
  }));
  return periods.flatMap((cohort, index) => {
    const own = visits.filter(({ began }) => began >= question.from && periodOf(began, length) === cohort);
    const cohortVisitors = new Set(own.map(({ visitorId }) => visitorId)).size;
    if (cohortVisitors === 0) return [];
    return periods.slice(index).map((period, number) => {
      const returned = own.filter((visit) => visit.period === period);
      const visitors = new Set(returned.map(({ visitorId }) => visitorId)).size;
      return {
        // The first period of a range begins where the range does.
        cohort: cohort < question.from ? question.from : cohort,
        cohortVisitors,
        period: number,
        visitors,
        percentage: percentage(visitors, cohortVisitors),
      };
    });
  });
}
