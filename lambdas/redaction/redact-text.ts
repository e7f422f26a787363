import { findEmails } from './find-emails.ts';
import { findIbans } from './find-ibans.ts';
import { findNumbers } from './find-numbers.ts';
import { findIssued, findSchemes, namesScheme } from './find-tokens.ts';
import { findValues } from './find-values.ts';
import { type Found, inSent, type Part, settle } from './found.ts';
import { addressMarkerOf, markerOf } from './marker.ts';
import type { Names } from './names.ts';
import { type Reading, read, withPlainJoints } from './reading.ts';
import type { Kind } from './rules.ts';
import { signs, signsOf } from './signs.ts';

export interface RedactedText {
  readonly text: string;
  /** What was found, each once. */
  readonly kinds: readonly Kind[];
}

const { at, equals, member, number, account, token, gap, percent, other } = signs;
/** Signs of which one at least is in every text that holds anything to find. */
const SUSPECT = at | equals | member | number | account | token | percent | other;

/** A number may be seen only once its neighbour is gone. */
const MOST_PASSES = 5;

/**
 * A text without what must not be stored.
 * @param isId whether the text is the number of a thing by its name.
 * @returns null when nothing was found.
 */
export function redactText(sent: string, names: Names, isId = false): RedactedText | null {
  const kinds = new Set<Kind>();
  let text: string | null = null;
  let next = redactOnce(sent, names, isId);
  for (let pass = 1; next !== null && pass <= MOST_PASSES; pass += 1) {
    text = next.text;
    for (const kind of next.kinds) kinds.add(kind);
    next = redactOnce(text, names, isId);
  }
  return text === null ? null : { text, kinds: [...kinds] };
}

function redactOnce(sent: string, names: Names, isId: boolean): RedactedText | null {
  const inText = signsOf(sent);
  if ((inText & SUSPECT) === 0 && !((inText & gap) !== 0 && namesScheme(sent))) return null;
  const reading = read(sent);
  const { plain } = reading;
  const found = settle(find(reading, plain === sent ? inText : signsOf(plain), names, isId));
  if (found.length === 0) return null;
  return {
    text: replace(sent, inSent(reading, found)),
    kinds: [...new Set(found.map(({ kind }) => kind))],
  };
}

function find(reading: Reading, inText: number, names: Names, isId: boolean): Found[] {
  const { plain } = reading;
  const has = (sign: number): boolean => (inText & sign) !== 0;
  const values = has(equals | member | at) ? findValues(reading, inText, names) : [];
  const written = has(other) ? withPlainJoints(plain) : plain;
  const inWritten = written === plain ? inText : signsOf(written);
  const users = new Set(values.flatMap(({ kind, end }) => (kind === 'userinfo' ? [end] : [])));
  return [
    ...values,
    ...(has(at) ? findEmails(plain, users) : []),
    ...((inWritten & number) !== 0 ? findNumbers(written, names.isId, isId) : []),
    ...((inWritten & account) !== 0 ? findIbans(written) : []),
    ...(has(token) ? findIssued(plain) : []),
    ...(has(gap) && namesScheme(plain) ? findSchemes(plain) : []),
  ];
}

const BLANKS = ' \t\n\v\f\r';
const FIRST_WORD = /^[^ \t\n\v\f\r]*/;
const IN_ADDRESS = /[/?=&%#]/;

/** Inside an address, which is told by the word that a part stands in, a marker is escaped. */
function replace(text: string, parts: readonly Part[]): string {
  const written: string[] = [];
  let at = 0;
  let isAddress = false;
  for (const [index, { start, end, kind }] of parts.entries()) {
    const before = text.slice(at, start);
    const after = text.slice(end, parts[index + 1]?.start ?? text.length);
    const lastWord = lastWordOf(before);
    isAddress =
      (isAddress && lastWord.length === before.length) ||
      IN_ADDRESS.test(lastWord) ||
      IN_ADDRESS.test(FIRST_WORD.exec(after)?.[0] ?? '');
    written.push(before, isAddress ? addressMarkerOf(kind) : markerOf(kind));
    at = end;
  }
  written.push(text.slice(at));
  return written.join('');
}

/** A pattern that ends at the end of a text is tried at each of its letters. */
function lastWordOf(text: string): string {
  let at = text.length;
  while (at > 0 && !BLANKS.includes(text.charAt(at - 1))) at -= 1;
  return text.slice(at);
}
