import { cutText } from '../event/json-text.ts';
import type { Kind } from './rules.ts';

/** What was taken out of an event and where, as `event_context.redacted` says it. */
export interface Redaction {
  /** JSON pointer (RFC 6901) into the event as it is stored, or into the fields of its batch; cut where it is long. */
  readonly at: string;
  /** What stood there; `ids` for first-party ids that the visitor did not agree to. */
  readonly what: Kind | 'address' | 'ids';
  /** Set for a field of the batch. */
  readonly in?: 'envelope';
}

/** How many entries a record has before it only counts, for the event's own and for those of its batch. */
const MOST = { event: 20, envelope: 8 };
const LONGEST_POINTER = 200;

/** Sorted, each once and not too many, so that SQL and TypeScript write the same. */
export function recordOf(
  own: readonly Redaction[],
  envelope: readonly Redaction[],
): readonly (Redaction | { readonly more: number })[] {
  const sorted = [
    bounded(own, MOST.event),
    bounded(
      envelope.map((entry) => ({ ...entry, in: 'envelope' as const })),
      MOST.envelope,
    ),
  ];
  const more = sorted.reduce((sum, { left }) => sum + left, 0);
  return [...sorted.flatMap(({ kept }) => kept), ...(more === 0 ? [] : [{ more }])];
}

function bounded(entries: readonly Redaction[], most: number): { kept: readonly Redaction[]; left: number } {
  const each = new Map(
    entries.map(({ at, ...rest }) => {
      const entry = { at: cutText(at, LONGEST_POINTER), ...rest };
      return [`${entry.at} ${entry.what}`, entry] as const;
    }),
  );
  const sorted = [...each.values()].sort(
    (a, b) => Buffer.compare(Buffer.from(a.at), Buffer.from(b.at)) || (a.what < b.what ? -1 : 1),
  );
  return { kept: sorted.slice(0, most), left: Math.max(0, sorted.length - most) };
}

/** Whether more was redacted than what never is stored of anybody: addresses, and ids without consent. */
export const isPersonal = ({ what }: Redaction): boolean => what !== 'address' && what !== 'ids';
