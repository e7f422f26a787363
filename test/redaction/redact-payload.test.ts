import { describe, expect, it } from 'vitest';
import type { Payload } from '../../lambdas/event/payload.ts';
import { createTenantRules } from '../../lambdas/redaction/key-facts.ts';
import type { RedactionLists } from '../../lambdas/redaction/names.ts';
import { redactPayload } from '../../lambdas/redaction/redact-payload.ts';

const CARD = '4111 1111 1111 1111';
const redact = (
  event: Payload,
  { deny_keys = [], allow_keys = [], isForm = false }: Partial<RedactionLists> & { isForm?: boolean } = {},
) =>
  redactPayload(event, {
    rules: createTenantRules({ deny_keys, allow_keys }),
    isForm,
    pseudonymOf: (id) => `pseudonym of ${id}`,
  });

/** What is stored of properties. */
const properties = (value: Payload, options: Parameters<typeof redact>[1] = {}) =>
  redact({ properties: value }, options).payload.properties;

it('an event without any of it stays the very same object', () => {
  const event = {
    event_type: 'page_view',
    page_url: 'https://shop.example/a?b=c#d',
    page_title: 'Ünïcode – 42 %',
    properties: { price: 12.5, sku: '4006381333931', when: 1_700_000_000_000, tags: ['a', null, true] },
  };
  const { payload, found } = redact(event);
  expect(payload).toBe(event);
  expect(found).toEqual([]);
});

it('says where each thing stood, by a JSON pointer, and leaves all else as it was', () => {
  const { payload, found } = redact({
    page_url: 'https://bob:secret@shop.example/?mail=bob%40example.com&page=2#top',
    properties: { 'a/b': { 'c~d': [1, `Paid with ${CARD}.`] }, kept: ['x'] },
  });
  expect(payload).toEqual({
    page_url: 'https://%5Bredacted%3Auserinfo%5D@shop.example/?mail=%5Bredacted%3Aemail%5D&page=2#top',
    properties: { 'a/b': { 'c~d': [1, 'Paid with [redacted:card].'] }, kept: ['x'] },
  });
  expect(found).toEqual([
    { at: '/page_url', what: 'userinfo' },
    { at: '/page_url', what: 'email' },
    { at: '/properties/a~1b/c~0d/1', what: 'card' },
  ]);
});

it('finds in a key what it finds in a value, and keeps the values of keys that become alike', () => {
  expect(properties({ 'b@x.com': 2, 'a@x.com': 1, '[redacted:email]': 0, c: 3 })).toEqual({
    '[redacted:email]': 0,
    '[redacted:email] 2': 1,
    '[redacted:email] 3': 2,
    c: 3,
  });
});

describe('a name that says what its value is', () => {
  it.each([
    [{ password: 'hunter2' }, { password: '[redacted:secret]' }],
    [
      { user: { newPassword2: ['a', { b: 'c' }] } },
      { user: { newPassword2: ['[redacted:secret]', { b: '[redacted:secret]' }] } },
    ],
    [{ api_key: 12_345 }, { api_key: '[redacted:secret]' }],
    [
      { name: 'password', value: 'hunter2' },
      { name: 'password', value: '[redacted:secret]' },
    ],
    [{ ssn: 219_099_999 }, { ssn: '[redacted:ssn]' }],
    [{ card_number: '4111 1111 1111 1112' }, { card_number: '[redacted:card]' }],
    [{ note: 'token=abc&lang=en' }, { note: 'token=%5Bredacted%3Asecret%5D&lang=en' }],
    [{ note: '{"pin": "1234", "a": 1}' }, { note: '{"pin": "[redacted:secret]", "a": 1}' }],
  ])('%j', (sent, stored) => {
    expect(properties(sent)).toEqual(stored);
  });

  it.each([
    { author: 'Bob', token_count: 12, has_password: true, forgot_password: 'yes', passenger: 'x' },
    { password: '', token: null, pin: '0', secret: false },
    { name: 'colour', value: 'hunter2' },
    { order_id: '4111111111111', number: 219_099_999 },
  ])('and one that does not leaves it alone: %j', (sent) => {
    expect(properties(sent)).toEqual(sent);
  });
});

