import type { Random } from '../../../cli/sample/random.ts';

/** Made up values of every kind, correct in every digit. */

type Range = readonly [prefix: string, length: number];

/** Beginnings of cards by issuer, with a length that each issues. */
const CARDS: readonly [Range, ...Range[]] = [
  ['4', 16],
  ['4', 16],
  ['4', 16],
  ['4', 19],
  ['51', 16],
  ['53', 16],
  ['55', 16],
  ['2221', 16],
  ['2505', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['644', 16],
  ['65', 16],
  ['36', 14],
  ['300', 14],
  ['38', 14],
  ['3530', 16],
  ['3589', 16],
  ['62', 16],
  ['62', 19],
  ['6759', 16],
  ['5018', 16],
  ['2200', 16],
  ['9792', 16],
  ['6521', 16],
];

export const letters = (random: Random, alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[random.between(0, alphabet.length - 1)]).join('');
export const DIGITS = '0123456789';
export const HEX = '0123456789abcdef';
export const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const LOWER = 'abcdefghijklmnopqrstuvwxyz';
export const ALPHANUMERIC = `${DIGITS}${UPPER}${LOWER}`;
export const BASE64URL = `${ALPHANUMERIC}-_`;
export const digits = (random: Random, length: number): string => letters(random, DIGITS, length);

/** The digit that makes a number pass Luhn's check. */
export function luhnDigit(number: string): string {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const doubled = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

export const passesLuhn = (number: string): boolean => luhnDigit(number.slice(0, -1)) === number.at(-1);

export function card(random: Random): string {
  const [prefix, length] = random.pick(CARDS);
  const body = prefix + digits(random, length - prefix.length - 1);
  return body + luhnDigit(body);
}

/** A card as people and forms write it. */
export function groupedCard(random: Random, separator: string): string {
  const number = card(random);
  const sizes = number.length === 15 ? [4, 6, 5] : number.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 4];
  const groups: string[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= number.length) break;
    groups.push(number.slice(at, at + size));
    at += size;
  }
  return groups.join(separator);
}

/** Sixteen digits of an issuer that fail Luhn's check. */
export function failingCard(random: Random): string {
  const number = card(random);
  const last = (Number(number.at(-1)) + random.between(1, 9)) % 10;
  return number.slice(0, -1) + String(last);
}

export function ssn(random: Random, separator: string): string {
  const area = random.pick([random.between(1, 665), random.between(667, 899)]);
  const parts = [
    String(area).padStart(3, '0'),
    String(random.between(1, 99)).padStart(2, '0'),
    String(random.between(1, 9_999)).padStart(4, '0'),
  ];
  return parts.join(separator);
}

/** Country and what its account numbers look like: n digits, a capitals, c either. */
const IBANS: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['DE', '18n'],
  ['FR', '10n11c2n'],
  ['GB', '4a14n'],
  ['NL', '4a10n'],
  ['ES', '20n'],
  ['IT', '1a10n12c'],
  ['AT', '16n'],
  ['CH', '5n12c'],
  ['BE', '12n'],
  ['PL', '24n'],
  ['SE', '20n'],
  ['NO', '11n'],
  ['DK', '14n'],
  ['FI', '14n'],
  ['PT', '21n'],
  ['IE', '4a14n'],
  ['CZ', '20n'],
  ['HU', '24n'],
  ['RO', '4a16c'],
  ['GR', '7n16c'],
  ['TR', '6n16c'],
  ['SA', '2n18c'],
  ['AE', '19n'],
  ['MT', '4a5n18c'],
  ['LU', '3n13c'],
  ['BR', '23n1a1c'],
];

const remainder = (text: string): number =>
  [...text].reduce((rest, letter) => {
    const value = Number.parseInt(letter, 36);
    return (rest * (value > 9 ? 100 : 10) + value) % 97;
  }, 0);

export const ibanOf = (country: string, account: string): string =>
  `${country}${String(98 - remainder(`${account}${country}00`)).padStart(2, '0')}${account}`;

export function iban(random: Random): string {
  const [country, shape] = random.pick(IBANS);
  const account = [...shape.matchAll(/(\d+)([nac])/g)].map(([, length, sort]) =>
    letters(
      random,
      sort === 'n' ? DIGITS : sort === 'a' ? UPPER : `${DIGITS}${DIGITS}${UPPER}`,
      Number(length),
    ),
  );
  return ibanOf(country, account.join(''));
}

export const inFours = (text: string, separator: string): string =>
  (text.match(/.{1,4}/g) ?? []).join(separator);

