import type { Reading } from './reading.ts';
import { type Kind, kinds } from './rules.ts';

/** A part of a plain text that must not be stored, or one that its name allows to stay. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind | 'allowed';
}

export interface Part {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
}

/** What may stay comes first: it has to be known before what it covers. */
const rank = (kind: Found['kind']): number => (kind === 'allowed' ? -1 : kinds.indexOf(kind));

/** What was found in the order of the text, overlapping parts as one, without what stands in a value that may stay. */
export function settle(found: readonly Found[]): Part[] {
  const ordered = found.toSorted((a, b) => a.start - b.start || b.end - a.end || rank(a.kind) - rank(b.kind));
  const parts: Part[] = [];
  let allowedTo = 0;
  for (const { start, end, kind } of ordered) {
    const before = parts.at(-1);
    if (kind === 'allowed') allowedTo = Math.max(allowedTo, end);
    else if (end <= allowedTo && kind !== 'denied') continue;
    else if (before === undefined || start >= before.end) parts.push({ start, end, kind });
    else if (end > before.end) parts[parts.length - 1] = { ...before, end };
  }
  return parts;
}

/** The same places in the text as it was sent. */
export const inSent = ({ offsets }: Reading, parts: readonly Part[]): readonly Part[] =>
  offsets === null
    ? parts
    : parts.map(({ start, end, kind }) => ({ start: offsets[start] ?? 0, end: offsets[end] ?? 0, kind }));
