import { describe, expect, it } from 'vitest';
import { bucketsOf, periodOf, startOfDay, yearBefore } from './calendar.ts';

const names = (...question: Parameters<typeof bucketsOf>) => bucketsOf(...question).map(({ name }) => name);
const hours = (bucket: { from: number; until: number }) => (bucket.until - bucket.from) / 3_600_000;

describe('the calendar that answers are compared with', () => {
  it('counts the hours of the nights on which clocks change', () => {
    expect(names('Europe/Berlin', '2025-10-26', '2025-10-26', 'hour').slice(1, 5)).toEqual([
      '2025-10-26T01:00:00+02:00',
      '2025-10-26T02:00:00+02:00',
      '2025-10-26T02:00:00+01:00',
      '2025-10-26T03:00:00+01:00',
    ]);
    expect(names('America/New_York', '2025-03-09', '2025-03-09', 'hour').slice(1, 3)).toEqual([
      '2025-03-09T01:00:00-05:00',
      '2025-03-09T03:00:00-04:00',
    ]);
    expect(names('Australia/Lord_Howe', '2025-04-06', '2025-04-06', 'hour').slice(1, 4)).toEqual([
      '2025-04-06T01:00:00+11:00',
      '2025-04-06T01:30:00+10:30',
      '2025-04-06T02:00:00+10:30',
    ]);
  });

  it('knows days of 23, 24.5 and 25 hours, and one that begins after midnight', () => {
    const [berlin] = bucketsOf('Europe/Berlin', '2025-10-26', '2025-10-26', 'day');
    const [newYork] = bucketsOf('America/New_York', '2025-03-09', '2025-03-09', 'day');
    const [lordHowe] = bucketsOf('Australia/Lord_Howe', '2025-04-06', '2025-04-06', 'day');
    expect([berlin, newYork, lordHowe].map((day) => day && hours(day))).toEqual([25, 23, 24.5]);
    expect(startOfDay('America/Santiago', '2025-09-07')).toBe(Date.parse('2025-09-07T01:00:00-03:00'));
  });

  it('begins a day with the first of two midnights, and has no day that a zone left out', () => {
    expect(startOfDay('Atlantic/Azores', '2025-10-26')).toBe(Date.parse('2025-10-26T00:00:00Z'));
    expect(startOfDay('America/Havana', '2025-11-02')).toBe(Date.parse('2025-11-02T00:00:00-04:00'));
    expect(names('Pacific/Apia', '2011-12-29', '2011-12-31', 'day')).toEqual([
      '2011-12-29T00:00:00-10:00',
      '2011-12-31T00:00:00+14:00',
    ]);
    expect(names('Pacific/Apia', '2011-12-30', '2011-12-30', 'day')).toEqual([]);
  });

  it('begins weeks on Monday and months on their first', () => {
    expect(['2025-10-26', '2025-10-27'].map((day) => periodOf(day, 'week'))).toEqual([
      '2025-10-20',
      '2025-10-27',
    ]);
    expect(periodOf('2025-10-26', 'month')).toBe('2025-10-01');
    expect(yearBefore('2024-02-29')).toBe('2023-02-28');
  });
});
