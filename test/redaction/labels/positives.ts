import type { Random } from '../../../cli/sample/random.ts';
import type { Place, PlantedKind, Unnumbered } from './label.ts';
import {
  ALPHANUMERIC,
  card,
  digits,
  email,
  given,
  groupedCard,
  HEX,
  iban,
  inFours,
  letters,
  password,
  plainEmail,
  ssn,
  token,
} from './made-values.ts';

type Choices = readonly [string, ...string[]];

/** A string around a value: `~` stands for the value. Templates of a form or property begin with its name and a colon. */
const place = (
  kind: PlantedKind,
  where: Place,
  template: string,
  value: string,
  key: string | null = null,
): Unnumbered => ({
  group: kind,
  place: where,
  key,
  text: template.replace('~', () => value),
  planted: [[kind, value]],
});

const keyed = (
  kind: PlantedKind,
  where: 'property' | 'form',
  random: Random,
  keys: Choices,
  value: string,
): Unnumbered => place(kind, where, '~', value, random.pick(keys));

const encodeAt = (text: string): string =>
  text.replaceAll('@', '%40').replaceAll('+', '%2B').replaceAll("'", '%27');
const encodeTwice = (text: string): string => encodeAt(text).replaceAll('%', '%25');

const CARD_URLS: Choices = [
  'https://shop.example/checkout?card=~&step=2',
  'https://shop.example/pay/~/confirm',
  'https://shop.example/search?q=~',
  '/checkout?ccnum=~',
  'https://shop.example/#/pay?number=~&exp=0929',
  'https://shop.example/login?next=%2Fpay%3Fcard%3D~%26step%3D2',
];
const CARD_TITLES: Choices = [
  'Payment with ~ accepted',
  'Card ~ | Example Shop',
  'Results for "~"',
  '~ – checkout',
  'Order 4711: ~',
];
const CARD_TEXTS: Choices = [
  'my card is ~ please charge it',
  'Card no. ~, exp 09/27',
  '~ 12/26 123',
  'paid with ~.',
  'old: ~; new one follows',
  '{"number":"~","name":"A B"}',
  'tried twice (~) and it failed',
  'Bitte belasten Sie ~ bis Freitag',
];
const CARD_KEYS: Choices = [
  'note',
  'card_number',
  'cardNumber',
  'pan',
  'value',
  'label',
  'q',
  'ccnum',
  'search',
];

function cards(random: Random): Unnumbered[] {
  const separated = () => groupedCard(random, random.pick([' ', '-', ' ', '-', '.', '\u00A0']));
  const inUrl = () => random.pick([card(random), groupedCard(random, random.pick(['-', '%20', '+']))]);
  const either = () => random.pick([card(random), separated()]);
  return [
    ...times(70, () => place('card', 'url', random.pick(CARD_URLS), inUrl())),
    ...times(40, () => place('card', 'title', random.pick(CARD_TITLES), either())),
    ...times(50, () => keyed('card', 'property', random, CARD_KEYS, either())),
    ...times(40, () => keyed('card', 'form', random, CARD_KEYS, either())),
    ...times(70, () => place('card', 'text', random.pick(CARD_TEXTS), either())),
  ];
}

const SSN_URLS: Choices = [
  'https://tax.example/find?ssn=~',
  'https://tax.example/person/~/file',
  '/find?q=~&page=1',
  'https://tax.example/#id=~',
];
const SSN_TEXTS: Choices = [
  'my social is ~ thanks',
  'SSN: ~',
  'Applicant ~, born 1980',
  'ssn=~;state=TX',
  'Please correct ~.',
  '(~)',
];
const SSN_KEYS: Choices = ['note', 'ssn', 'q', 'tax_number', 'message'];
const NINE_DIGIT_KEYS: Choices = [
  ...(['ssn', 'SSN', 'social_security_number', 'socialSecurityNumber', 'user_ssn', 'applicant-ssn'] as const),
];

