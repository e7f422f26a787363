/**
 * What a text holds that anything could be found by, as bits: one look at each letter says what need not be searched for. Most texts
 * of most events have no sign at all.
 */
export const signs = {
  at: 1,
  equals: 2,
  /** A colon behind a quotation mark, as between the name and the value of a member. */
  member: 4,
  /** Enough digits in a row, separators between them. */
  number: 8,
  /** Two letters and two digits at the beginning of a word, as an account number begins. */
  account: 16,
  /** Enough letters in a row that a credential may have. */
  token: 32,
  /** Something that may stand between a scheme and a credential. */
  gap: 64,
  percent: 128,
  /** Letters that are not of ASCII. */
  other: 256,
} as const;

/** Digits of a social security number, and letters of the shortest credential. */
const LEAST = { digits: 9, letters: 15 };

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
/** Stands between the groups of a number, and in a credential as well. */
const JOINT = 3;
/** Stands between the groups of a number. */
const SEPARATOR = 4;
/** Stands in a credential. */
const LINE = 5;

const sorts = new Uint8Array(128).map((_, code) => {
  const letter = String.fromCharCode(code);
  if (/[A-Za-z]/.test(letter)) return LETTER;
  if (/[0-9]/.test(letter)) return DIGIT;
  if (/[.-]/.test(letter)) return JOINT;
  if (letter === '_') return LINE;
  return /[ +]/.test(letter) ? SEPARATOR : OTHER;
});

const marks = new Uint16Array(128);
marks[0x40] = signs.at;
marks[0x3d] = signs.equals;
marks[0x25] = signs.percent;
const [COLON, SPACE, DOUBLE_QUOTE, SINGLE_QUOTE] = [0x3a, 0x20, 0x22, 0x27];

export function signsOf(text: string): number {
  let found = 0;
  let digits = 0;
  let run = 0;
  // Letters of a word so far, as long as it begins as an account number does.
  let beginning = 0;
  let before = SPACE;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const sort = code < 128 ? sorts[code] : OTHER;
    if (sort === LETTER) {
      digits = 0;
      run += 1;
      beginning = beginning === 0 || beginning === 1 ? beginning + 1 : -1;
    } else if (sort === DIGIT) {
      digits += 1;
      run += 1;
      if (digits === LEAST.digits) found |= signs.number;
      if (beginning === 3) found |= signs.account;
      beginning = beginning === 2 ? 3 : -1;
    } else {
      beginning = 0;
      if (sort === JOINT) run += 1;
      else if (sort === LINE) {
        run += 1;
        digits = 0;
      } else {
        run = 0;
        if (sort === SEPARATOR) found |= signs.gap;
        else {
          digits = 0;
          if (code > 127) found |= signs.other;
          else if (code !== COLON) found |= marks[code] ?? 0;
          else if (before === DOUBLE_QUOTE || before === SINGLE_QUOTE) found |= signs.member;
        }
      }
    }
    if (run === LEAST.letters) found |= signs.token;
    if (code > SPACE) before = code;
  }
  return found;
}
