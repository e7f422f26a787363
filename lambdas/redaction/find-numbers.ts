import type { Found } from './found.ts';
import { rules } from './rules.ts';

/** A run of digits in a chain of them. */
interface Group {
  readonly digits: string;
  readonly start: number;
  /** The first letter of what stands between it and the next; empty behind the last. */
  readonly separator: string;
}

const SEPARATORS = `[${rules.separators}]`;
const CHAIN = new RegExp(`(?<![0-9])[0-9]+(?:${SEPARATORS}+[0-9]+)*`, 'g');
const GROUP = new RegExp(`([0-9]+)(${SEPARATORS}*)`, 'g');
const GROUPS_OF_CARDS = new RegExp(rules.cardGroups);
const WORD_IN_FRONT = /([A-Za-z]+)[=/:#_-]{1,2}$/;
const LETTER = /[A-Za-z]/;

const FEWEST_DIGITS = 9;
const CARD_DIGITS = { fewest: 13, most: 19 };
/** Digits of a telephone number with its country. */
const PHONE_DIGITS = 15;
/** Digits of the first group of what is written in groups, and of what is not. */
const BEGINNINGS = new Set([3, 4, 6, 8, 13, 14, 15, 16, 17, 18, 19]);
/** Letters in front of a number in which its name may stand. */
const IN_FRONT = 24;

/** Payment cards and social security numbers. @param isId what the word in front of a number says of it. */
export function findNumbers(text: string, isId: (name: string) => boolean, isAllId: boolean): Found[] {
  return [...text.matchAll(CHAIN)].flatMap(({ 0: chain, index }) => {
    if (chain.length < FEWEST_DIGITS) return [];
    const end = index + chain.length;
    const word = WORD_IN_FRONT.exec(text.slice(Math.max(0, index - IN_FRONT), index))?.[1];
    const hasId = (word !== undefined && isId(word)) || (isAllId && chain.length === text.length);
    return findInChain(groupsOf(chain, index), {
      before: text.charAt(index - 1),
      after: text.charAt(end),
      hasId,
    });
  });
}

/** What stands around a chain of numbers. */
interface Surroundings {
  readonly before: string;
  readonly after: string;
  readonly hasId: boolean;
}

const groupsOf = (chain: string, index: number): Group[] =>
  [...chain.matchAll(GROUP)].map(({ 1: digits = '', 2: separator = '', index: at }) => ({
    digits,
    start: index + at,
    separator: separator.charAt(0),
  }));

function findInChain(groups: readonly Group[], around: Surroundings): Found[] {
  const found: Found[] = [];
  let first = 0;
  while (first < groups.length) {
    const last = lastOfNumber(groups, first, around);
    const kind = last === null ? null : last.kind;
    const end = last === null ? undefined : groups[last.at];
    if (last !== null && kind !== null && end !== undefined) {
      found.push({ start: groups[first]?.start ?? 0, end: end.start + end.digits.length, kind });
      first = last.at + 1;
    } else first += 1;
  }
  return found;
}

/** The longest number that begins with a group, or null when none does. */
function lastOfNumber(
  groups: readonly Group[],
  first: number,
  around: Surroundings,
): { at: number; kind: 'card' | 'ssn' } | null {
  const before = first === 0 ? around.before : (groups[first - 1]?.separator ?? '');
  if (first === 0 ? LETTER.test(before) : before === '.') return null;
  const separator = groups[first]?.separator ?? '';
  let digits = '';
  let longest: { at: number; kind: 'card' | 'ssn' } | null = null;
  const sizes: number[] = [];
  for (let at = first; at < groups.length; at += 1) {
    const group = groups[at];
    if (group === undefined) break;
    digits += group.digits;
    sizes.push(group.digits.length);
    if (digits.length > CARD_DIGITS.most) break;
    if (at === first && !BEGINNINGS.has(group.digits.length)) break;
    const isLast = at === groups.length - 1;
    const behind = isLast ? around.after : group.separator;
    const isCut = isLast ? LETTER.test(behind) : behind === '.' && separator !== '.';
    if (!isCut) {
      if (isCard(digits, sizes, before, around.hasId)) longest = { at, kind: 'card' };
      else if (
        isSsn(groups.slice(first, at + 1), first === 0 && before === ' ' ? '' : before, isLast ? '' : behind)
      )
        longest = { at, kind: 'ssn' };
    }
    if (group.separator !== separator) break;
  }
  return longest;
}

function isCard(digits: string, sizes: readonly number[], before: string, hasId: boolean): boolean {
  if (digits.length < CARD_DIGITS.fewest || !GROUPS_OF_CARDS.test(sizes.join('-'))) return false;
  if (!isIssued(digits) || !passesLuhn(digits)) return false;
  if (sizes.length > 1) return true;
  if (before.endsWith('+') && digits.length <= PHONE_DIGITS) return false;
  if (digits.length > rules.shortCard) return true;
  return !hasId && !isArticleNumber(digits);
}

const isIssued = (digits: string): boolean =>
  rules.cards.some(({ from, to, lengths }) => {
    const beginning = digits.slice(0, from.length);
    return beginning >= from && beginning <= to && lengths.includes(digits.length);
  });

export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Whether thirteen digits are the number of an article (EAN, ISBN): most that look like an old card are one. */
function isArticleNumber(digits: string): boolean {
  if (digits.length !== 13) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1)
    sum += Number(digits[place]) * (place % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}

function isSsn(groups: readonly Group[], before: string, behind: string): boolean {
  const [area, group, serial] = groups;
  if (groups.length !== 3 || area === undefined || group === undefined || serial === undefined) return false;
  const { separator } = area;
  if ((separator !== '-' && separator !== ' ') || group.separator !== separator) return false;
  if (before === separator || before === '+' || behind === separator || behind === '.') return false;
  return (
    area.digits.length === 3 &&
    group.digits.length === 2 &&
    serial.digits.length === 4 &&
    isIssuedSsn(area.digits + group.digits + serial.digits)
  );
}

/** Whether nine digits are a social security number that may have been given out. */
export const isIssuedSsn = (digits: string): boolean =>
  /^(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}$/.test(digits);
