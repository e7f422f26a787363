import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressIn, addressNames, mayNameAddress } from '../../lambdas/event/address-field.ts';
import {
  canonicalText,
  derivedEventId,
  payloadFingerprint,
  registryKey,
  settleEventId,
} from '../../lambdas/event/event-id.ts';
import { parseEventTime } from '../../lambdas/event/event-time.ts';
import { cutText, makeStorable } from '../../lambdas/event/json-text.ts';
import { encodeParts } from '../../lambdas/platform/encode-parts.ts';
import { createTenantRules } from '../../lambdas/redaction/key-facts.ts';
import { redactPayload } from '../../lambdas/redaction/redact-payload.ts';
import { visitorMark } from '../../lambdas/tenancy/visitor-keys.ts';
import { pseudonymise } from '../../lambdas/tenancy/visitor-pseudonym.ts';
import { daySecret } from '../../lambdas/tenancy/visitor-salts.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** Values that a test generates: few enough to go to the database at once, many enough to meet the rare. */
const SAMPLES = 3_000;

/** What an expression over `sent` gives for each value, in their order; `sent` is of the given type. */
async function each(expression: string, type: string, values: readonly unknown[]): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ result: unknown }>(
    `SELECT ${expression} AS result FROM unnest($1::${type}[]) WITH ORDINALITY AS p (sent, ordinality) ORDER BY ordinality`,
    [values],
  );
  return rows.map(({ result }) => result);
}

/** Objects, so that a difference shows the value it is of. */
const paired = (values: readonly unknown[], results: readonly unknown[]) =>
  values.map((value, index) => ({ value, result: results[index] }));

