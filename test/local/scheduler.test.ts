import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../local/function-host.ts';
import { parseSchedule } from '../../local/schedule-expression.ts';
import { type Job, Scheduler } from '../../local/scheduler.ts';

const answered: Outcome = { kind: 'answered', value: null };

function job(expression: string, invoke: Job['invoke'], settings: Partial<Job> = {}): Job {
  const parsed = parseSchedule(expression, 'UTC');
  return { name: 'Job', expression: parsed, retryAttempts: 0, eventAgeMs: 60_000, invoke, ...settings };
}

vi.spyOn(console, 'error').mockReturnValue(undefined);

describe('the scheduler', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires a rate at once and then at its pace, a cron in its minute only', async () => {
    vi.useFakeTimers({ now: new Date('2026-11-21T03:15:30Z') });
    const rate = vi.fn(async () => answered);
    const cron = vi.fn(async () => answered);
    const scheduler = new Scheduler([job('rate(1 minute)', rate), job('cron(17 3 * * ? *)', cron)]);
    scheduler.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([rate.mock.calls.length, cron.mock.calls.length]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([rate.mock.calls.length, cron.mock.calls.length]).toEqual([3, 1]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(cron).toHaveBeenCalledTimes(1);
    await scheduler.stop();
  });

  it('does not start a job that is still running', async () => {
    vi.useFakeTimers();
    const gate = Promise.withResolvers<Outcome>();
    const slow = vi.fn(() => gate.promise);
    const scheduler = new Scheduler([job('rate(1 minute)', slow)]);
    scheduler.start();
    await vi.advanceTimersByTimeAsync(180_000);
    expect(slow).toHaveBeenCalledTimes(1);
    gate.resolve(answered);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(slow).toHaveBeenCalledTimes(2);
    await scheduler.stop();
  });

  it('tries a failed job again as often as its retry policy says', async () => {
    vi.useFakeTimers();
    const failing = vi.fn(async (): Promise<Outcome> => ({ kind: 'failed', message: 'down' }));
    const scheduler = new Scheduler([job('rate(1 hour)', failing, { retryAttempts: 2 })]);
    scheduler.start();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(failing).toHaveBeenCalledTimes(3);
    await scheduler.stop();
  });
});
