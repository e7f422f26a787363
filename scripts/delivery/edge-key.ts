import { createHash, randomBytes } from 'node:crypto';
import { EDGE_KEY_HASHES } from '../../lib/edge/parameters.ts';
import type { DeployedStack } from './account.ts';

const KEY_BYTES = 32;
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** How the edge and the API behind it come to trust a key, without a moment in which they do not. */
export interface EdgeKeyPlan {
  /** A key for the edge; undefined leaves the one it has. */
  readonly key: string | undefined;
  /** Hashes that the API trusts before the edge changes, and after; undefined leaves those it knows. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Plans a deployment's keys. A new edge gets one; another keeps its own unless it is to be rotated: then the API trusts both
 * until every location of CloudFront sends the new one.
 * @param hasEdge whether there is an edge that sends a key already.
 */
export function planEdgeKey(
  tracking: DeployedStack | undefined,
  hasEdge: boolean,
  rotate: boolean,
): EdgeKeyPlan {
  if (hasEdge && !rotate) return { key: undefined, before: undefined, after: undefined };
  const key = randomBytes(KEY_BYTES).toString('hex');
  const [current] = (tracking?.parameters[EDGE_KEY_HASHES] ?? '').split(',');
  const isRotation = hasEdge && current !== undefined && current !== '';
  return {
    key,
    before: isRotation ? `${hashOf(key)},${current}` : hashOf(key),
    after: isRotation ? hashOf(key) : undefined,
  };
}