/** Text that Postgres can hold: no NUL, no half of a surrogate pair. */
const storable = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
/** Keys on both sides of the surrogates, whose order UTF-8 and UTF-16 disagree about. */
const awkwardKey = fc
  .array(fc.constantFrom(...'a"\\\n\u0001\u007F\u2028é\uD7FF\uE000\uFFFF\u{10000}\u{10FFFF}'), {
    maxLength: 4,
  })
  .map((letters) => letters.join(''));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -12, max: 25 }))
    .map(([n, e]) => n * 10 ** e),
  // Integers of 53 bits times a power of two have neighbours whose middle is a short decimal.
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 60 })).map(([n, e]) => n * 2 ** e),
  fc.integer({ min: -1_074, max: 1_023 }).map((e) => 2 ** e),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    number,
    storable,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(storable, awkwardKey), tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('a payload has one spelling in SQL and in TypeScript', () => {
  it('of any value, and so one fingerprint', async () => {
    const values = fc.sample(json, SAMPLES);
    const texts = values.map((value) => JSON.stringify(value));
    expect(paired(texts, await each('raw.canonical_text(sent::jsonb)', 'text', texts))).toEqual(
      paired(texts, values.map(canonicalText)),
    );
    expect(
      paired(texts, await each('raw.payload_fingerprint(raw.canonical_text(sent::jsonb))', 'text', texts)),
    ).toEqual(
      paired(
        texts,
        values.map((value) => String(payloadFingerprint(canonicalText(value)))),
      ),
    );
  });

  it('of any number, however it was spelled', async () => {
    const spelled = [
      ...[
        '0',
        '-0',
        '-0.0',
        '1.0',
        '1e2',
        '1.50',
        '0.1',
        '1e21',
        '1e-6',
        '1e-7',
        '123456789012345678',
        '5e-324',
        '1e-400',
      ],
      ...[
        '9007199254740993',
        '1.7976931348623157e308',
        '1.7976931348623158e308',
        '0.000001',
        '0.00000123456789012345',
      ],
      ...[
        '100000000000000000000',
        '999999999999999900000',
        '1000000000000000000000',
        '4.35',
        '9.5367431640625e-7',
      ],
      ...[
        '0.1000000000000000055511151231257827',
        '-1e-400',
        '2.2250738585072011e-308',
        '5.684341886080802e-14',
      ],
      ...fc.sample(number, SAMPLES).map(String),
      ...fc.sample(number, SAMPLES).map((value) => value.toExponential(18)),
    ];
    expect(paired(spelled, await each('raw.canonical_text(sent::jsonb)', 'text', spelled))).toEqual(
      paired(
        spelled,
        spelled.map((text) => canonicalText(JSON.parse(text))),
      ),
    );
  });

  it('of powers of two and their neighbours, where the shortest digits are hardest to find', async () => {
    const spelled = Array.from({ length: 2_098 }, (_, index) => 2 ** (index - 1_074)).flatMap((power) =>
      [power, power * (1 + Number.EPSILON), power * (1 - Number.EPSILON / 2), power * 5, power * 10]
        .filter(Number.isFinite)
        .map(String),
    );
    expect(paired(spelled, await each('raw.canonical_text(sent::jsonb)', 'text', spelled))).toEqual(
      paired(spelled, spelled),
    );
  });

  it('whatever the session prints of a number', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN; SET LOCAL extra_float_digits = -3');
      const { rows } = await client.query("SELECT raw.canonical_text('0.12345678901234567') AS text");
      expect(rows).toEqual([{ text: '0.12345678901234566' }]);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});

describe('an event has one id in SQL and in TypeScript', () => {
  const uuid = fc.uuid({ version: [1, 4, 7, 8] });
  const ids = [
    ...fc.sample(
      fc.oneof(
        uuid,
        uuid.map((id) => id.toUpperCase()),
        storable,
      ),
      SAMPLES,
    ),
    ...[
      '',
      ' ',
      '01890a5dac96774bbcceb302099a8057',
      '01890a5d-ac96-774b-bcce-b302099a8057\n',
      '🏿',
      'x'.repeat(255),
    ],
  ];

  it('from the id of its client', async () => {
    expect(paired(ids, await each('raw.settle_event_id(sent)', 'text', ids))).toEqual(
      paired(ids, ids.map(settleEventId)),
    );
  });

  it('from its payload, place and visitor when it has none, and a new one without a time', async () => {
    const visitor = randomBytes(16);
    const results = await each(
      `raw.derive_event_id(sent, ordinality::integer, '\\x${visitor.toString('hex')}', true)`,
      'text',
      ids,
    );
    expect(results).toEqual(ids.map((text, index) => derivedEventId(text, index + 1, visitor, true)));
    const timeless = await each(`raw.derive_event_id('{}', 0, sent, false)`, 'bytea', [visitor, visitor]);
    expect(new Set(timeless).size).toBe(2);
  });

  it('and one registry key', async () => {
    const events = ids.map(settleEventId);
    for (const tenant of ['acme', 'Ärzte 🏿', '']) {
      const keys = await each(`raw.registry_key('${tenant}', sent)`, 'uuid', events);
      expect(keys).toEqual(events.map((id) => registryKey(tenant, id)));
    }
  });
});

it('parts are encoded in SQL as in TypeScript, a missing one included', async () => {
  const { rows } = await database.pool.query(
    "SELECT raw.encode_parts('a:b', NULL, '', '1:n', '🏿') AS encoded",
  );
  expect(rows[0].encoded.toString()).toBe(encodeParts(['a:b', null, '', '1:n', '🏿']));
});

it('a time is read in SQL as in TypeScript', async () => {
  const digits = (count: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }).map((ds) => ds.join(''));
  const upTo = (max: number, width = 2) =>
    fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'));
  const rfc3339 = fc
    .tuple(
      fc.oneof(
        upTo(9_999, 4),
        upTo(99, 4),
        upTo(30).map((n) => `20${n}`),
      ),
      upTo(13),
      upTo(32),
      fc.constantFrom('T', 't', ' ', 'x'),
      upTo(25),
      upTo(61),
      upTo(62),
      fc.oneof(
        fc.constant(''),
        fc
          .integer({ min: 0, max: 10 })
          .chain(digits)
          .map((d) => `.${d}`),
      ),
      fc.oneof(
        fc.constantFrom('Z', 'z', '', '+'),
        fc
          .tuple(fc.constantFrom('+', '-'), upTo(25), fc.constantFrom(':', ''), upTo(61))
          .map((o) => o.join('')),
      ),
    )
    .map(([y, mo, d, t, h, mi, s, f, o]) => `${y}-${mo}-${d}${t}${h}:${mi}:${s}${f}${o}`);
  const values: unknown[] = [
    ...fc.sample(rfc3339, SAMPLES),
    ...fc.sample(number, SAMPLES),
    ...fc.sample(fc.double({ min: 0, max: 3e14, noNaN: true }), SAMPLES),
    ...[
      '2026-02-30T00:00:00Z',
      '2024-02-29T23:59:60Z',
      '0000-01-01T00:00:00Z',
      '0099-12-31T00:00:00Z',
      'now',
      '',
      '1700000000',
    ],
    ...[
      '٢٠٢٦-٠١-٠١T٠٠:٠٠:٠٠Z',
      '2026-01-01T00:00:00Z\n',
      '2026-01-01T00:00:00.1234567891Z',
      '9999-12-31T23:59:59-23:59',
    ],
    ...[
      0, -1, 0.0004, 99_999_999_999.999, 100_000_000_000, 253_402_300_799_999, 253_402_300_799_999.9,
      253_402_300_800_000, 1e300,
    ],
    ...[true, null, [], {}, ['2026-01-01T00:00:00Z']],
  ];
  const texts = values.map((value) => JSON.stringify(value));
  const results = await each('raw.event_milliseconds(sent::jsonb)::float8', 'text', texts);
  expect(results.filter((result) => result !== null).length).toBeGreaterThan(SAMPLES);
  expect(paired(texts, results)).toEqual(paired(texts, values.map(parseEventTime)));
});

