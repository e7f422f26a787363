import { createHash } from 'node:crypto';
import { EDGE_KEY_HEADER } from '../platform/edge-key-header.ts';
import type { HttpRequest } from '../platform/http.ts';

/**
 * Tells who sends. The connection decides; behind the edge it is the edge's own, and the viewer is who the edge says. Anybody can
 * write a header of that name, so it counts only beside a key that the edge alone has.
 * @param keyHashes SHA-256 in hex of the keys, separated by commas.
 */
export function createViewerAddress(keyHashes: string): (request: HttpRequest) => string {
  const trusted = new Set(keyHashes.split(',').filter(Boolean));
  return ({ headers, requestContext }) => {
    const { sourceIp } = requestContext.http;
    const key = headers[EDGE_KEY_HEADER];
    if (key === undefined || !trusted.has(createHash('sha256').update(key).digest('hex'))) return sourceIp;
    // CloudFront adds the viewer behind what the viewer claims, and the gateway adds CloudFront behind both.
    const hops = (headers['x-forwarded-for'] ?? '').split(',').map((hop) => hop.trim());
    return (hops.at(-1) === sourceIp ? hops.at(-2) : hops.at(-1)) || sourceIp;
  };
}