const ssns = (random: Random): Unnumbered[] => [
  ...times(40, () => place('ssn', 'url', random.pick(SSN_URLS), ssn(random, '-'))),
  ...times(20, () => place('ssn', 'url', 'https://tax.example/find?ssn=~&y=2026', ssn(random, ''))),
  ...times(20, () => place('ssn', 'title', random.pick(['File of ~', 'SSN ~ – Tax']), ssn(random, '-'))),
  ...times(25, () => keyed('ssn', 'property', random, SSN_KEYS, ssn(random, random.pick(['-', '-', ' '])))),
  ...times(20, () => keyed('ssn', 'property', random, NINE_DIGIT_KEYS, ssn(random, ''))),
  ...times(15, () => keyed('ssn', 'form', random, NINE_DIGIT_KEYS, ssn(random, random.pick(['', '-'])))),
  ...times(40, () => place('ssn', 'text', random.pick(SSN_TEXTS), ssn(random, random.pick(['-', '-', ' '])))),
];

const IBAN_URLS: Choices = [
  'https://bank.example/transfer?iban=~&amount=10',
  'https://bank.example/accounts/~',
  '/pay?to=~',
  'https://bank.example/#account=~',
];
const IBAN_TEXTS: Choices = [
  'please transfer to ~ until Monday',
  'IBAN: ~',
  'IBAN ~, BIC DEUTDEFF',
  'Mein Konto (~) ist gesperrt',
  'account=~;owner=A',
  'Rückerstattung auf ~.',
];
const IBAN_KEYS: Choices = ['iban', 'account', 'note', 'payout_account', 'bankAccount', 'message'];

function ibans(random: Random): Unnumbered[] {
  const written = () =>
    random.pick([
      iban(random),
      inFours(iban(random), ' '),
      inFours(iban(random), ' '),
      iban(random).toLowerCase(),
      inFours(iban(random), '-'),
    ]);
  const inUrl = () =>
    random.pick([
      iban(random),
      inFours(iban(random), '%20'),
      inFours(iban(random), '+'),
      iban(random).toLowerCase(),
    ]);
  return [
    ...times(45, () => place('iban', 'url', random.pick(IBAN_URLS), inUrl())),
    ...times(20, () => place('iban', 'title', random.pick(['Payment to ~', '~ | Bank']), written())),
    ...times(40, () => keyed('iban', 'property', random, IBAN_KEYS, written())),
    ...times(25, () => keyed('iban', 'form', random, IBAN_KEYS, written())),
    ...times(50, () => place('iban', 'text', random.pick(IBAN_TEXTS), written())),
  ];
}

const EMAIL_URLS: Choices = [
  'https://shop.example/unsubscribe?email=~&list=3',
  'https://shop.example/users/~/orders',
  'https://shop.example/verify#~',
  '/invite?to=~',
  'https://shop.example/r?utm_source=mail&utm_content=~',
  'mailto:~',
  'mailto:~?subject=Hi',
  'https://mail.example/compose?to=~&cc=',
];
const EMAIL_NESTED: Choices = [
  'https://shop.example/login?return=%2Faccount%3Femail%3D~%26tab%3D1',
  'https://sso.example/auth?redirect_uri=https%3A%2F%2Fshop.example%2Fcb%3Fhint%3D~',
];
const EMAIL_TITLES: Choices = [
  'Inbox (3) - ~ - Mail',
  'Welcome back, ~!',
  '~ | Account',
  'Nachricht von ~',
  'Reset password for ~',
];
const EMAIL_TEXTS: Choices = [
  'write to ~ please',
  'From: "A B" <~>',
  'contact:~,thanks',
  'Kontakt: ~.',
  '{"email":"~","ok":true}',
  '(~)',
  "'~'",
  'email=~&name=x',
  'I told ~: no!',
  '联系 ~ 谢谢',
];
const EMAIL_KEYS: Choices = [
  'email',
  'user',
  'note',
  'e-mail',
  'contact',
  'label',
  'login',
  'q',
  'traits_email',
];

