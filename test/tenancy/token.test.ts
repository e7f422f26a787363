import { describe, expect, it } from 'vitest';
import { createToken, hashToken, isWellFormedToken, tokenKinds } from '../../lambdas/tenancy/token.ts';

describe.each([
  ['public', 'ovt_pub_'],
  ['secret', 'ovt_sec_'],
  ['read', 'ovt_read_'],
  ['admin', 'ovt_admin_'],
] as const)('a %s token', (kind, prefix) => {
  it(`starts with ${prefix} and is 36 letters and digits longer`, () => {
    expect(createToken(kind)).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{36}$`));
  });

  it('is well formed as it was made', () => {
    for (let count = 0; count < 200; count += 1) expect(isWellFormedToken(createToken(kind))).toBe(true);
  });

  it('is not well formed with any one letter changed', () => {
    const token = createToken(kind);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'x' ? 'y' : 'x';
      expect(isWellFormedToken(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
    }
  });
});

it('no kind is left out', () => {
  expect(tokenKinds).toEqual(['public', 'secret', 'read', 'admin']);
});

it('two tokens are never the same', () => {
  expect(new Set(Array.from({ length: 1_000 }, () => createToken('public'))).size).toBe(1_000);
});

it('every letter and digit comes up about as often as any other', () => {
  const counts = new Map<string, number>();
  const sample = 3_000;
  for (let count = 0; count < sample; count += 1) {
    for (const letter of createToken('public').slice('ovt_pub_'.length, -6))
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  const expected = (sample * 30) / 62;
  expect(counts.size).toBe(62);
  // Eight standard deviations; a byte taken modulo 62 without more favours eight letters by a quarter.
  for (const count of counts.values())
    expect(Math.abs(count - expected)).toBeLessThan(8 * Math.sqrt(expected));
});

it.each([
  '',
  'ovt_pub_',
  `ovt_xxx_${'a'.repeat(36)}`,
  `ovt_pub_${'a'.repeat(37)}`,
  `ovt_pub_${'١'.repeat(36)}`,
  'a'.repeat(8_192),
])('no token: %s', (text) => {
  expect(isWellFormedToken(text)).toBe(false);
  expect(isWellFormedToken(`${createToken('public')}\n`)).toBe(false);
});

it('is stored as its SHA-256', () => {
  expect(hashToken('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
