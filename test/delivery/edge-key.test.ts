import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { DeployedStack } from '../../scripts/delivery/account.ts';
import { planEdgeKey } from '../../scripts/delivery/edge-key.ts';

const hash = (key = '') => createHash('sha256').update(key).digest('hex');

/** A main stack that trusts some keys. */
const trusting = (...keys: string[]): DeployedStack => ({
  status: 'UPDATE_COMPLETE',
  isProtected: false,
  outputs: {},
  parameters: { EdgeKeyHashes: keys.map(hash).join(',') },
});

const unchanged = { key: undefined, before: undefined, after: undefined };

it('gives a new edge a key that the API knows, and leaves the key of another', () => {
  const fresh = planEdgeKey(undefined, false, false);
  expect(fresh.key).toMatch(/^[0-9a-f]{64}$/);
  expect([fresh.before, fresh.after]).toEqual([hash(fresh.key), undefined]);
  expect(planEdgeKey(trusting('the first'), true, false)).toEqual(unchanged);
});

it.each([
  ['has forgotten its key', trusting()],
  ['was made anew', undefined],
])('gives an edge another key when the API behind it %s', (_, tracking) => {
  const plan = planEdgeKey(tracking, true, false);
  expect([plan.before, plan.after]).toEqual([hash(plan.key), undefined]);
  expect(plan.key).toMatch(/^[0-9a-f]{64}$/);
});

it('trusts every key that the edge may still send when a rotation follows one that stopped, until it ends', () => {
  const plan = planEdgeKey(trusting('the second', 'the first'), true, true);
  expect(plan.before).toBe([plan.key, 'the second', 'the first'].map(hash).join(','));
  expect(plan.after).toBe(hash(plan.key));
});

it('refuses to forget a key that the edge may still send, and says where the way out is', () => {
  const stopped = trusting('the third', 'the second', 'the first');
  expect(() => planEdgeKey(stopped, true, true)).toThrow(
    /docs\/operations\/secrets\.md, "The key of the edge"/,
  );
  expect(planEdgeKey(stopped, true, false)).toEqual(unchanged);
});
