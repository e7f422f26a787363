import type { Place, PlantedKind, Unnumbered } from './label.ts';

/**
 * What others publish as examples: test cards of payment providers, the account numbers of the IBAN registry, addresses and
 * credentials of RFCs and manuals, ids of public standards. Written down before there were rules; no rule was made for one of them.
 */

const CARDS: readonly string[] = [
  ...[
    '4111111111111111',
    '4012888888881881',
    '4222222222222',
    '4242424242424242',
    '4000056655665556',
    '4917610000000000',
  ],
  ...[
    '4484070000000000',
    '4462030000000000',
    '5555555555554444',
    '5105105105105100',
    '2223003122003222',
    '5200828282828210',
  ],
  ...[
    '5454545454545454',
    '378282246310005',
    '371449635398431',
    '378734493671000',
    '6011111111111117',
    '6011000990139424',
  ],
  ...[
    '6011981111111113',
    '3056930009020004',
    '36227206271667',
    '30569309025904',
    '38520000023237',
    '3566002020360505',
  ],
  ...[
    '3530111333300000',
    '6200000000000005',
    '6200000000000047',
    '6205500000000000004',
    '6304000000000000',
    '6759649826438453',
  ],
  ...[
    '5019717010103742',
    '6062826786276634',
    '5066991111111118',
    '4571736000000075',
    '6771798021000008',
    '4166676667666746',
  ],
];
const IBANS: readonly string[] = [
  ...[
    'AL47212110090000000235698741',
    'AD1200012030200359100100',
    'AT611904300234573201',
    'AZ21NABZ00000000137010001944',
  ],
  ...['BH67BMAG00001299123456', 'BE68539007547034', 'BA391290079401028494', 'BR9700360305000010009795493P1'],
  ...[
    'BG80BNBG96611020345678',
    'CR05015202001026284066',
    'HR1210010051863000160',
    'CY17002001280000001200527600',
  ],
  ...[
    'CZ6508000000192000145399',
    'DK5000400440116243',
    'DO28BAGR00000001212453611324',
    'EE382200221020145685',
  ],
  ...[
    'FI2112345600000785',
    'FR1420041010050500013M02606',
    'GE29NB0000000101904917',
    'DE89370400440532013000',
  ],
  ...['GI75NWBK000000007099453', 'GR1601101250000000012300695', 'GT82TRAJ01020000001210029690'],
  ...[
    'HU42117730161111101800000000',
    'IS140159260076545510730339',
    'IE29AIBK93115212345678',
    'IL620108000000099999999',
  ],
  ...[
    'IT60X0542811101000000123456',
    'JO94CBJO0010000000000131000302',
    'KZ86125KZT5004100100',
    'XK051212012345678906',
  ],
  ...[
    'KW81CBKU0000000000001234560101',
    'LV80BANK0000435195001',
    'LB62099900000001001901229114',
    'LI21088100002324013AA',
  ],
  ...[
    'LT121000011101001000',
    'LU280019400644750000',
    'MK07250120000058984',
    'MT84MALT011000012345MTLCAST001S',
  ],
  ...['MR1300020001010000123456753', 'MU17BOMM0101101030300200000MUR', 'MD24AG000225100013104168'],
  ...['MC5811222000010123456789030', 'ME25505000012345678951', 'NL91ABNA0417164300', 'NO9386011117947'],
  ...[
    'PK36SCBL0000001123456702',
    'PS92PALS000000000400123456702',
    'PL61109010140000071219812874',
    'PT50000201231234567890154',
  ],
  ...[
    'QA58DOHB00001234567890ABCDEFG',
    'RO49AAAA1B31007593840000',
    'SM86U0322509800000000270100',
    'SA0380000000608010167519',
  ],
  ...[
    'RS35260005601001611379',
    'SK3112000000198742637541',
    'SI56191000000123438',
    'ES9121000418450200051332',
  ],
  ...[
    'SE4550000000058398257466',
    'CH9300762011623852957',
    'TN5910006035183598478831',
    'TR330006100519786457841326',
  ],
  ...['AE070331234567890123456', 'GB29NWBK60161331926819', 'VG96VPVG0000012345678901'],
];
const EMAILS: readonly string[] = [
  ...[
    'simple@example.com',
    'very.common@example.com',
    'x@example.com',
    'example@s.example',
    'user-@example.org',
  ],
  ...['long.email-address-with-hyphens@and.subdomains.example.com', 'user.name+tag+sorting@example.com'],
  ...[
    'disposable.style.email.with+symbol@example.com',
    'fully-qualified-domain@example.com',
    'Pelé@example.com',
  ],
  ...[
    'I❤️CHOCOLATE🍫@example.com',
    'δοκιμή@παράδειγμα.δοκιμή',
    '我買@屋企.香港',
    '二ノ宮@黒川.日本',
    'медведь@с-балалайкой.рф',
  ],
  ...[
    'संपर्क@डाटामेल.भारत',
    'mailhost!username@example.org',
    'customer/department@example.com',
    'JOHN.PUBLIC@EXAMPLE.COM',
  ],
  ...[
    'jdoe@machine.example',
    'mary@x.test.example',
    'one@y.test.example',
    'boss@nil.test.example',
    'sysservices@example.net',
  ],
  ...[
    'a@b.example',
    '1234567890@example.com',
    '_______@example.com',
    'firstname-lastname@example.com',
    'e@xn--bcher-kva.example',
  ],
  ...[
    'test.email.leading@mail.example.travel',
    'user@sub-domain.example.technology',
    "customer.o'hara@example.com",
  ],
];
/** In two parts, so that a scanner of sources does not take them for lost ones. */
const TOKENS: readonly string[] = [
  ['AKIA', 'IOSFODNN7EXAMPLE'],
  ['AKIA', 'I44QH8DHBEXAMPLE'],
  ['ASIA', 'IOSFODNN7EXAMPLE'],
  ['sk_te', 'st_4eC39HqLyjWDarjtT1zdp7dc'],
  ['rk_li', 've_51H8m2kLkdIwHu7ixAbCdEfGh'],
  ['xoxb-', '17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy'],
  ['xoxp-', '23984754863-2348975623103-1f2e3d4c5b6a79880f1e2d3c4b5a6978'],
  ['AIza', 'SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe'],
  ['ghp_', '16C7e42F292c6912E7710c838347Ae178B4a'],
  ['gho_', '16C7e42F292c6912E7710c838347Ae178B4a'],
  ['glpat-', 'abcdefGHIJ1234567890'],
  ['SG.', 'ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr'],
  ['npm_', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789'],
  ['hf_', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567'],
  ['shpat_', '0123456789abcdef0123456789abcdef'],
  ['GOCSPX-', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ01'],
  ['ya29.', 'a0AfH6SMBx1234567890abcdefghijklmnopqrstuvwxyzABCDEF'],
  ['whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  [
    'eyJ',
    'hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
  ],
  [
    'eyJ',
    '0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  ],
].map((parts) => parts.join(''));
const SSNS: readonly string[] = [
  '078-05-1120',
  '219-09-9999',
  '457-55-5462',
  '123-45-6789',
  '001-01-0001',
  '899-99-9999',
  '772-11-2345',
];

/** Lines as logs, tag managers, share buttons and copied forms have them. `~` stands for what is planted. */
const AROUND: readonly (readonly [Place, string, string | null])[] = [
  ['text', 'INFO 2026-01-31 08:00:01 user=~ action=view', null],
  ['text', '"GET /a?x=~ HTTP/1.1" 200 512', null],
  ['title', '(1) ~ · Dashboard', null],
  ['property', '{"id":1,"who":"~","tags":["a"]}', 'payload'],
  ['property', 'label:~|position:3', 'dataLayer'],
  ['form', '  ~ ', 'field_7'],
  ['url', 'https://wa.example/?text=Hello%20~%20bye', null],
  ['url', 'https://app.example/#!/route/~/tab', null],
  ['text', 'a\t~\tb', null],
  ['text', 'Line one\n~\nline three', null],
];

const LITERAL: readonly (readonly [Place, string | null, string, ...(readonly [PlantedKind, string])[]])[] = [
  ['url', null, 'ftp://anonymous:guest@ftp.is.example/rfc/rfc1808.txt', ['userinfo', 'anonymous:guest']],
  [
    'url',
    null,
    'https://john.doe:pw1@www.example.com:1234/forum/?tag=networking#top',
    ['userinfo', 'john.doe:pw1'],
  ],
  ['url', null, 'http://user@example.com/', ['userinfo', 'user']],
  ['property', 'dsn', 'amqp://guest:guest@rabbit:5672/%2f', ['userinfo', 'guest:guest']],
  ['property', 'dsn', 'jdbc:postgresql://fred:s3cr@localhost/test?ssl=true', ['userinfo', 'fred:s3cr']],
  [
    'text',
    null,
    'git clone https://x-access-token:abc123@git.example/o/r.git',
    ['userinfo', 'x-access-token:abc123'],
  ],
  ['url', null, '//user:pw@host.example/x', ['userinfo', 'user:pw']],
  [
    'url',
    null,
    'https://example.com/cb#access_token=2YotnFZFEjr1zCsicMWpAA&state=xyz&token_type=example&expires_in=3600',
    ['secret', '2YotnFZFEjr1zCsicMWpAA'],
  ],
  [
    'text',
    null,
    'grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA',
    ['secret', 'tGzv3JOkF0XG5Qx2TlKWIA'],
  ],
  ['text', null, 'grant_type=password&username=johndoe&password=A3ddj3w', ['secret', 'A3ddj3w']],
  ['text', null, 'Authorization: Bearer mF_9.B5f-4.1JqM', ['token', 'mF_9.B5f-4.1JqM']],
  [
    'text',
    null,
    'Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    ['token', 'QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
  ],
  [
    'text',
    null,
    'Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW',
    ['token', 'czZCaGRSa3F0MzpnWDFmQmF0M2JW'],
  ],
  [
    'property',
    'Authorization',
    'Digest username="Mufasa", nonce="dcd98b"',
    ['secret', 'Digest username="Mufasa", nonce="dcd98b"'],
  ],
  ['url', null, 'https://example.com/u/reset?reset_password_token=Xy7_sk2-PmQ', ['secret', 'Xy7_sk2-PmQ']],
  ['text', null, 'utf8=%E2%9C%93&user%5Bpassword%5D=hunter2&user%5Bname%5D=bob', ['secret', 'hunter2']],
  ['text', null, '_token=kLm2PzQ9&name=x', ['secret', 'kLm2PzQ9']],
  ['text', null, '__RequestVerificationToken=CfDJ8Nq3&x=1', ['secret', 'CfDJ8Nq3']],
  ['url', null, 'https://zoom.example/j/85746065432?pwd=SXJmbUFTdz09', ['secret', 'SXJmbUFTdz09']],
  ['url', null, 'https://ci.example/job/x/build?token=TOKEN_NAME', ['secret', 'TOKEN_NAME']],
  ['url', null, 'https://api.example/v1?os_username=a&os_password=b1c2', ['secret', 'b1c2']],
  ['url', null, 'https://maps.example/tiles?access_token=abcDEF123', ['secret', 'abcDEF123']],
  [
    'url',
    null,
    'https://example.com/page;jsessionid=1A530637289A03B07199A44E8D531427?x=1',
    ['secret', '1A530637289A03B07199A44E8D531427'],
  ],
  [
    'url',
    null,
    'https://x.s3.example/k?X-Amz-Expires=300&X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0',
    ['secret', 'fe5f80f77d5fa3beca038a248ff027d0'],
  ],
  [
    'url',
    null,
    'https://x.blob.example/c?sv=2022-11-02&sr=b&sig=Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D',
    ['secret', 'Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D'],
  ],
  [
    'property',
    'AWS_SECRET_ACCESS_KEY',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    ['secret', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
  ],
  [
    'property',
    'Set-Cookie',
    'SID=31d4d96e407aad42; Path=/; Secure; HttpOnly',
    ['secret', 'SID=31d4d96e407aad42; Path=/; Secure; HttpOnly'],
  ],
  ['form', 'new-password', 'P@ssw0rd.x', ['secret', 'P@ssw0rd.x']],
  ['form', 'current-password', 'tr0ub4dor&3', ['secret', 'tr0ub4dor&3']],
  ['form', 'cc-csc', '123', ['secret', '123']],
  ['form', 'one-time-code', '482910', ['secret', '482910']],
  ['form', 'passphrase', 'open sesame', ['secret', 'open sesame']],
  ['form', 'txtPassword', 'abc', ['secret', 'abc']],
  ['form', 'j_password', 'abc', ['secret', 'abc']],
  ['form', 'login[password]', 'abc', ['secret', 'abc']],
  ['form', 'kennwort', 'geheim', ['secret', 'geheim']],
  ['property', 'bearerToken', 'opaque-1', ['secret', 'opaque-1']],
  ['property', 'X-CSRF-Token', 'aXo9', ['secret', 'aXo9']],
  ['property', 'encryptionKey', '00ff', ['secret', '00ff']],
];

const HARMLESS: readonly string[] = [
  ...[
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  ],
  ...[
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'curl/8.5.0',
    'okhttp/4.12.0',
  ],
  ...[
    '4006381333931',
    '9780306406157',
    '5901234123457',
    '4012345123456',
    '0-306-40615-2',
    'ISSN 2049-3630',
    '978-0-306-40615-7',
  ],
  ...[
    '1Z999AA10123456784',
    '986578788855',
    '9400 1000 0000 0000 0000 00',
    '106141412345678908',
    'RR123456785DE',
    'JD014600003SE',
  ],
  ...[
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'V1StGXR8_Z5jdHi6B-myT',
    '507f1f77bcf86cd799439011',
    '1212092628029698048',
    '175928847299117063',
  ],
  ...[
    '100004227423844',
    'dQw4w9WgXcQ',
    'B07FZ8S74R',
    'GA1.2.1033501218.1368477899',
    '1033501218.1368477899',
    'fb.1.1596403881668.1116446470',
  ],
  ...[
    'CjwKCAjwx6WDBhBQEiwA_dP8rYbZ',
    'P3Y6M4DT12H30M5S',
    '00:1A:2B:3C:4D:5E',
    '48.858370, 2.294481',
    'geo:37.786971,-122.399677',
  ],
  ...[
    '529900T8BM49AURSDO55',
    'DEUTDEFF500',
    '1HGCM82633A004352',
    'DE136695976',
    'ATU12345678',
    'GB999 9999 73',
    'FR83404833048',
  ],
  ...[
    '0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe',
    'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
    'doi:10.1000/182',
    '10.1038/nphys1170',
  ],
  ...[
    '0000-0002-1825-0097',
    '0000 0001 2103 2683',
    '1234 5678 9012 3456',
    '4111 1111 1111 1112',
    '0000-0000-0000-0000',
    '9999999999999999',
  ],
  ...[
    '+1-202-555-0143',
    '+44 20 7946 0958',
    '+33 1 70 18 99 00',
    '(02) 5550 1234',
    '+61 491 570 156',
    '030 23125 000',
    '1-800-555-0199',
  ],
  ...[
    '490154203237518',
    '356938035643809',
    'ICCID 8991101200003204510',
    '2026-W05-6',
    '20260131T080000Z',
    '1706688000000',
    '1e21',
  ],
  ...[
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '00000000-0000-0000-0000-000000000000',
    '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  ],
  ...[
    'd41d8cd98f00b204e9800998ecf8427e',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg',
  ],
  ...[
    '@angular/core',
    'core-js@3.37.1',
    '@vue/compiler-sfc@3.4.27',
    'actions/checkout@v4',
    'nginx@sha256:0d17b565',
    'user@host:~$',
  ],
  ...[
    'retina@2x.avif',
    'icons/app-icon@3x~ipad.png',
    'fonts/inter@4.0.woff2',
    '@layer base { a {} }',
    '@apply px-4;',
    '@@global.x',
  ],
  ...[
    'git@{u}',
    'a @ b',
    '10 kg@50',
    'x@y',
    'me@home',
    '@123',
    'follow @_some_one_',
    '@here please',
    'print(f"{x}@{y}")',
  ],
  ...[
    'Token ring networks',
    'Non-fungible tokens',
    'passing the buck',
    'auth0.com/docs',
    'Secretary of State',
    'Cookie Clicker',
    'PIN-up',
  ],
  ...[
    'Two-factor authentication explained',
    'OpenID Connect Basic Client',
    'Basic Instinct',
    'bearer of bad news',
    'Basic HTTP',
    'pass the salt',
  ],
  ...[
    'viewport 1920x1080@2',
    'A1:B22',
    '3.14159265358979323846',
    '6.02214076e23',
    '1,000,000,000,000',
    '192.168.0.1:8080',
    'fe80::1ff:fe23:4567:890a',
  ],
  ...[
    'https://example.com/wp-content/uploads/2026/01/IMG_20260131_080000.jpg',
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s',
  ],
  ...[
    'https://shop.example/products/6843261223104?variant=40123456789012',
    '/collections/all?page=2&filter.p.vendor=X',
  ],
  ...[
    'https://news.example/2026/01/31/123456789',
    '/r/abc/comments/1a2b3c/title/',
    'https://example.com/?q=%40media+query',
  ],
  ...[
    'https://example.com/~user/',
    'https://example.com/@scope/pkg/v/1.0.0',
    'https://example.com/#section-4.1.2.3',
  ],
  ...[
    'Sao Paulo – SP, 01310-100',
    'D-80331 München',
    'CEP 01310-100',
    '〒100-0001',
    'ul. Długa 5/7',
    'Großräschen',
    'naïve façade',
  ],
];

const carried = (kind: PlantedKind, values: readonly string[], turns: number): Unnumbered[] =>
  values.flatMap((value, index) =>
    Array.from({ length: turns }, (_, turn): Unnumbered => {
      const [place, template, key] = AROUND[(index * turns + turn) % AROUND.length] ?? ['text', '~', null];
      const spelled = place === 'url' ? inAddress(value) : value;
      return {
        group: kind,
        place,
        key,
        text: template.replace('~', () => spelled),
        planted: [[kind, spelled]],
      };
    }),
  );

/** As a browser's address bar shows a value: what an address cannot hold as it is, escaped. */
const inAddress = (value: string): string =>
  value.replaceAll('@', '%40').replaceAll('+', '%2B').replaceAll('/', '%2F');

export const heldOutSet = (): Unnumbered[] => [
  ...carried('card', CARDS, 3),
  ...carried(
    'card',
    CARDS.map((number) => number.replace(/(\d{4})(?=\d)/g, '$1 ')).filter((_, index) => index % 3 === 0),
    1,
  ),
  ...carried('iban', IBANS, 2),
  ...carried('email', EMAILS, 3),
  ...carried('token', TOKENS, 3),
  ...carried('ssn', SSNS, 4),
  ...LITERAL.map(
    ([place, key, text, ...planted]): Unnumbered => ({
      group: planted[0]?.[0] ?? 'clean',
      place,
      key,
      text,
      planted: planted.map(([kind, value]) => [kind, value]),
    }),
  ),
  ...HARMLESS.flatMap((text, index) =>
    [0, 1].map((turn): Unnumbered => {
      const [place, template, key] = AROUND[(index * 2 + turn) % AROUND.length] ?? ['text', '~', null];
      return { group: 'clean', place, key, text: template.replace('~', () => text), planted: [] };
    }),
  ),
];
