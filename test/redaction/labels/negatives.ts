import type { Random } from '../../../cli/sample/random.ts';
import type { Place, Unnumbered } from './label.ts';
import {
  ALPHANUMERIC,
  digits,
  failingCard,
  given,
  HEX,
  iban,
  inFours,
  LOWER,
  letters,
  passesLuhn,
  UPPER,
} from './made-values.ts';

const clean = (group: string, where: Place, text: string, key: string | null = null): Unnumbered => ({
  group: `clean-${group}`,
  place: where,
  key: where === 'property' || where === 'form' ? key : null,
  text,
  planted: [],
});

const times = <Made>(count: number, make: () => Made): Made[] => Array.from({ length: count }, make);

const AROUND: readonly [readonly [Place, string], ...(readonly [Place, string])[]] = [
  ['url', 'https://shop.example/o/~?x=1'],
  ['url', 'https://shop.example/?ref=~&page=2'],
  ['url', '/p/~'],
  ['title', 'Order ~ | Shop'],
  ['text', 'about ~ once more'],
  ['text', 'see ~.'],
  ['property', '~'],
  ['form', '~'],
];

/** The same string in some place, under a name that says nothing. */
function anywhere(group: string, random: Random, text: string): Unnumbered {
  const [where, template] = random.pick(AROUND);
  return clean(
    group,
    where,
    template.replace('~', () => text),
    random.pick(['ref', 'label', 'value', 'note']),
  );
}

function ean13(random: Random): string {
  const body = random.pick(['40', '42', '45', '49', '50', '61', '87', '97']) + digits(random, 10);
  const sum = [...body].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return body + String((10 - (sum % 10)) % 10);
}

/** Sixteen digits that no issuer begins with, whatever Luhn says. */
const unissued = (random: Random): string => `${random.pick(['0', '1', '7'])}${digits(random, 15)}`;
/** Digits that fail Luhn's check: whatever passes it may be somebody's card. */
function notLuhn(random: Random, length: number): string {
  for (;;) {
    const number = `${random.between(1, 9)}${digits(random, length - 1)}`;
    if (!passesLuhn(number)) return number;
  }
}

const uuid = (random: Random): string => [8, 4, 4, 4, 12].map((size) => letters(random, HEX, size)).join('-');
const digitUuid = (random: Random): string => [8, 4, 4, 4, 12].map((size) => digits(random, size)).join('-');

