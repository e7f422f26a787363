import { describe, expect, it } from 'vitest';
import { pseudonymise } from '../../lambdas/tenancy/visitor-pseudonym.ts';

const salt = Buffer.alloc(32, 1);
const otherSalt = Buffer.alloc(32, 2);
const address = '198.51.100.7';
const ipHash = (of: string, key = salt) => pseudonymise(key, of, 'agent').ipHash.toString('hex');
const visitorKey = (of: string, agent: string | null, key = salt) =>
  pseudonymise(key, of, agent).visitorKey.toString('hex');

describe('one line, one pseudonym', () => {
  it.each([
    ['198.51.100.7', '::ffff:198.51.100.7'],
    ['198.51.100.7', '::FFFF:C633:6407'],
    ['198.51.100.7', '0:0:0:0:0:ffff:198.51.100.7'],
    ['198.51.100.7', ' 198.51.100.7 '],
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

it('the salt decides: without it a pseudonym leads nowhere', () => {
  expect(ipHash(address)).not.toBe(ipHash(address, otherSalt));
  expect(visitorKey(address, 'agent')).not.toBe(visitorKey(address, 'agent', otherSalt));
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
