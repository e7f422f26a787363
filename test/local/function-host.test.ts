import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FunctionHost } from '../../local/function-host.ts';
import type { FunctionSpec } from '../../local/messages.ts';

const handlers = path.join(import.meta.dirname, '..', 'support', 'handlers');
const hosts: FunctionHost[] = [];

function host(name: string, spec: Partial<FunctionSpec> = {}): FunctionHost {
  const entry = path.join(handlers, `${name}.ts`);
  const defaults = { name, entry, timeoutMs: 20_000, memoryMb: 128, concurrency: 10, environment: {} };
  const created = new FunctionHost({ ...defaults, ...spec });
  hosts.push(created);
  return created;
}

function batch(...bodies: string[]): string {
  return JSON.stringify({ Records: bodies.map((body, index) => ({ messageId: String(index), body })) });
}

vi.spyOn(console, 'error').mockReturnValue(undefined);

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((created) => created.close()));
});

describe('a hosted function', () => {
  it('gets its event and its own environment, and nothing of the environment around it', async () => {
    const outcome = await host('echo', { environment: { GREETING: 'hello' } }).invoke('{"a":[1]}');
    expect(outcome).toEqual({
      kind: 'answered',
      value: { event: { a: [1] }, greeting: 'hello', remainingMs: expect.any(Number) },
    });
  });

  it('fails when its handler throws or its module does not load, and can be invoked again', async () => {
    const throwing = host('by-body');
    expect(await throwing.invoke(batch('throw'))).toEqual({
      kind: 'failed',
      message: 'Error: asked to throw',
    });
    expect(await throwing.invoke(batch('fine'))).toMatchObject({ kind: 'answered' });
    const broken = host('broken');
    expect(await broken.invoke('{}')).toMatchObject({ kind: 'failed' });
    expect(await broken.invoke('{}')).toMatchObject({ kind: 'failed' });
  });

  it('is stopped at its time-out, even in an endless loop, and serves the next invocation', async () => {
    const slow = host('by-body', { timeoutMs: 700 });
    expect(await slow.invoke(batch('hang'))).toEqual({ kind: 'timed out' });
    expect(await slow.invoke(batch('spin'))).toEqual({ kind: 'timed out' });
    expect(await slow.invoke(batch('fine'))).toMatchObject({ kind: 'answered' });
  });

  it('is throttled beyond its concurrency', async () => {
    const narrow = host('by-body', { concurrency: 2, timeoutMs: 700 });
    const outcomes = await Promise.all(['hang', 'hang', 'fine'].map((body) => narrow.invoke(batch(body))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['timed out', 'timed out', 'throttled']);
  });
});