function numbers(random: Random): Unnumbered[] {
  const two = (most: number) => String(random.between(1, most)).padStart(2, '0');
  const makers: readonly (readonly [string, number, () => string])[] = [
    ['luhn', 90, () => failingCard(random)],
    ['luhn', 30, () => inFours(failingCard(random), random.pick([' ', '-']))],
    ['order', 30, () => notLuhn(random, random.between(9, 19))],
    ['order', 25, () => `${random.pick(['ORD', 'INV', 'PO', 'RMA'])}-${notLuhn(random, 10)}`],
    ['order', 15, () => unissued(random)],
    ['order', 20, () => `${random.between(100, 999)}-${digits(random, 7)}-${digits(random, 7)}`],
    ['ean', 40, () => ean13(random)],
    ['ean', 15, () => `978-3-${digits(random, 2)}-${digits(random, 6)}-${random.between(0, 9)}`],
    ['time', 30, () => String(random.between(1_500_000_000, 1_790_000_000) * 1_000 + random.between(0, 999))],
    ['time', 15, () => String(random.between(1_500_000_000, 1_790_000_000))],
    ['time', 10, () => `${random.between(1_500_000_000, 1_790_000_000)}${digits(random, 6)}`],
    ['time', 15, () => `2026${two(12)}${two(28)}${two(23)}${two(59)}${two(59)}`],
    ['time', 15, () => `2026-${two(12)}-${two(28)}T${two(23)}:${two(59)}:${two(59)}.${digits(random, 3)}Z`],
    ['time', 10, () => `${two(28)}-${two(12)}-2026`],
    ['uuid', 40, () => uuid(random)],
    ['uuid', 15, () => digitUuid(random)],
    ['hash', 20, () => letters(random, HEX, random.pick([32, 40, 64]))],
    ['version', 25, () => `${random.between(0, 30)}.${random.between(0, 99)}.${random.between(0, 9_999)}`],
    ['version', 10, () => `v${random.between(1, 9)}.${digits(random, 4)}.${digits(random, 5)}`],
    [
      'phone',
      25,
      () => `+${random.between(1, 99)} ${digits(random, 3)} ${digits(random, 3)} ${digits(random, 4)}`,
    ],
    ['phone', 15, () => `(${digits(random, 3)}) ${digits(random, 3)}-${digits(random, 4)}`],
    ['phone', 15, () => `0${digits(random, 3)}-${digits(random, 7)}`],
    ['phone', 10, () => `+49${digits(random, 10)}`],
    ['phone', 10, () => `06 ${times(4, () => digits(random, 2)).join(' ')}`],
    ['size', 25, () => `${digits(random, 4)}-${digits(random, 4)}`],
    ['size', 15, () => `${random.between(100, 4_000)}x${random.between(100, 4_000)}`],
    ['size', 10, () => times(4, () => String(random.between(100, 999))).join(' ')],
    ['decimal', 25, () => `0.${digits(random, random.between(13, 18))}`],
    ['decimal', 10, () => `-${random.between(1, 89)}.${digits(random, 15)}`],
    ['zip', 15, () => `${digits(random, 5)}-${digits(random, 4)}`],
    [
      'ssn-like',
      15,
      () => `${random.pick(['000', '666', '900', '999'])}-${digits(random, 2)}-${digits(random, 4)}`,
    ],
    ['ssn-like', 10, () => `${digits(random, 3)}-00-${digits(random, 4)}`],
    ['ssn-like', 10, () => `${digits(random, 3)}-${digits(random, 2)}-0000`],
    ['ssn-like', 15, () => digits(random, 9)],
    [
      'ssn-like',
      10,
      () => `${digits(random, 3)}-${digits(random, 2)}-${digits(random, 4)}-${digits(random, 1)}`,
    ],
    ['parcel', 15, () => `1Z${letters(random, `${UPPER}0123456789`, 6)}${digits(random, 10)}`],
    ['address', 10, () => times(4, () => String(random.between(1, 254))).join('.')],
    ['address', 10, () => times(6, () => letters(random, HEX, 2)).join(':')],
  ];
  return makers.flatMap(([group, count, make]) => times(count, () => anywhere(group, random, make())));
}

/** Account numbers of which one letter is wrong, of no country, or cut off. */
function almostIbans(random: Random): Unnumbered[] {
  const wrong = () => {
    const right = iban(random);
    const check = Number(right.slice(2, 4));
    return `${right.slice(0, 2)}${String(((check + random.between(1, 90)) % 97) + 2).padStart(2, '0')}${right.slice(4)}`;
  };
  const different = () => {
    for (;;) {
      const made = wrong();
      const moved = `${made.slice(4)}${made.slice(0, 4)}`;
      const rest = [...moved].reduce((sum, letter) => {
        const value = Number.parseInt(letter, 36);
        return (sum * (value > 9 ? 100 : 10) + value) % 97;
      }, 0);
      if (rest !== 1) return made;
    }
  };
  return [
    ...times(25, () => anywhere('iban-like', random, different())),
    ...times(15, () => anywhere('iban-like', random, inFours(different(), ' '))),
    ...times(15, () => anywhere('iban-like', random, `XX${digits(random, 20)}`)),
    ...times(15, () => anywhere('iban-like', random, iban(random).slice(0, -random.between(2, 5)))),
    ...times(10, () => anywhere('iban-like', random, `SKU${digits(random, 2)}${letters(random, UPPER, 12)}`)),
  ];
}