const emails = (random: Random): Unnumbered[] => [
  ...times(60, () => place('email', 'url', random.pick(EMAIL_URLS), plainEmail(random))),
  ...times(50, () => place('email', 'url', random.pick(EMAIL_URLS), encodeAt(email(random)))),
  ...times(20, () => place('email', 'url', random.pick(EMAIL_NESTED), encodeAt(plainEmail(random)))),
  ...times(30, () => place('email', 'url', random.pick(EMAIL_NESTED), encodeTwice(plainEmail(random)))),
  ...times(40, () => place('email', 'title', random.pick(EMAIL_TITLES), email(random))),
  ...times(50, () => keyed('email', 'property', random, EMAIL_KEYS, email(random))),
  ...times(30, () => keyed('email', 'form', random, EMAIL_KEYS, email(random))),
  ...times(60, () => place('email', 'text', random.pick(EMAIL_TEXTS), email(random))),
];

const TOKEN_URLS: Choices = [
  'https://app.example/cb#state=1&data=~',
  'https://app.example/hook/~',
  'https://app.example/open?payload=~&v=2',
  '/share/~?ref=mail',
  'https://app.example/login?next=%2Fopen%3Fp%3D~',
];
const TOKEN_TEXTS: Choices = [
  'here it is: ~ (do not share)',
  'Error: request with ~ failed',
  'export KEY=~',
  'curl -H "X-Thing: ~" https://api.example/',
  '~',
  '"~"',
  'use ~, then retry',
];
const TOKEN_KEYS: Choices = ['note', 'value', 'label', 'header', 'q', 'response', 'payload'];

const basic = (random: Random): string =>
  Buffer.from(`${given(random)}:${letters(random, ALPHANUMERIC, 9)}`).toString('base64');

const tokens = (random: Random): Unnumbered[] => [
  ...times(60, () => place('token', 'url', random.pick(TOKEN_URLS), token(random))),
  ...times(15, () => place('token', 'title', random.pick(['Key ~ created', '~ - Console']), token(random))),
  ...times(40, () => keyed('token', 'property', random, TOKEN_KEYS, token(random))),
  ...times(20, () => keyed('token', 'form', random, TOKEN_KEYS, token(random))),
  ...times(50, () => place('token', 'text', random.pick(TOKEN_TEXTS), token(random))),
  ...times(20, () =>
    place(
      'token',
      'text',
      random.pick(['Authorization: Bearer ~', 'sent "Bearer ~" twice', 'bearer ~']),
      letters(random, HEX, 40),
    ),
  ),
  ...times(15, () =>
    place('token', 'text', random.pick(['Authorization: Basic ~', 'Basic ~']), basic(random)),
  ),
];

const USERINFO: Choices = [
  'https://~@host.example/path?x=1',
  'http://~@10.0.0.8:8080/',
  'postgres://~@db.example:5432/app',
  'https://proxy.example/?u=https%3A%2F%2F~%40host.example%2F',
  'redis://~@cache.example/0',
  'ftp://~@files.example/a.zip',
  'mongodb+srv://~@cluster.example/db',
];

const userinfos = (random: Random): Unnumbered[] => {
  const made = () =>
    random.pick([
      `${given(random)}:${letters(random, ALPHANUMERIC, random.between(6, 14))}`,
      `${given(random)}:${letters(random, ALPHANUMERIC, 6)}%21${digits(random, 2)}`,
      `admin:${letters(random, `${ALPHANUMERIC}!$*`, 10)}`,
      letters(random, ALPHANUMERIC, 24),
    ]);
  return [
    ...times(50, () => place('userinfo', 'url', random.pick(USERINFO), made())),
    ...times(20, () =>
      place('userinfo', 'property', random.pick(USERINFO), made(), random.pick(['dsn', 'link', 'endpoint'])),
    ),
    ...times(20, () => place('userinfo', 'text', `see ${random.pick(USERINFO)} for that`, made())),
  ];
};

