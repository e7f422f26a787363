/** A text as an address bar would show it: escapes read, however often they were escaped. */
export interface Reading {
  readonly plain: string;
  /** How often each letter is escaped, 3 for more; null where no letter is. */
  readonly levels: Uint8Array | null;
  /** Where each letter begins in the text as it was sent, and where that ends; null where they are the same. */
  readonly offsets: Uint32Array | null;
  /** The highest of the levels. */
  readonly deepest: number;
}

const DEEPEST = 3;
const ESCAPE = /%(?:25)*[0-9A-Fa-f]{2}/g;
/** Stands for any letter beyond ASCII that an escape spells. */
const OTHER_LETTER = '\u00FF';

export function read(text: string): Reading {
  if (!text.includes('%')) return { plain: text, levels: null, offsets: null, deepest: 0 };
  const parts: string[] = [];
  const levels = new Uint8Array(text.length);
  const offsets = new Uint32Array(text.length + 1);
  let at = 0;
  let length = 0;
  let deepest = 0;
  const literal = (to: number): void => {
    parts.push(text.slice(at, to));
    for (; at < to; at += 1, length += 1) offsets[length] = at;
  };
  for (const { 0: escaped, index } of text.matchAll(ESCAPE)) {
    literal(index);
    const level = Math.min((escaped.length - 3) / 2 + 1, DEEPEST);
    if (level > deepest) deepest = level;
    parts.push(letterOf(Number.parseInt(escaped.slice(-2), 16)));
    levels[length] = level;
    offsets[length] = at;
    at += escaped.length;
    length += 1;
  }
  literal(text.length);
  offsets[length] = at;
  return { plain: parts.join(''), levels, offsets, deepest };
}

function letterOf(byte: number): string {
  if (byte >= 0x80) return OTHER_LETTER;
  return byte <= 0x20 || byte === 0x7f ? ' ' : String.fromCharCode(byte);
}

/**
 * The text in which marks that are escaped more often than `level` mean nothing: in `?a=1%26b` the value is all of `1%26b`. Letters
 * and digits stay.
 */
export function atLevel({ plain, levels, deepest }: Reading, level: number): string {
  if (levels === null || level >= deepest) return plain;
  return plain.replace(/[^A-Za-z0-9]/g, (mark, index: number) => ((levels[index] ?? 0) > level ? '.' : mark));
}

/** A text in which blanks and dashes of typesetters are plain ones, as they stand between the groups of a number. */
export const withPlainJoints = (text: string): string =>
  text.replace(/[\u00A0\u2007\u202F]/g, ' ').replace(/[\u2010-\u2015]/g, '-');
