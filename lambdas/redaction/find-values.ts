import { isIssuedSsn } from './find-numbers.ts';
import type { Found } from './found.ts';
import { isMarker } from './marker.ts';
import type { NameClass, Names } from './names.ts';
import { atLevel, type Reading } from './reading.ts';
import { rules } from './rules.ts';
import { signs } from './signs.ts';

const NAME = new RegExp(`(?<![${rules.nameLetters}])[${rules.nameLetters}]+=`, 'g');
const NAME_LETTER = new RegExp(`[${rules.nameLetters}]`);
const VALUE = new RegExp(`[^${rules.valueEnds}]+`, 'g');
const MEMBER = new RegExp(rules.member, 'g');
const USERINFO = new RegExp(rules.userinfo, 'g');
const NO_SECRET = new Set<string>(rules.noSecret);

const TWELVE_DIGITS = new RegExp(`[0-9](?:[${rules.separators}]*[0-9]){11}`);

/** Whether a value is nothing that could be a secret, or stands for one already. */
export const saysNothing = (value: string): boolean => NO_SECRET.has(value.toLowerCase()) || isMarker(value);

/** What a value under a name of a class is, or null when its name alone does not tell. */
export function kindOf(nameClass: NameClass, value: string): Found['kind'] | null {
  switch (nameClass) {
    case 'card':
      return TWELVE_DIGITS.test(value) ? 'card' : null;
    case 'ssn':
      return value.length <= rules.longestSsn &&
        /^[0-9 -]+$/.test(value) &&
        isIssuedSsn(value.replace(/[ -]+/g, ''))
        ? 'ssn'
        : null;
    case 'denied':
      return value === '' || isMarker(value) ? null : 'denied';
    case 'secret':
      return saysNothing(value) ? null : 'secret';
    case 'allowed':
      return 'allowed';
  }
}

/** Values that the name in front of them tells of, and users in front of hosts: at every depth to which the text is escaped. */
export function findValues(reading: Reading, inText: number, names: Names): Found[] {
  const { plain, deepest } = reading;
  const has = (sign: number): boolean => (inText & sign) !== 0;
  const found = has(signs.member) ? [findMembers(plain, names)] : [];
  const tells = has(signs.equals) && (deepest > 0 || hasTellingName(plain, names));
  for (let level = 0; level <= deepest && (tells || has(signs.at)); level += 1) {
    const text = atLevel(reading, level);
    if (tells) found.push(findParameters(text, plain, names));
    if (has(signs.at)) found.push(findUserinfo(text, plain));
  }
  return found.flat();
}

/** Whether any name in front of `=` says something of its value: most addresses have parameters, few of those. */
function hasTellingName(text: string, names: Names): boolean {
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) {
    let start = at;
    while (start > 0 && NAME_LETTER.test(text.charAt(start - 1))) start -= 1;
    if (start < at && names.classOfParameter(text.slice(start, at)) !== null) return true;
  }
  return false;
}

/**
 * `name=value`, in addresses, forms, cookies and prose. The value of a card or a social security number may hold another parameter, so
 * what one look at it told is remembered: a text of nothing but such names would take the square of its length.
 */
function findParameters(text: string, plain: string, names: Names): Found[] {
  const found: Found[] = [];
  for (const { 0: stretch, index } of text.matchAll(VALUE)) {
    if (!stretch.includes('=')) continue;
    const ends = new ValueEnds(stretch);
    let foundTo = 0;
    let noCardTo = 0;
    for (const { 0: name, index: at } of stretch.matchAll(NAME)) {
      const from = at + name.length;
      if (from < foundTo) continue;
      const nameClass = names.classOfParameter(name.slice(0, -1));
      if (nameClass === null) continue;
      const to = ends.after(from);
      if (nameClass === 'card' && to <= noCardTo) continue;
      const kind = kindOf(nameClass, plain.slice(index + from, index + to));
      if (kind !== null && to > from) {
        found.push({ start: index + from, end: index + to, kind });
        foundTo = to;
      } else if (nameClass === 'card') noCardTo = to;
      if (nameClass !== 'card' && nameClass !== 'ssn') break;
    }
  }
  return found;
}

/** Where values in letters without a blank end: at their end, or at a query that follows. */
class ValueEnds {
  readonly #stretch: string;
  readonly #query = new RegExp(rules.queryBehind, 'g');
  #next = -1;

  constructor(stretch: string) {
    this.#stretch = stretch;
  }

  /** Asked for one place after the other. */
  after(place: number): number {
    if (this.#next < place) {
      this.#query.lastIndex = place;
      this.#next = this.#query.exec(this.#stretch)?.index ?? this.#stretch.length;
    }
    return this.#next;
  }
}

/** `"name": value`, as in JSON that is the value of a string. */
function findMembers(text: string, names: Names): Found[] {
  return [...text.matchAll(MEMBER)].flatMap(({ 0: all, 2: name = '', 3: written = '', index }) => {
    const nameClass = names.classOf(name);
    const quote = /^["']/.test(written) ? 1 : 0;
    const start = index + all.length - written.length + quote;
    const end = index + all.length - quote;
    const kind = nameClass === null ? null : kindOf(nameClass, text.slice(start, end));
    return kind === null || end <= start ? [] : [{ start, end, kind }];
  });
}

function findUserinfo(text: string, plain: string): Found[] {
  return [...text.matchAll(USERINFO)].flatMap(({ 0: all, 2: userinfo = '', index }) => {
    const end = index + all.length - 2;
    const start = end - userinfo.length;
    return isMarker(plain.slice(start, end)) ? [] : [{ start, end, kind: 'userinfo' as const }];
  });
}
