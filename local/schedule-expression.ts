import * as z from 'zod';

/** When a schedule fires: every so many milliseconds, or in each minute that a cron expression matches. */
export const scheduleExpression = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rate'), everyMs: z.number().positive() }),
  z.object({
    kind: z.literal('cron'),
    timeZone: z.string(),
    /** The values that match, by field; undefined matches every value. */
    fields: z.record(z.string(), z.array(z.number()).optional()),
  }),
]);
export type ScheduleExpression = z.infer<typeof scheduleExpression>;

const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

interface Field {
  name: string;
  from: number;
  to: number;
  /** Names of the values, the first standing for `from`. */
  names?: string[];
}

/** The six fields in the order of AWS. */
const cronFields: Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31 },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  { name: 'weekday', from: 1, to: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
  { name: 'year', from: 1970, to: 2199 },
];

/**
 * Parses `rate(5 minutes)` or a six-field `cron(...)` of EventBridge Scheduler; `L`, `W` and `#` are not supported.
 * @throws Error that repeats the expression and says what is wrong with it.
 */
export function parseSchedule(expression: string, timeZone: string): ScheduleExpression {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const everyMs = Number(rate?.[1]) * (unitMs[rate?.[2] ?? ''] ?? Number.NaN);
  if (everyMs > 0) return { kind: 'rate', everyMs };
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== cronFields.length) {
    throw new Error(
      `The schedule "${expression}" is neither rate(N minutes|hours|days) nor a cron(...) of six fields.`,
    );
  }
  return {
    kind: 'cron',
    timeZone,
    fields: Object.fromEntries(
      cronFields.map((field, index) => [field.name, parseField(fields[index] ?? '', field, expression)]),
    ),
  };
}

function parseField(text: string, field: Field, expression: string): number[] | undefined {
  if (text === '*' || text === '?') return undefined;
  const values = text.split(',').flatMap((part) => parseRange(part, field, expression));
  return [...new Set(values)].sort((a, b) => a - b);
}

function parseRange(part: string, field: Field, expression: string): number[] {
  const [, range = '', stepText] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  const [first = '', last] = range.split('-');
  const from = first === '*' ? field.from : numberOf(first, field);
  const open = first === '*' || stepText !== undefined;
  const to = last === undefined ? (open ? field.to : from) : numberOf(last, field);
  const step = Number(stepText ?? 1);
  if (!(from >= field.from && to <= field.to && from <= to && step >= 1)) {
    throw new Error(
      `The schedule "${expression}" has "${part}" as its ${field.name}, which the local stack cannot read.`,
    );
  }
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.from + named;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Whether a cron schedule fires in the minute that an instant falls into. */
export function matchesMinute(schedule: ScheduleExpression & { kind: 'cron' }, instant: Date): boolean {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: schedule.timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(instant);
  return cronFields.every((field) => {
    const accepted = schedule.fields[field.name];
    const text = parts.find(({ type }) => type === field.name)?.value ?? '';
    return accepted === undefined || accepted.includes(numberOf(text, field));
  });
}
