import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { invoked } from '../../lambdas/platform/invocation.ts';
import { createLogger, errorKind } from '../../lambdas/platform/log.ts';
import { inTrace } from '../../lambdas/platform/trace.ts';

const written: string[] = [];
vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
  written.push(String(text));
  return true;
});
afterEach(() => {
  written.length = 0;
  vi.unstubAllEnvs();
});

const lines = () =>
  written
    .join('')
    .split('\n')
    .slice(0, -1)
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));

const contextOf = (awsRequestId: string) => ({
  awsRequestId,
  functionName: 'staging',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 1_000,
});
const logger = createLogger('staging', { LOG_LEVEL: 'INFO', ENVIRONMENT_NAME: 'test' });

it('writes JSON with the keys of the Powertools', async () => {
  vi.stubEnv(
    '_X_AMZN_TRACE_ID',
    'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  );
  await invoked(async () => logger.info('staged', { events: 3 }))({}, contextOf('one'));
  expect(lines()).toEqual([
    {
      level: 'INFO',
      message: 'staged',
      service: 'staging',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      cold_start: true,
      function_name: 'staging',
      function_memory_size: 512,
      function_request_id: 'one',
      correlation_id: '5759e988bd862e3fe1be46a994272793',
      xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      events: 3,
    },
  ]);
});

it('says cold start in the first invocation of a process alone', async () => {
  const handler = invoked(async () => logger.info('x'));
  for (const id of ['one', 'two', 'three']) await handler({}, contextOf(id));
  expect(lines().map(({ cold_start }) => cold_start)).toEqual([true, false, false]);
});

it('names a trace in every line, with X-Ray or without', async () => {
  await invoked(async () => logger.info('x'))({}, contextOf('one'));
  expect(lines()).toEqual([
    expect.objectContaining({ correlation_id: expect.stringMatching(/^[0-9a-f]{32}$/) }),
  ]);
  expect(lines()[0]).not.toHaveProperty('xray_trace_id');
});

it('never mixes two overlapping invocations of one process', async () => {
  const handler = invoked(async (event) => {
    const { id, turns } = z.object({ id: z.string(), turns: z.number() }).parse(event);
    await inTrace(id.repeat(32), async () => {
      for (let n = 0; n < turns; n += 1) {
        logger.info('work', { mine: id });
        await turn();
      }
    });
  });
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((id, n) => handler({ id, turns: 10 + n * 3 }, contextOf(`request-${id}`))),
  );
  const all = lines();
  expect(all).toHaveLength(10 + 13 + 16 + 19);
  // They did overlap.
  expect(all.slice(0, 4).map(({ mine }) => mine)).toEqual(['a', 'b', 'c', 'd']);
  for (const { mine, function_request_id, correlation_id } of all) {
    expect(function_request_id).toBe(`request-${mine}`);
    expect(correlation_id).toBe(String(mine).repeat(32));
  }
});

it('writes no line below its level, and metrics at any', () => {
  const quiet = createLogger('staging', { LOG_LEVEL: 'ERROR', ENVIRONMENT_NAME: 'test' });
  quiet.debug('x');
  quiet.info('x');
  quiet.warn('x');
  expect(lines()).toEqual([]);
  quiet.measure({ EventsStaged: 1 });
  quiet.error('x');
  expect(lines()).toEqual([
    expect.objectContaining({ EventsStaged: 1, environment: 'test' }),
    expect.objectContaining({ level: 'ERROR' }),
  ]);
});

it('refuses an invocation without a context, which Lambda always gives', async () => {
  await expect(invoked(async () => undefined)({}, undefined)).rejects.toThrow();
});

it('says of an error its kind, of several theirs, and never its words', () => {
  expect(errorKind(new TypeError('secret'))).toBe('TypeError');
  expect(errorKind(Object.assign(new Error('secret'), { code: '23505' }))).toBe('Error:23505');
  expect(errorKind(new AggregateError([new TypeError('a'), new RangeError('b'), new TypeError('c')]))).toBe(
    'TypeError RangeError',
  );
});