const AT_SIGNS: readonly string[] = [
  ...[
    '@media (max-width: 600px)',
    '@import url("a.css")',
    '@font-face { font-family: X }',
    '@keyframes spin',
    '@supports (gap: 1px)',
  ],
  ...[
    '@anna thanks!',
    'cc @bob and @chidi',
    'hello @team, see #42',
    '.@dmitri wrote',
    'via @ines_costa',
    'RT @x: hi',
  ],
  ...[
    '@babel/core',
    '@types/node',
    'import x from "@scope/pkg"',
    'npm i @angular/core@17',
    'react@18.2.0',
    'lodash@4.17.21',
    'vue@3',
  ],
  ...[
    'https://unpkg.com/react@18.2.0/umd/react.js',
    'https://cdn.example/npm/@scope/pkg@1.0.0-beta.2/dist/a.js',
  ],
  ...[
    'https://esm.sh/preact@10.19.3/hooks',
    'https://medium.com/@anna/on-things-7c1f',
    'https://social.example/@bob',
  ],
  ...[
    'https://www.google.com/maps/@52.5200,13.4050,15z',
    'https://maps.example/place/X/@48.8566,2.3522,12z/data=1',
  ],
  ...[
    'icon@2x.png',
    'https://cdn.example/img/logo@2x.png',
    '/img/hero@3x.webp',
    'sprite@1.5x.svg',
    'photo@2x.jpg 2x',
  ],
  ...[
    '5 @ 3.50 each',
    'meet @ noon',
    'price@9.99',
    'root@localhost',
    'admin@db01',
    'a@b',
    'user@',
    '@',
    'x @ y',
  ],
  ...[
    '<user@domain>',
    'foo@bar',
    '@example.com',
    'ends with @example.org',
    'all@',
    'param @name string',
    '@Override public',
  ],
  ...[
    '@click="go"',
    'v-on or @submit.prevent',
    '{{ @index }}',
    'def f(): @cached',
    'SELECT @a := 1',
    '$@ and "$@"',
  ],
  ...[
    'build@sha256:0123abcd',
    'image@sha256',
    'commit@{upstream}',
    'HEAD@{1}',
    'sales@ (no address yet)',
    'c@t videos',
  ],
];

const PROSE: readonly string[] = [
  ...[
    'The token economy explained',
    'How many tokens fit into a prompt?',
    'Forgot your password?',
    'Password reset – step 2',
  ],
  ...[
    'Secret Santa 2026',
    'The Secret Garden (1911)',
    'PIN diode basics',
    'Pin this post',
    'Basic authentication, explained',
  ],
  ...[
    'Bearer bonds and other securities',
    'Basic subscription',
    'The bearer of this letter',
    'Basic JavaScript course',
  ],
  ...[
    'Authors A–Z',
    'Authority control',
    'Authentic Italian food',
    'Cookie policy',
    'Chocolate chip cookies',
    'API key concepts',
  ],
  ...[
    'Keyboard & mouse',
    'Monkey business',
    'Passport photos',
    'Compass rose',
    'Bypass surgery',
    'Boarding pass ready',
  ],
  ...[
    'Ski pass prices 2026/27',
    'Season 4, episode 11',
    'Top 100 of 2026',
    'IBAN explained',
    'What is an SSN?',
    'E-mail marketing 101',
  ],
  ...[
    'Credit cards compared',
    'CVV and CVC: the difference',
    'OTP banks of Hungary',
    'My account',
    'Session 3: tokens',
  ],
  ...[
    'sk-fading-circle',
    'sk-cube-grid sk-cube1',
    'ghp is not a prefix alone',
    'xoxo from Berlin',
    'akia means something',
    'eyJ is how they begin',
  ],
  ...[
    'Straße der Pariser Kommune 8–9',
    'Łódź – Kraków',
    'François & Zoë',
    'Đorđe',
    '東京都港区',
    'مرحبا بالعالم',
    'Привет, мир',
  ],
  ...[
    "L'Haÿ-les-Roses",
    'Nguyễn Văn A',
    '김철수',
    'O’Connor',
    'Jean-Luc',
    'Muñoz Álvarez',
    'Þór',
    'Ağrı',
    'İstanbul',
  ],
  ...[
    'margin: 0 auto 16px -4px',
    'rgba(12, 34, 56, 0.78)',
    '#4a5568',
    'M10 10 L 20 20 30 40 50 60',
    'translate3d(0, -53.09136%, 0)',
  ],
  ...[
    'grid-template-columns: 1fr 2fr 3fr',
    'col-md-4 col-lg-3',
    'w-1/2 md:w-1/3',
    '12px/1.5 sans-serif',
    'aspect 16:9',
  ],
  ...[
    'ISO 9001:2015',
    'RFC 3339',
    'A4 210 x 297',
    'Q3 2026',
    'flight LH 0400',
    'Room 101',
    '1,234,567.89 EUR',
    '50 % off',
    '3 for 2',
  ],
  ...[
    'chapter 4 verse 16',
    '24/7',
    '2026/27',
    'No. 10 Downing St',
    'SW1A 2AA',
    '10115 Berlin',
    '75008 Paris',
    'PLZ 1010',
  ],
];

