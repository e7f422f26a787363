import { describe, expect, it } from 'vitest';
import { matchesMinute, parseSchedule } from '../../local/schedule-expression.ts';

function fires(expression: string, instant: string, timeZone = 'UTC'): boolean {
  const schedule = parseSchedule(expression, timeZone);
  return schedule.kind === 'cron' && matchesMinute(schedule, new Date(instant));
}

describe('a schedule expression', () => {
  it.for([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
  ] as const)('%s is every %i ms', ([expression, everyMs]) => {
    expect(parseSchedule(expression, 'UTC')).toEqual({ kind: 'rate', everyMs });
  });

  it.for<[string, string, boolean]>([
    ['cron(17 3 * * ? *)', '2026-11-21T03:17:59Z', true],
    ['cron(17 3 * * ? *)', '2026-11-21T03:18:00Z', false],
    ['cron(17 3 * * ? *)', '2026-11-21T15:17:00Z', false],
    ['cron(0/15 * * * ? *)', '2026-11-21T03:45:00Z', true],
    ['cron(0/15 * * * ? *)', '2026-11-21T03:46:00Z', false],
    ['cron(*/20 0-2,22 * * ? *)', '2026-11-21T22:40:00Z', true],
    ['cron(*/20 0-2,22 * * ? *)', '2026-11-21T21:40:00Z', false],
    ['cron(0 8 ? * MON-FRI *)', '2026-11-20T08:00:00Z', true],
    ['cron(0 8 ? * MON-FRI *)', '2026-11-21T08:00:00Z', false],
    ['cron(0 0 1 JAN,JUL ? *)', '2026-07-01T00:00:00Z', true],
    ['cron(0 0 1 JAN,JUL ? *)', '2026-08-01T00:00:00Z', false],
    ['cron(0 0 1 1 ? 2027)', '2026-01-01T00:00:00Z', false],
  ])('%s at %s: %s', ([expression, instant, expected]) => {
    expect(fires(expression, instant)).toBe(expected);
  });

  it('fires by the clock of its time zone, across daylight saving', () => {
    expect(fires('cron(0 3 * * ? *)', '2026-01-10T02:00:00Z', 'Europe/Berlin')).toBe(true);
    expect(fires('cron(0 3 * * ? *)', '2026-07-10T01:00:00Z', 'Europe/Berlin')).toBe(true);
    expect(fires('cron(0 3 * * ? *)', '2026-07-10T02:00:00Z', 'Europe/Berlin')).toBe(false);
  });

  it.for([
    'rate(0 minutes)',
    'rate(5)',
    'cron(* * * *)',
    'cron(60 * * * ? *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 ? * 2#1 *)',
    'cron(5-1 * * * ? *)',
    'at(2026-01-01T00:00:00)',
  ])('%s is refused by name', (expression) => {
    expect(() => parseSchedule(expression, 'UTC')).toThrow(expression);
  });
});
