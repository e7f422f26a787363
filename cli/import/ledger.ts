import * as z from 'zod';
import { listTable, type Row } from '../table.ts';
import type { EventType } from './classify.ts';

const count = z.int().min(0);
const counts = z.record(z.string(), count).transform((record) => new Map(Object.entries(record)));

/** A ledger as saved between two runs of one import. */
export const savedLedger = z.object({
  lines: count,
  pageViews: count,
  otherEvents: counts,
  skipped: counts,
  rejected: counts,
  accepted: count,
  duplicates: count,
});

type Counts = Map<string, number>;

/** What became of every line: lines = page views + other events + skipped + rejected. */
export class Ledger {
  lines = 0;
  pageViews = 0;
  readonly otherEvents: Counts = new Map();
  readonly skipped: Counts = new Map();
  readonly rejected: Counts = new Map();
  /** Events the server answers for as stored, by its own count; includes {@link duplicates}. */
  accepted = 0;
  /** Accepted events the server had before. */
  duplicates = 0;

  static from(saved: z.output<typeof savedLedger>): Ledger {
    const ledger = new Ledger();
    ledger.add(saved);
    return ledger;
  }

  skip(reason: string): void {
    increase(this.skipped, reason, 1);
  }

  reject(reason: string): void {
    increase(this.rejected, reason, 1);
  }

  /** Counts an event the server took. */
  take(type: EventType): void {
    if (type === 'page_view') this.pageViews += 1;
    else increase(this.otherEvents, type, 1);
  }

  add(other: z.output<typeof savedLedger> | Ledger): void {
    this.lines += other.lines;
    this.pageViews += other.pageViews;
    this.accepted += other.accepted;
    this.duplicates += other.duplicates;
    for (const [type, n] of other.otherEvents) increase(this.otherEvents, type, n);
    for (const [reason, n] of other.skipped) increase(this.skipped, reason, n);
    for (const [reason, n] of other.rejected) increase(this.rejected, reason, n);
  }

  /** Page views and other events, by this program's count of the verdicts. */
  get events(): number {
    return this.pageViews + sum(this.otherEvents);
  }

  /** Why the ledger does not close, `undefined` when it does. */
  imbalance(): string | undefined {
    const accounted = this.events + sum(this.skipped) + sum(this.rejected);
    if (accounted !== this.lines) return `${this.lines} lines were read but ${accounted} are accounted for`;
    if (this.events !== this.accepted) {
      return `the server counts ${this.accepted} accepted events, its verdicts name ${this.events}`;
    }
    return this.duplicates > this.accepted ? 'more events were already stored than were accepted' : undefined;
  }

  toJSON(): z.input<typeof savedLedger> {
    return {
      lines: this.lines,
      pageViews: this.pageViews,
      otherEvents: Object.fromEntries(this.otherEvents),
      skipped: Object.fromEntries(this.skipped),
      rejected: Object.fromEntries(this.rejected),
      accepted: this.accepted,
      duplicates: this.duplicates,
    };
  }
}

function increase(counts: Counts, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function sum(counts: Counts): number {
  return [...counts.values()].reduce((total, n) => total + n, 0);
}

/** The outcome of an import, with the time all its runs took. */
export interface ImportResult {
  readonly ledger: Ledger;
  readonly seconds: number;
  readonly siteUrl: string;
}

/** The result for another program to read. */
export function resultJson({ ledger, seconds, siteUrl }: ImportResult): string {
  const result = {
    ...ledger.toJSON(),
    new: ledger.accepted - ledger.duplicates,
    seconds: Math.round(seconds * 1000) / 1000,
    linesPerSecond: Math.round(ledger.lines / Math.max(seconds, 0.001)),
    siteUrl,
  };
  return `${JSON.stringify(result)}\n`;
}

/** The result for a person to read. */
export function resultTable({ ledger, seconds }: ImportResult): string {
  const group = (label: string, counts: Counts): Row[] => [
    { label, value: sum(counts), indent: 1 },
    ...[...counts].sort((a, b) => b[1] - a[1]).map(([key, value]) => ({ label: key, value, indent: 2 })),
  ];
  return listTable([
    { label: 'lines', value: ledger.lines, note: rate(ledger.lines, seconds) },
    { label: 'page views', value: ledger.pageViews, indent: 1 },
    ...group('other events', ledger.otherEvents),
    ...group('skipped', ledger.skipped),
    ...group('rejected', ledger.rejected),
    { label: 'accepted', value: ledger.accepted },
    { label: 'new', value: ledger.accepted - ledger.duplicates, indent: 1 },
    { label: 'already stored', value: ledger.duplicates, indent: 1 },
  ]);
}

function rate(lines: number, seconds: number): string {
  return `in ${seconds.toFixed(1)} s, ${Math.round(lines / Math.max(seconds, 0.001)).toLocaleString('en-US')} a second`;
}
