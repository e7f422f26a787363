import type { Found } from './found.ts';
import { rules } from './rules.ts';

const BEGINNING = /(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}/g;
const WRITTEN = new RegExp(`^[A-Za-z0-9]+(?:[${rules.separators}]+[A-Za-z0-9]+)*`);
const GROUP = new RegExp(`[A-Za-z0-9]+|[${rules.separators}]+`, 'g');
/** More letters than any account number has, separators included. */
const LONGEST = 64;

const lengthOf = new Map<string, number>(Object.entries(rules.ibans));

/** Numbers of bank accounts, in one piece or in groups of four. */
export function findIbans(text: string): Found[] {
  const found: Found[] = [];
  for (const { 0: beginning, index } of text.matchAll(BEGINNING)) {
    const length = lengthOf.get(beginning.slice(0, 2).toUpperCase());
    const end = length === undefined ? null : endOfIban(text.slice(index, index + LONGEST), length);
    if (end !== null) found.push({ start: index, end: index + end, kind: 'iban' });
  }
  return found;
}

function endOfIban(text: string, length: number): number | null {
  const written = WRITTEN.exec(text)?.[0] ?? '';
  let letters = '';
  let at = 0;
  let separator: string | null = null;
  for (const [part] of written.matchAll(GROUP)) {
    at += part.length;
    if (rules.separators.includes(part.charAt(0))) {
      if (letters.length % 4 !== 0 || (separator !== null && part.charAt(0) !== separator)) return null;
      separator = part.charAt(0);
      continue;
    }
    letters += part;
    if (letters.length === length) return isRight(letters) ? at : null;
    if (letters.length > length || (separator !== null && part.length !== 4)) return null;
  }
  return null;
}

/** Whether the check digits fit: the remainder of 97, a few digits at a time. */
function isRight(letters: string): boolean {
  let rest = 0;
  for (const letter of letters.slice(4) + letters.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
