import { describe, expect, it } from 'vitest';
import { readPage } from '../../lambdas/enrichment/page.ts';

describe('the key of a page', () => {
  it.each([
    ['https://Example.COM/A?utm_source=x#top', 'https://example.com/A'],
    ['HTTPS://example.com', 'https://example.com/'],
    ['https://example.com:443/a', 'https://example.com/a'],
    ['http://example.com:8080/a', 'http://example.com:8080/a'],
    ['https://user:secret@example.com/a', 'https://example.com/a'],
    ['https://example.com/a/../b/./c', 'https://example.com/b/c'],
    ['https://example.com/a%20b/ü', 'https://example.com/a%20b/%C3%BC'],
    ['https://münchen.example/', 'https://xn--mnchen-3ya.example/'],
    ['//cdn.example.com/a', 'http://cdn.example.com/a'],
    ['/products/7?ref=1', '/products/7'],
    ['products/7', '/products/7'],
    ['/', '/'],
    ['?q=1', '/'],
    ['#top', '/'],
    ['/\\evil.example/a', '/evil.example/a'],
    ['\\evil.example\\a', '/evil.example/a'],
    ['app://screen/home', 'app://screen/home'],
    ['file:///etc/hosts', 'file:/etc/hosts'],
    ['about:blank', 'about:blank'],
  ])('of %s is %s', (address, key) => {
    expect(readPage(address)?.key).toBe(key);
  });

  it('keeps the case of the path: two pages may differ by it', () => {
    expect(readPage('https://example.com/A')?.key).not.toBe(readPage('https://example.com/a')?.key);
  });

  it('is plain ASCII, so that no part of it can be refused', () => {
    expect(readPage('/\u0000🏿\uD800é')?.key).toMatch(/^[\x21-\x7e]+$/);
  });
});

it.each(['https://', 'http://[::1', 'https://exa mple.com/', 'http://a:99999/'])(
  '%s is no page',
  (address) => {
    expect(readPage(address)).toBeNull();
  },
);

it('takes host, path and parameters apart', () => {
  const page = readPage('https://Shop.Example.com/cart?utm_source=a%20b&x=1&x=2');
  expect(page).toMatchObject({ hostname: 'shop.example.com', path: '/cart' });
  expect(page?.parameters.get('utm_source')).toBe('a b');
  expect(readPage('/cart')?.hostname).toBeNull();
});