const URLS: readonly string[] = [
  ...[
    'https://shop.example/2026/01/15/new-arrivals',
    'https://shop.example/p/12345678',
    '/category/shoes/42',
    '/a/b/c/1/2/3',
  ],
  ...[
    'https://shop.example/?utm_source=mail&utm_medium=email&utm_campaign=jan26',
    '/?gclid=CjwKCAiA0bWvBhBjEiwAtEsoW7',
    '/?fbclid=IwAR0x1',
  ],
  ...[
    'https://shop.example/search?q=password+manager',
    '/search?q=api+key',
    '/help/reset-password',
    '/docs/tokens/overview',
  ],
  ...[
    'https://shop.example/login?next=%2Fcart',
    '/auth/callback',
    '/oauth2/authorize?response_type=code&scope=openid',
    '/secret-sale',
  ],
  ...[
    'https://shop.example/list?page=2&sort=-price&size=40',
    '/?a=1&b=2&c=3',
    '/?ids=1,2,3,4,5,6,7,8,9',
    '/#top',
    '/?',
  ],
  ...[
    'https://shop.example/?author=anna&authors=2',
    '/?token_type=bearer',
    '/?tokens=5',
    '/?password_changed=1',
    '/?auth_method=sso',
  ],
  ...[
    'https://shop.example/?key=value',
    '/?keyword=pin',
    '/?pinned=true',
    '/?passive=1',
    '/?token=',
    '/?password=&next=x',
    '/?has_token=true',
  ],
  ...[
    'https://user.example/path',
    'https://shop.example:8443/',
    'http://[2001:db8::1]:8080/',
    'ftp://files.example/a.zip',
    '//cdn.example/x.js',
  ],
  ...[
    'https://shop.example/a:b@c',
    'https://shop.example/path;v=1.1',
    'tel:+4930123456',
    'data:image/png;base64,iVBORw0KGgo=',
    'about:blank',
  ],
  ...[
    'https://shop.example/%C3%BCber-uns',
    '/caf%C3%A9?x=%E2%9C%93',
    '/100%25-wool',
    '/?q=50%25+off',
    '/?d=2026-01-31T08%3A00%3A00Z',
  ],
  ...[
    'https://shop.example/?session=winter',
    '/?sid=7',
    '/?code=SPRING26',
    '/?state=open',
    '/?hash=top',
    '/?signature_dish=ramen',
  ],
];

