import { describe, expect, it } from 'vitest';
import { pseudonymise } from '../../lambdas/tenancy/visitor-pseudonym.ts';
import { type DaySecret, daySecret } from '../../lambdas/tenancy/visitor-salts.ts';

const key = { version: 1, secret: Buffer.alloc(32, 3) };
const salt = daySecret(Buffer.alloc(32, 1), key);
const otherSalt = daySecret(Buffer.alloc(32, 2), key);
const address = '198.51.100.7';
const ipHash = (of: string, under: DaySecret = salt) =>
  pseudonymise(under, of, 'agent').ipHash.toString('hex');
const visitorKey = (of: string, agent: string | null, under: DaySecret = salt) =>
  pseudonymise(under, of, agent).visitorKey.toString('hex');

describe('one line, one pseudonym', () => {
  it.each([
    ['198.51.100.7', '::ffff:198.51.100.7'],
    ['198.51.100.7', '::FFFF:C633:6407'],
    ['198.51.100.7', '0:0:0:0:0:ffff:198.51.100.7'],
    ['198.51.100.7', ' 198.51.100.7 '],
    ['198.51.100.7:40001', '198.51.100.7:40002'],
    ['2001:db8::1', '[2001:db8::1]:40001'],
    ['198.51.100.7', 'for=198.51.100.7;proto=https'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::1', '2001:0DB8:0001:0002:0:0:0:1'],
    ['2001:db8::1', '2001:db8:0:0:1:2:3:4'],
    ['fe80::1', 'fe80::1%eth0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['1::', '1:0:0:0::5'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('%s and %s', (one, other) => {
    expect(ipHash(one)).toBe(ipHash(other));
  });
});

describe('two lines, two pseudonyms', () => {
  it.each([
    ['198.51.100.7', '198.51.100.8'],
    ['::ffff:198.51.100.7', '::ffff:198.51.100.8'],
    ['::ffff:c633:6407', '::ffff:c633:6408'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['1:2:3:4::', '1:2:3::4'],
    ['unknown', '198.51.100.7'],
  ])('%s and %s', (one, other) => {
    expect(ipHash(one)).not.toBe(ipHash(other));
  });
});

it('the salt decides and the key decides: without either a pseudonym leads nowhere', () => {
  const otherKey = daySecret(Buffer.alloc(32, 1), { version: 1, secret: Buffer.alloc(32, 4) });
  for (const other of [otherSalt, otherKey, daySecret(Buffer.alloc(32, 1), null)]) {
    expect(ipHash(address)).not.toBe(ipHash(address, other));
    expect(visitorKey(address, 'agent')).not.toBe(visitorKey(address, 'agent', other));
  }
});

it.each([
  [1, '01'],
  [255, 'ff'],
  [256, '00'],
  [32_767, 'ff'],
])('the first byte says the version of the key: %i', (version, byte) => {
  expect(ipHash(address, { ...salt, version }).slice(0, 2)).toBe(byte);
});

it('on a day that the release before began a pseudonym is made as it made it', () => {
  expect(ipHash(address, daySecret(Buffer.alloc(32, 1), null))).toBe('48c6170c61ab116cec0390d73c2832d3');
});

it('a visitor is address and agent together', () => {
  expect(visitorKey(address, 'a')).toBe(visitorKey(address, 'a'));
  expect(
    new Set([visitorKey(address, 'a'), visitorKey(address, 'b'), visitorKey(address, null), ipHash(address)])
      .size,
  ).toBe(4);
});

it('letters cannot be moved from the address to the agent', () => {
  expect(visitorKey('host-a', 'b')).not.toBe(visitorKey('host-', 'ab'));
});

it('neither address nor agent is in it, and it is 16 bytes', () => {
  const { ipHash: line, visitorKey: visitor } = pseudonymise(salt, address, 'agent');
  for (const pseudonym of [line, visitor]) {
    expect(pseudonym).toHaveLength(16);
    expect(pseudonym.includes(address)).toBe(false);
    expect(pseudonym.includes(Buffer.from([198, 51, 100, 7]))).toBe(false);
  }
});