it('a text is cut in SQL as in TypeScript', async () => {
  const texts = [
    ...fc.sample(storable, 500),
    '🏿'.repeat(7),
    `a${'🏿'.repeat(7)}`,
    'é'.repeat(20),
    'a'.repeat(20),
  ];
  for (const units of [0, 1, 5, 6, 40]) {
    expect(await each(`raw.cut_text(sent, ${units})`, 'text', texts)).toEqual(
      texts.map((text) => cutText(text, units)),
    );
  }
});

/** Texts that look like addresses, and addresses. */
const addressLike = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  fc.ipV6().map((text) => text.toUpperCase()),
  fc
    .array(
      fc.constantFrom(
        '0',
        '1',
        'ffff',
        '10',
        '256',
        '01',
        ':',
        '::',
        '.',
        '%',
        '%eth0',
        '/64',
        ' ',
        'g',
        '1.2.3.4',
        '::ffff:',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
  fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
  fc
    .tuple(
      fc.array(fc.constantFrom('0', '00', 'a', 'ffff', 'FfFf', '12345', ''), { minLength: 1, maxLength: 9 }),
      fc.constantFrom('', ':1.2.3.4', ':1.2.3', ':1.2.3.04', ':1.2.3.256'),
    )
    .map(([groups, tail]) => groups.join(':') + tail),
);
const addresses = [
  ...fc.sample(addressLike, 4 * SAMPLES),
  ...[
    '::',
    '::1',
    '1::',
    '::ffff:198.51.100.7',
    '::FFFF:c633:6407',
    'fe80::1%eth0',
    'fe80::1%',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
  ],
  ...[
    '1:2:3:4:5:6:7:8::',
    '64:ff9b::1.2.3.4',
    '::1.2.3.4',
    '1.2.3.4%eth0',
    '1.2.3.4.',
    '.1.2.3.4',
    '1.2.3',
    'unknown',
    '',
  ],
  ...[' 198.51.100.7 ', '\uFEFF::1\u00A0', 'HOST-Ä', 'ΑΣ', 'İstanbul', 'a%b\nc'],
];

it('what is an address is one in SQL as in Node', async () => {
  const results = await each('raw.is_address(sent)', 'text', addresses);
  expect(results.filter(Boolean).length).toBeGreaterThan(SAMPLES);
  expect(paired(addresses, results)).toEqual(
    paired(
      addresses,
      addresses.map((text) => isIP(text) !== 0),
    ),
  );
});

/** Addresses as headers, proxies and logs spell them. */
const spelledAddress = fc
  .tuple(
    fc.constantFrom('', '', '[', 'for=', 'for="[', 'http://', 'by=_h;for=', 'é', '\n', 'unknown, ', 'v'),
    fc.oneof(addressLike, fc.ipV4(), fc.ipV6()),
    fc.constantFrom(
      '',
      '',
      ']',
      ':443',
      ']:443',
      ']:443";proto=https',
      '/24',
      '%25eth0',
      ', 10.0.0.1',
      '.',
      'é',
    ),
  )
  .map((parts) => parts.join(''));

it('the address that a text names is found in SQL as in TypeScript', async () => {
  const texts = [...addresses, ...fc.sample(spelledAddress, SAMPLES)].filter((text) => !text.includes('\0'));
  const found = texts.map(addressIn);
  expect(found.filter((address) => address !== null).length).toBeGreaterThan(SAMPLES);
  expect(paired(texts, await each('raw.address_in(sent)', 'text', texts))).toEqual(paired(texts, found));
});

it('the names of addresses are the same in SQL as in TypeScript', async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `SELECT named[1] AS name
     FROM regexp_matches(pg_get_functiondef('raw.is_address_name'::regproc), $$'([a-z0-9]+)'::text$$, 'g') AS named`,
  );
  expect(
    rows
      .map(({ name }) => name)
      .filter(mayNameAddress)
      .sort(),
  ).toEqual([...addressNames].sort());
  const names = [...addressNames];
  expect(await each('raw.is_address_name(sent)', 'text', names)).toEqual(names.map(() => true));
});

it('what is no address is none either when it is asked for alone, again and again', async () => {
  const client = await database.pool.connect();
  try {
    for (const text of ['1:2:3:4:12345:6:7:8', 'a::b::c', '1.2.3.256', ':', '::ffff:1.2.3', 'x']) {
      for (let turn = 0; turn < 7; turn += 1) {
        const { rows } = await client.query('SELECT raw.is_address($1), raw.network_of($1)', [text]);
        expect(rows).toEqual([{ is_address: false, network_of: text }]);
      }
    }
  } finally {
    client.release();
  }
});