const GIVEN = [
  ...['anna', 'bob', 'chidi', 'dmitri', 'elif', 'fatima', 'giulia', 'hiroshi', 'ines', 'jürgen', 'kwame'],
  ...['lars', 'mei', 'noor', 'oluwaseun', 'priya', 'quentin', 'rosa', 'sven', 'tomasz', 'uma', 'vera', 'zoë'],
];
const FAMILY = [
  ...['andersson', 'brown', 'costa', 'diaz', 'eriksen', 'fischer', 'garcia', 'haddad', 'ivanov', 'jones'],
  ...[
    'kowalski',
    'lopez',
    'moreau',
    'nguyen',
    'okafor',
    "o'brien",
    'patel',
    'rossi',
    'silva',
    'tanaka',
    'weber',
  ],
];
const HOSTS = [
  ...['example.com', 'example.org', 'example.net', 'mail.example.com', 'post.example.org', 'example.co.uk'],
  ...[
    'smtp-2.example.com',
    'firma.example',
    'bücher.example',
    'a.b.c.example.org',
    'x1.example.io',
    'example.museum',
  ],
];

const oneOf = (random: Random, choices: readonly string[]): string =>
  choices[random.between(0, choices.length - 1)] ?? '';
export const given = (random: Random): string => oneOf(random, GIVEN);
export const family = (random: Random): string => oneOf(random, FAMILY);

export function email(random: Random): string {
  const first = given(random);
  const last = family(random);
  const local = random.pick([
    `${first}.${last}`,
    `${first}.${last}`,
    first,
    `${first}_${last}${random.between(1, 99)}`,
    `${first}+${random.pick(['news', 'shop', 'test.2'])}`,
    `${first.slice(0, 1)}${last}`,
    `${last}-${first}`,
    `${first}${random.between(1_960, 2_010)}`,
    `INFO.${last.toUpperCase()}`,
  ]);
  return `${local}@${oneOf(random, HOSTS)}`;
}

/** One with letters that an address in a URL may hold as they are. */
export function plainEmail(random: Random): string {
  for (;;) {
    const made = email(random);
    if (/^[\w.@-]+$/.test(made)) return made;
  }
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const jwt = (random: Random): string =>
  [
    encoded({ alg: random.pick(['HS256', 'RS256', 'ES256']), typ: 'JWT' }),
    encoded({
      sub: digits(random, 10),
      name: given(random),
      iat: random.between(1_600_000_000, 1_760_000_000),
    }),
    letters(random, BASE64URL, 43),
  ].join('.');

/** Tokens as well-known services and this product make them. */
export function token(random: Random): string {
  const long = (alphabet: string, length: number) => letters(random, alphabet, length);
  return random.pick<() => string>([
    () => jwt(random),
    () => jwt(random),
    () => `${random.pick(['AKIA', 'ASIA'])}${long(`${UPPER}234567`, 16)}`,
    () => `${random.pick(['ghp', 'gho', 'ghu', 'ghs', 'ghr'])}_${long(ALPHANUMERIC, 36)}`,
    () => `github_pat_${long(ALPHANUMERIC, 22)}_${long(ALPHANUMERIC, 59)}`,
    () => `glpat-${long(BASE64URL, 19)}7`,
    () => `xoxb-${digits(random, 12)}-${digits(random, 12)}-${long(ALPHANUMERIC, 24)}`,
    () => `xoxp-${digits(random, 11)}-${digits(random, 11)}-${digits(random, 12)}-${long(HEX, 32)}`,
    () => `${random.pick(['sk', 'rk'])}_${random.pick(['live', 'test'])}_${long(ALPHANUMERIC, 24)}`,
    () => `whsec_${long(ALPHANUMERIC, 32)}`,
    () => `AIza${long(BASE64URL, 34)}4`,
    () => `ya29.a0${long(BASE64URL, 60)}3`,
    () => `GOCSPX-${long(BASE64URL, 28)}`,
    () => `npm_${long(ALPHANUMERIC, 36)}`,
    () => `SG.${long(BASE64URL, 22)}.${long(BASE64URL, 43)}`,
    () => `sk-proj-${long(ALPHANUMERIC, 48)}`,
    () => `shpat_${long(HEX, 32)}`,
    () => `dop_v1_${long(HEX, 64)}`,
    () => `hf_${long(ALPHANUMERIC, 34)}`,
    () => `ovt_${random.pick(['pub', 'sec', 'read', 'admin'])}_${long(ALPHANUMERIC, 38)}`,
  ])();
}

export const password = (random: Random): string =>
  random.pick([
    `${oneOf(random, ['Winter', 'sommer', 'Qwerty', 'letmein', 'Tr0ub4dor'])}${random.between(10, 9_999)}`,
    letters(random, `${ALPHANUMERIC}!$*_-.`, random.between(8, 20)),
    `${given(random)}${random.between(1, 99)}!`,
    'correct-horse-battery',
    'пароль1',
  ]);
