import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createViewerAddress } from '../../lambdas/api/viewer-address.ts';
import { readHttpRequest } from '../../lambdas/platform/http.ts';

const EDGE = '130.176.1.1';
const VIEWER = '198.51.100.7';

const key = randomBytes(32).toString('base64url');
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const request = (headers: Record<string, string>, sourceIp = EDGE) =>
  readHttpRequest({
    routeKey: 'POST /api/v1/track',
    headers,
    requestContext: { requestId: 'r', http: { sourceIp } },
  });

describe('the address of a visitor', () => {
  const addressOf = createViewerAddress(hashOf(key));

  it('is what the edge says where the edge shows its key', () => {
    const headers = { 'x-onevault-edge': key, 'x-forwarded-for': `${VIEWER}, ${EDGE}` };
    expect(addressOf(request(headers))).toBe(VIEWER);
  });

  it('is what the edge adds, not what the visitor claims before', () => {
    const headers = {
      'x-onevault-edge': key,
      'x-forwarded-for': `203.0.113.1,2001:db8::1, ${VIEWER}, ${EDGE}`,
    };
    expect(addressOf(request(headers))).toBe(VIEWER);
  });

  it('is found where the gateway adds nothing', () => {
    expect(addressOf(request({ 'x-onevault-edge': key, 'x-forwarded-for': VIEWER }))).toBe(VIEWER);
  });

  it.each([
    ['without a key', {}],
    ['with a wrong key', { 'x-onevault-edge': `${key}x` }],
    ['with the hash for a key', { 'x-onevault-edge': hashOf(key) }],
  ])('is that of the connection %s, whatever the headers claim', (_, own: Record<string, string>) => {
    expect(addressOf(request({ ...own, 'x-forwarded-for': VIEWER }, '203.0.113.9'))).toBe('203.0.113.9');
  });

  it('is that of the connection where there is no edge, though a header names the empty key', () => {
    const headers = { 'x-onevault-edge': '', 'x-forwarded-for': VIEWER };
    expect(createViewerAddress('')(request(headers, '203.0.113.9'))).toBe('203.0.113.9');
  });

  it('is known with the old key and the new one while the key is changed', () => {
    const next = randomBytes(32).toString('base64url');
    const both = createViewerAddress(`${hashOf(next)},${hashOf(key)}`);
    for (const each of [key, next]) {
      expect(both(request({ 'x-onevault-edge': each, 'x-forwarded-for': `${VIEWER}, ${EDGE}` }))).toBe(
        VIEWER,
      );
    }
  });
});