const NAMED: readonly (readonly [string, string])[] = [
  ...(['author', 'authors', 'co_author', 'authority', 'authored_by', 'author_name'] as const).map(
    (key) => [key, 'Anna B'] as const,
  ),
  ...(['auth_method', 'auth_provider', 'auth_type', 'authentication_method', 'authorized_by'] as const).map(
    (key) => [key, 'google'] as const,
  ),
  ...(
    ['token_count', 'tokens_used', 'total_tokens', 'max_tokens', 'prompt_tokens', 'tokenCount'] as const
  ).map((key) => [key, '512'] as const),
  ...(['token_type', 'token_name', 'token_symbol', 'token_kind'] as const).map(
    (key) => [key, 'bearer'] as const,
  ),
  ...(
    [
      'password_strength',
      'password_length',
      'passwordStrength',
      'has_password',
      'password_changed_at',
    ] as const
  ).map((key) => [key, 'strong'] as const),
  ...(['password_reset', 'passwordless', 'secret_santa', 'secretary', 'secret_count'] as const).map(
    (key) => [key, 'yes please'] as const,
  ),
  ...(
    [
      'passport_page',
      'passenger',
      'passengers',
      'pass_rate',
      'boarding_pass',
      'ski_pass',
      'compass',
      'bypass',
    ] as const
  ).map((key) => [key, 'two'] as const),
  ...(
    ['pinned', 'pin_color', 'map_pin', 'pinterest', 'spinner', 'opinion', 'pincode', 'shipping'] as const
  ).map((key) => [key, 'red 10115'] as const),
  ...(['cookie_consent', 'cookies_accepted', 'cookie_banner', 'cookies'] as const).map(
    (key) => [key, 'accepted'] as const,
  ),
  ...(
    [
      'key',
      'keyword',
      'keywords',
      'monkey',
      'keyboard',
      'hotkey',
      'primary_key',
      'foreign_key',
      'key_count',
    ] as const
  ).map((key) => [key, 'ctrl k'] as const),
  ...(['session', 'session_length', 'sessions', 'page_session', 'session_name'] as const).map(
    (key) => [key, 'winter 26'] as const,
  ),
  ...(['email_sent', 'email_count', 'email_template', 'email_domain', 'mail_opened'] as const).map(
    (key) => [key, 'welcome'] as const,
  ),
  ...(['card_type', 'card_brand', 'card_last4', 'cardinality', 'card_style', 'discard'] as const).map(
    (key) => [key, '4242'] as const,
  ),
  ...(
    ['iban_country', 'sku', 'gtin', 'isbn', 'size', 'variant', 'zip', 'year', 'code', 'coupon_code'] as const
  ).map((key) => [key, 'DE12'] as const),
  ...(
    ['currency', 'language', 'theme', 'plan', 'step', 'channel', 'section', 'element_id', 'class'] as const
  ).map((key) => [key, 'basic'] as const),
];

const MIXED_CASE = `${LOWER}${UPPER}`;

export const negatives = (random: Random): Unnumbered[] => [
  ...numbers(random),
  ...almostIbans(random),
  ...AT_SIGNS.map((text) =>
    clean('at', text.startsWith('http') || text.startsWith('/') ? 'url' : 'text', text),
  ),
  ...AT_SIGNS.map((text) => clean('at', random.pick(['title', 'property', 'form'] as const), text, 'note')),
  ...PROSE.map((text) => clean('prose', 'title', text)),
  ...PROSE.map((text) => clean('prose', random.pick(['text', 'form', 'property'] as const), text, 'note')),
  ...URLS.map((text) => clean('url', 'url', text)),
  ...NAMED.map(([key, text]) => clean('name', 'property', text, key)),
  ...NAMED.map(([key, text]) => clean('name', 'form', text, key)),
  ...times(20, () => anywhere('words', random, `${given(random)} ${letters(random, MIXED_CASE, 12)}`)),
  ...times(20, () => anywhere('code', random, letters(random, ALPHANUMERIC, random.between(6, 24)))),
  ...times(15, () => anywhere('slug', random, times(5, () => letters(random, LOWER, 5)).join('-'))),
];