it.each([
  [null, 9],
  [300, 9],
  [1, addresses.length],
])('a visitor has one pseudonym in SQL and in TypeScript, under key %s', async (version, samples) => {
  const salt = randomBytes(32);
  const key = version === null ? null : { version, secret: randomBytes(32) };
  const hex = (bytes: Buffer | undefined) => (bytes === undefined ? 'NULL' : `'\\x${bytes.toString('hex')}'`);
  const inSql = `raw.day_secret(${hex(salt)}, ${version}::smallint, ${hex(key?.secret)})`;
  const secret = daySecret(salt, key);
  const sent = addresses.slice(-samples);
  const lines = await each(
    `encode(raw.daily_pseudonym(${inSql}, raw.network_of(sent)), 'hex')`,
    'text',
    sent,
  );
  expect(paired(sent, lines)).toEqual(
    paired(
      sent,
      sent.map((address) => pseudonymise(secret, address, null).ipHash.toString('hex')),
    ),
  );
  const visitors = await each(
    `encode(raw.daily_pseudonym(${inSql}, raw.network_of(sent), 'Agent 🏿'), 'hex')`,
    'text',
    sent,
  );
  expect(visitors).toEqual(
    sent.map((address) => pseudonymise(secret, address, 'Agent 🏿').visitorKey.toString('hex')),
  );
});

it('a visitor has one mark in SQL and in TypeScript', async () => {
  const secret = randomBytes(32);
  const ids = ['v-1', '', 'Zoë 🏿', '7:visitor', 'x'.repeat(255)];
  const marks = await each(
    `encode(raw.visitor_mark('\\x${secret.toString('hex')}', sent), 'hex')`,
    'text',
    ids,
  );
  expect(marks).toEqual(ids.map((id) => visitorMark(secret, id).toString('hex')));
});

it.each([0, 1, 20, 32, 63, 64, 65, 131])(
  'the HMAC under a key of %i bytes is that of RFC 2104',
  async (length) => {
    const secret = randomBytes(length);
    const messages = [Buffer.alloc(0), randomBytes(7), randomBytes(1_000)];
    const results = await each(`raw.hmac_sha256('\\x${secret.toString('hex')}', sent)`, 'bytea', messages);
    expect(results).toEqual(messages.map((message) => createHmac('sha256', secret).update(message).digest()));
  },
);

it('an address is taken out of a payload in SQL as in TypeScript', async () => {
  const key = fc.constantFrom(
    'client_ip',
    'clientIp',
    'Client-IP',
    'ip',
    'I-P',
    'ips',
    'X-Forwarded-For',
    'remote_addr',
    '__ip',
    'k\u0131p',
    'İp',
    'agent',
    'visitorıp',
    'VISITOR_IP',
    'True-Client-IP',
    'cf-connecting-ip',
    'x_client_ip',
    'forwarded',
    'ip_addr',
    'IPv4',
    'event_data',
  );
  const held = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      1,
      true,
      '',
      'x',
      '1.2.3.4, ::1',
      ' ::1\u00a0',
      '1.2.3',
      'a,b',
      '10.0.0.1:80',
      'fe80::1%eth0',
    ),
    addressLike,
    spelledAddress,
  );
  const payload = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      held,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof({ arbitrary: key, weight: 9 }, fc.constant('10.0.0.9:80')), tie('value'), {
        maxKeys: 4,
      }),
    ),
  })).value;
  const values = fc.sample(payload, SAMPLES / 5).map((value) => ({ value }));
  const texts = values.map((value) => JSON.stringify(value));
  const options = {
    rules: createTenantRules({ deny_keys: [], allow_keys: [] }),
    isForm: false,
    pseudonymOf: null,
  };
  const without = values.map((value) => canonicalText(redactPayload(value, options).payload));
  expect(without.filter((text, index) => text !== canonicalText(values[index])).length).toBeGreaterThan(
    values.length / 10,
  );
  const inSql = `(raw.redact_payload(sent::jsonb, ROW('{"deny": [], "allow": []}', false, NULL)::raw.redaction_options)).value`;
  expect(paired(texts, await each(`raw.canonical_text(${inSql})`, 'text', texts))).toEqual(
    paired(texts, without),
  );
});

it('a number that no double holds is null in SQL as in TypeScript', async () => {
  const texts = [
    '{"a": [1e400, {"b": -1e400}], "c": 1e308, "d": 1e-400, "e": 1.7976931348623159e308, "f": 1.5}',
  ];
  const [kept] = await each('raw.canonical_text(raw.within_doubles(sent::jsonb))', 'text', texts);
  expect(kept).toBe(canonicalText(makeStorable(texts[0] ?? '', JSON.parse(texts[0] ?? ''))?.value));
});
