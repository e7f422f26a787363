import fc from 'fast-check';
import { ownSet } from './labels/own-set.ts';

const planted = ownSet().flatMap((label) => label.planted.map(([, value]) => value));
const texts = ownSet().map(({ text }) => text);
const keys = ownSet().flatMap(({ key }) => key ?? []);

/** Marks and beginnings that the rules look for, put together at random. */
const fragment = fc.oneof(
  fc.constantFrom(
    ...'@ % = & ; ? # : / . - + , " \' ~ [ ] ( ) < > \\ _ ! é 谢 🏿 \u00A0 \u2013 \t \n'.split(' '),
  ),
  fc.constantFrom(
    '%40',
    '%2540',
    '%3D',
    '%26',
    '%2526',
    '%20',
    '%C3%A9',
    '%',
    '%2',
    '%25',
    '+',
    ' ',
    '://',
    '//',
  ),
  fc.constantFrom(
    'eyJ',
    'Bearer ',
    'Basic ',
    'token',
    'password',
    'pin',
    'card',
    'ssn',
    'id',
    'api_key',
    'DE',
    'GB29',
  ),
  fc.constantFrom(
    '[redacted:email]',
    '%5Bredacted%3Asecret%5D',
    'a',
    'B',
    '4111',
    '4',
    '123-45-6789',
    'x.com',
    'png',
    'xn--p1',
    'pan=',
    'ssn=',
    '?a=',
    '.png',
    '.json.gz',
  ),
  fc.constantFrom(...planted.slice(0, 400)),
  fc.string({ maxLength: 6 }),
);

/** Text that both sides can hold: no NUL, no half of a surrogate pair. */
const storable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

export const anyText = fc
  .oneof(
    fc.array(fragment, { maxLength: 8 }).map((fragments) => fragments.join('')),
    fc.constantFrom(...texts),
    fc
      .tuple(fc.constantFrom(...texts), fragment, fc.nat({ max: 60 }))
      .map(([text, mark, at]) => `${text.slice(0, at)}${mark}${text.slice(at)}`),
  )
  .filter(storable);

const anyKey = fc.oneof(
  fc.constantFrom(...keys),
  fc.constantFrom(
    'name',
    'value',
    'type',
    'key',
    'field',
    'form_data',
    'fields',
    'values',
    'formFields',
    'client_ip',
    'ip',
    'X-Client-IP',
    'forwarded',
    'id',
    'allowed',
    'Denied-Key',
  ),
  fc.constantFrom(
    'event_data',
    'data',
    'properties',
    'custom_properties',
    'page_url',
    'page_title',
    'evt_label',
    'user_agent',
    'currency',
    'timestamp',
    'value',
  ),
  anyText.map((text) => text.slice(0, 40)).filter(storable),
);

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(4111111111111111, 5555555555554444, 123456789, 4242, 1e15, 1.5e12, 378282246310005),
);

export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    { arbitrary: anyText, weight: 4 },
    { arbitrary: number, weight: 1 },
    {
      arbitrary: fc.constantFrom<unknown>(null, true, false, '', '10.0.0.1', 'for="[2001:db8::1]:80"'),
      weight: 1,
    },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 1 },
    { arbitrary: fc.dictionary(anyKey, tie('value'), { maxKeys: 4 }), weight: 3 },
  ),
})).value;

const id = fc.oneof(
  fc.uuid(),
  fc.constantFrom('v-1', 'bob@example.com', '4111111111111111', ''),
  anyText.map((text) => text.slice(0, 60)).filter(storable),
);

/** An event with every kind of member. */
export const anyEvent = fc
  .record(
    {
      event_type: fc.constantFrom('page_view', 'form_submit', 'signupForm', 'custom'),
      event_id: id,
      visitor_id: fc.oneof(id, fc.constantFrom<unknown>(4111111111111111, 7)),
      session_id: id,
      page_url: anyText,
      page_title: anyText,
      user_agent: anyText,
      client_ip: fc.constantFrom('203.0.113.9', 'nobody'),
      event_data: fc.dictionary(anyKey, anyValue, { maxKeys: 4 }),
      properties: fc.dictionary(anyKey, anyValue, { maxKeys: 5 }),
      fields: anyValue,
      form_data: anyValue,
    },
    { requiredKeys: ['event_type'] },
  )
  .chain((event) => fc.dictionary(anyKey, anyValue, { maxKeys: 3 }).map((more) => ({ ...more, ...event })));