describe('what somebody filled in', () => {
  it('is never kept: fields by their names', () => {
    expect(properties({ form_data: { city: 'Bonn', news: true, age: 42, empty: '' } })).toEqual({
      form_data: { city: '[redacted:field]', news: '[redacted:field]', age: '[redacted:field]', empty: '' },
    });
  });

  it('nor fields in a list, of which the description stays', () => {
    const fields = [{ name: 'city', type: 'text', value: 'Bonn', required: true, length: 4 }, 'street', 7];
    expect(properties({ fields }, { isForm: true })).toEqual({
      fields: [
        { name: 'city', type: 'text', value: '[redacted:field]', required: true, length: 4 },
        'street',
        '[redacted:field]',
      ],
    });
  });

  it('but lists of that name in an event that is about no form are no form', () => {
    const sent = { fields: [{ name: 'city', value: 'Bonn' }] };
    expect(properties(sent)).toEqual(sent);
  });
});

describe('a tenant’s own lists', () => {
  const lists = { deny_keys: ['Nick Name'], allow_keys: ['order_token', 'contact'] };

  it('take out whatever is denied, at any depth, in texts as well', () => {
    expect(
      properties(
        { nickName: 'Bob', deep: [{ 'NICK-NAME': { first: 1, on: true } }], q: '?nick_name=Bob&a=b' },
        lists,
      ),
    ).toEqual({
      nickName: '[redacted:denied]',
      deep: [{ 'NICK-NAME': { first: '[redacted:denied]', on: '[redacted:denied]' } }],
      q: '?nick_name=%5Bredacted%3Adenied%5D&a=b',
    });
  });

  it('leave alone what is allowed, whatever it holds, but for what is denied inside', () => {
    expect(
      properties(
        { orderToken: CARD, contact: { mail: 'bob@x.com', nick_name: 'Bob' }, mail: 'bob@x.com' },
        lists,
      ),
    ).toEqual({
      orderToken: CARD,
      contact: { mail: 'bob@x.com', nick_name: '[redacted:denied]' },
      mail: '[redacted:email]',
    });
  });

  it('mean fields of an event as well, and never make a measure unreadable', () => {
    const { payload } = redact(
      { page_title: 'A', event_timestamp: 1_700_000_000_000 },
      { deny_keys: ['page_title', 'event_timestamp'] },
    );
    expect(payload).toEqual({ page_title: '[redacted:denied]', event_timestamp: 1_700_000_000_000 });
  });
});

describe('an id', () => {
  it('that says who somebody is becomes a pseudonym, so that a visitor stays one', () => {
    const { payload, found } = redact({ visitor_id: 'bob@example.com', session_id: CARD, event_id: 'e-1' });
    expect(payload).toEqual({
      visitor_id: 'pseudonym of bob@example.com',
      session_id: `pseudonym of ${CARD}`,
      event_id: 'e-1',
    });
    expect(found).toEqual([
      { at: '/visitor_id', what: 'email' },
      { at: '/session_id', what: 'card' },
    ]);
  });

  it('waits for the key where there is none, and says so', () => {
    const { needsKey } = redactPayload(
      { visitor_id: 'bob@example.com' },
      { rules: createTenantRules({ deny_keys: [], allow_keys: [] }), isForm: false, pseudonymOf: null },
    );
    expect(needsKey).toBe(true);
  });
});

it('a member named as a visitor’s network address is left out', () => {
  const { payload, found } = redact({
    client_ip: '203.0.113.9',
    properties: { ip: '2001:db8::1', tip: '10.0.0.1' },
  });
  expect(payload).toEqual({ properties: { tip: '10.0.0.1' } });
  expect(found).toEqual([
    { at: '/client_ip', what: 'address' },
    { at: '/properties/ip', what: 'address' },
  ]);
});

it('a field keeps the length that it may have, although a marker is longer than what it stands for', () => {
  const { payload } = redact({ page_title: `${'x'.repeat(2_040)} a@b.co` });
  expect(String(payload.page_title)).toHaveLength(2_048);
  expect(payload.page_title).not.toContain('a@b');
});

it('an address before many endings of files is taken for one, and none is looked at for ever', () => {
  expect(
    properties({ a: 'icon@2x.png', b: `a@x${'.png'.repeat(3)}`, c: `a@x${'.png'.repeat(300_000)}` }),
  ).toEqual({
    a: 'icon@2x.png',
    b: `a@x${'.png'.repeat(3)}`,
    c: '[redacted:email].png.png.png.png',
  });
});
