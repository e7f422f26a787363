import * as z from 'zod';
import { toCsv } from '../analytics/csv.ts';
import type { RouteKey } from '../platform/routes.ts';
import type { Operation } from './operation.ts';

const count = z.int().min(0);
const gap = z.int().meta({
  description:
    '`received` less all that is known of: 0. Anything else is an event of which nobody can tell what became of it.',
});

/** What became of events. The names are those of the columns in CSV, in this order. */
const figures = {
  received: count.meta({ description: 'Events that arrived, whatever became of them.' }),
  stored: count.meta({ description: 'In the vault.' }),
  duplicate: count.meta({ description: 'Had arrived before.' }),
  quarantined: count.meta({ description: 'Set aside with their reason.' }),
  refused: count.meta({ description: 'Refused at the door, or not stored because their visitor wished so.' }),
  erased: count.meta({ description: 'Of visitors who were erased since.' }),
  pending: count.meta({ description: 'On their way to the vault.' }),
  gap,
  bots: count.meta({ description: 'How many events of the vault are a bot’s.' }),
};

const refusals = z.record(z.string(), count).meta({ description: 'Refused events by code.' });

export const ledgerDay = z
  .object({
    date: z.iso.date().meta({ description: 'The day of arrival in UTC.' }),
    ...figures,
    refusals,
    settled: z.boolean().meta({ description: 'Whether the figures stand for good.' }),
    as_of: z.iso.datetime().meta({ description: 'When they were counted.' }),
  })
  .meta({ id: 'LedgerDay' });
export type LedgerDay = z.infer<typeof ledgerDay>;

const ledgerTotals = z.object({ ...figures, refusals });
export type LedgerTotals = z.infer<typeof ledgerTotals>;

const ledgerAnswer = z
  .object({
    success: z.literal(true),
    data: z.object({
      tenant_id: z.string(),
      generated_at: z.iso.datetime(),
      dateRange: z.object({ from: z.iso.date(), to: z.iso.date() }),
      totals: ledgerTotals,
      days: z.array(ledgerDay).meta({ description: 'Days on which anything arrived, the oldest first.' }),
    }),
  })
  .meta({ id: 'Ledger' });
export type Ledger = z.infer<typeof ledgerAnswer>['data'];

/** Days that one question is about at the most. */
export const LEDGER_DAYS = 366;

const day = (description: string) =>
  z.iso
    .date()
    .regex(/^[2-9]/)
    .optional()
    .meta({ description, example: '2026-01-31' });

export const ledgerQuery = z.strictObject({
  dateFrom: day('The first day of arrival, in UTC; by default 30 days before the last.'),
  dateTo: day('The last day, included; by default today.'),
});

const COLUMNS = [
  'date',
  'received',
  'stored',
  'duplicate',
  'quarantined',
  'refused',
  'erased',
  'pending',
  'gap',
  'bots',
  'settled',
] as const satisfies readonly (keyof LedgerDay)[];

/** The days as CSV. */
export const ledgerCsv = (days: readonly LedgerDay[]): string =>
  toCsv(
    COLUMNS,
    days.map((each) => COLUMNS.map((column) => each[column])),
  );

const exampleFigures = {
  received: 1_040,
  stored: 1_000,
  duplicate: 21,
  quarantined: 4,
  refused: 12,
  erased: 3,
  pending: 0,
  gap: 0,
  bots: 48,
};
const exampleDay: LedgerDay = {
  date: '2026-01-30',
  ...exampleFigures,
  refusals: { invalid_field: 2, opted_out: 10 },
  settled: true,
  as_of: '2026-01-31T01:00:04.120Z',
};

export const ledgerOperations = {
  'GET /api/v1/ledger': {
    operationId: 'readLedger',
    summary: 'Account for every event that arrived',
    description:
      'By day of arrival in UTC: received = stored + duplicate + quarantined + refused + erased + pending. Settled days stand for good, all others are counted when they are asked for. Calls without a valid token are of no tenant and in no ledger.',
    tag: 'pipeline',
    scope: 'pipeline:read',
    query: ledgerQuery,
    answers: {
      200: {
        description: `The ledger; as CSV its days, with the columns ${COLUMNS.join(', ')}.`,
        content: {
          'application/json': {
            schema: ledgerAnswer,
            example: {
              success: true,
              data: {
                tenant_id: 'acme',
                generated_at: '2026-01-31T08:00:00.000Z',
                dateRange: { from: '2026-01-01', to: '2026-01-31' },
                totals: { ...exampleFigures, refusals: exampleDay.refusals },
                days: [exampleDay],
              },
            } satisfies z.infer<typeof ledgerAnswer>,
          },
          'text/csv': { schema: z.string(), example: ledgerCsv([exampleDay]) },
        },
      },
    },
    problems: ['unknown_parameter', 'invalid_date', 'invalid_date_range', 'too_many_questions'],
  },
} as const satisfies Partial<Record<RouteKey, Operation>>;
