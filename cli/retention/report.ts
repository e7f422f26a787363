import type { CutOff } from '../../lambdas/lifecycle/retention/cut-offs.ts';
import type { RetentionReport } from '../../lambdas/lifecycle/retention/retention.ts';
import type { KeptClass } from '../../lambdas/lifecycle/retention/survey.ts';
import { printable } from '../failure.ts';
import { columnTable, listTable } from '../table.ts';

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** Cut-offs are the first moments of days in UTC. */
const day = (date: Date | null): string => date?.toISOString().slice(0, 10) ?? '';

export const keptTable = (kept: readonly KeptClass[]): string =>
  columnTable(
    ['tenant', 'class', 'days', 'kept from', 'oldest', 'last completed'],
    kept.map((row) => [
      printable(row.tenant_id),
      row.class,
      String(row.days ?? 'for ever'),
      day(row.cut_off),
      row.oldest?.toISOString() ?? '',
      row.completed_at?.toISOString() ?? '',
    ]),
  );

export const keptJson = (kept: readonly KeptClass[]): string => json(kept);

interface Expired {
  readonly cutOff: CutOff;
  readonly rows: number;
}

export const expiredTable = (expired: readonly Expired[]): string =>
  columnTable(
    ['tenant', 'class', 'kept from', 'rows to delete'],
    expired.map(({ cutOff, rows }) => [printable(cutOff.tenantId), cutOff.class, day(cutOff.cutOff), rows]),
  );

export const expiredJson = (expired: readonly Expired[]): string =>
  json(expired.map(({ cutOff, rows }) => ({ ...named(cutOff), rows })));

const named = ({ tenantId, class: each, days, cutOff }: CutOff) => ({
  tenant_id: tenantId,
  class: each,
  days,
  cut_off: cutOff.toISOString(),
});

export const reportTable = ({ expiries, weeksDropped, partitionsEmptied }: RetentionReport): string =>
  [
    columnTable(
      ['tenant', 'class', 'kept from', 'rows deleted', ''],
      expiries.map((expiry) => [
        printable(expiry.tenantId),
        expiry.class,
        day(expiry.cutOff),
        expiry.rows,
        expiry.isDone ? '' : 'unfinished',
      ]),
    ),
    listTable([
      { label: 'weeks of the raw layer dropped', value: weeksDropped },
      { label: 'partitions of events emptied', value: partitionsEmptied },
    ]),
  ].join('\n');

export const reportJson = ({ expiries, weeksDropped, partitionsEmptied, isDone }: RetentionReport): string =>
  json({
    expiries: expiries.map((expiry) => ({ ...named(expiry), rows: expiry.rows, is_done: expiry.isDone })),
    weeks_dropped: weeksDropped,
    partitions_emptied: partitionsEmptied,
    is_done: isDone,
  });
