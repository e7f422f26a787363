import { createHash, randomBytes } from 'node:crypto';
import { EDGE_KEY_HASHES, MOST_EDGE_KEYS } from '../../lib/edge/parameters.ts';
import type { DeployedStack } from './account.ts';
import { EXIT, StepFailure } from './failure.ts';

const KEY_BYTES = 32;
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const IN_DOUBT =
  'Several rotations of the edge’s key have stopped half-way, and the API can trust no further one. ' +
  'docs/operations/secrets.md, "The key of the edge", says how to end them.';

/** How the edge and the API behind it come to trust a key, without a moment in which they do not. */
export interface EdgeKeyPlan {
  /** A key for the edge; undefined leaves the one it has. */
  readonly key: string | undefined;
  /** Hashes that the API trusts before the edge changes, and after; undefined leaves those it knows. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Plans a deployment's keys. A new edge gets one, and so does one whose key the API does not know; another keeps its own unless
 * it is to be rotated: then the API trusts both until every location of CloudFront sends the new one. After a rotation that
 * stopped half-way nobody can tell which key the edge sends, so the next one keeps trusting them all until it has ended.
 * @param hasEdge whether there is an edge that sends a key already.
 * @throws StepFailure when more keys are in doubt than the API takes.
 */
export function planEdgeKey(
  tracking: DeployedStack | undefined,
  hasEdge: boolean,
  rotate: boolean,
): EdgeKeyPlan {
  const known = (tracking?.parameters[EDGE_KEY_HASHES] ?? '').split(',').filter((hash) => hash !== '');
  const isTrusted = hasEdge && known.length > 0;
  if (isTrusted && !rotate) return { key: undefined, before: undefined, after: undefined };
  if (isTrusted && known.length >= MOST_EDGE_KEYS) throw new StepFailure(IN_DOUBT, EXIT.refused);
  const key = randomBytes(KEY_BYTES).toString('hex');
  const hash = hashOf(key);
  return {
    key,
    before: isTrusted ? [hash, ...known].join(',') : hash,
    after: isTrusted ? hash : undefined,
  };
}