const SECRET_KEYS: Choices = [
  ...([
    'password',
    'Password',
    'passwd',
    'pwd',
    'user_password',
    'newPassword',
    'password_confirmation',
  ] as const),
  ...([
    'passphrase',
    'secret',
    'client_secret',
    'clientSecret',
    'api_key',
    'apikey',
    'apiKey',
    'API-KEY',
  ] as const),
  ...([
    'x-api-key',
    'access_token',
    'accessToken',
    'refresh_token',
    'id_token',
    'token',
    'auth_token',
  ] as const),
  ...(['csrf_token', 'csrfmiddlewaretoken', 'authenticity_token', 'reset_password_token', 'auth'] as const),
  ...([
    'authorization',
    'private_key',
    'secret_key',
    'access_key',
    'session_token',
    'otp',
    'cvv',
    'cvc',
  ] as const),
  ...(['pin', 'card_cvc', 'security_code', 'credentials', 'jwt', 'mfa_code', 'verification_code'] as const),
  ...(['PHPSESSID', 'JSESSIONID', 'mot_de_passe', 'passwort', 'cookie', 'userPwd', 'db_password'] as const),
];
const NUMERIC = /otp|cvv|cvc|pin|code/i;
const SECRET_URLS: Choices = [
  'https://app.example/login?#=~&next=home',
  'https://app.example/reset?uid=7&#=~',
  'https://app.example/cb#state=x&#=~&expires_in=3600',
  'https://app.example/p;#=~?x=1',
  '/reset?#=~',
  'https://app.example/go?to=%2Freset%3F#%3D~%26a%3D1',
  'https://app.example/form?user%5B#%5D=~&ok=1',
];
const SECRET_TEXTS: Choices = [
  'user=7&#=~&remember=1',
  '{"user":7,"#":"~"}',
  'failed: #=~',
  'Cookie: theme=dark; #=~; lang=en',
  '{"#": "~", "n": 1}',
];

const secrets = (random: Random): Unnumbered[] => {
  const pair = () => {
    const key = random.pick(SECRET_KEYS);
    const value = NUMERIC.test(key) ? digits(random, random.between(3, 6)) : password(random);
    return { key, value };
  };
  const inside = (where: Place, templates: Choices) => {
    const { key, value } = pair();
    const template = random.pick(templates);
    // The last mark of a name is the one in front of the value; a fragment begins with another.
    const at = template.lastIndexOf('#', template.indexOf('~'));
    return place('secret', where, `${template.slice(0, at)}${key}${template.slice(at + 1)}`, value);
  };
  const held = (where: 'property' | 'form') => {
    const { key, value } = pair();
    return place('secret', where, '~', value, key);
  };
  return [
    ...times(110, () => inside('url', SECRET_URLS)),
    ...times(90, () => held('property')),
    ...times(60, () => held('form')),
    ...times(50, () => inside('text', SECRET_TEXTS)),
  ];
};

/** Two values in one string, and what was found twice. */
const several = (random: Random): Unnumbered[] =>
  times(30, () => {
    const [first, second, number] = [plainEmail(random), plainEmail(random), card(random)];
    return random.pick<() => Unnumbered>([
      () =>
        mixed(`${first}, ${second}`, [
          ['email', first],
          ['email', second],
        ]),
      () =>
        mixed(`${first} paid with ${number}`, [
          ['email', first],
          ['card', number],
        ]),
      () => mixed(`/a?email=${first}&again=${first}`, [['email', first]], 'url'),
      () =>
        mixed(`${number}/${first}/${number}`, [
          ['card', number],
          ['email', first],
        ]),
    ])();
  });

const mixed = (text: string, planted: Unnumbered['planted'], where: Place = 'text'): Unnumbered => ({
  group: 'several',
  place: where,
  key: null,
  text,
  planted,
});

const times = <Made>(count: number, make: () => Made): Made[] => Array.from({ length: count }, make);

export const positives = (random: Random): Unnumbered[] => [
  ...cards(random),
  ...ssns(random),
  ...ibans(random),
  ...emails(random),
  ...tokens(random),
  ...userinfos(random),
  ...secrets(random),
  ...several(random),
];
