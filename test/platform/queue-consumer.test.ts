import { expect, it } from 'vitest';
import { invoked } from '../../lambdas/platform/invocation.ts';
import { createQueueConsumer } from '../../lambdas/platform/queue-consumer.ts';
import { silent } from '../support/pipeline.ts';

const message = (messageId: string, ...requests: [id: number, events: number][]) => ({
  messageId,
  body: JSON.stringify({ requests: requests.map(([id, events]) => ({ id: String(id), events })) }),
});

function consumer(eventsPerSet: number, fails: (requestIds: readonly string[]) => boolean = () => false) {
  const sets: (readonly string[])[] = [];
  const handler = createQueueConsumer(silent, eventsPerSet, async (requestIds) => {
    sets.push(requestIds);
    if (fails(requestIds)) throw new Error('planted');
  });
  return { handler, sets };
}

it('answers a list of failures even when there are none: nothing would delete every message', async () => {
  const { handler } = consumer(1_000);
  expect(await handler({ Records: [message('a', [1, 10])] })).toEqual({ batchItemFailures: [] });
});

it('returns only the messages of the set that failed', async () => {
  const { handler } = consumer(100, (requestIds) => requestIds.includes('3'));
  const { batchItemFailures } = await handler({
    Records: [message('a', [1, 60]), message('b', [2, 60]), message('c', [3, 40]), message('d', [4, 90])],
  });
  expect(batchItemFailures).toEqual([{ itemIdentifier: 'b' }, { itemIdentifier: 'c' }]);
});

it('keeps a transaction within the events it may take, unless one message alone rings for more', async () => {
  const { handler, sets } = consumer(100);
  await handler({ Records: [message('a', [1, 50], [2, 50]), message('b', [3, 500]), message('c', [4, 1])] });
  expect(sets).toEqual([['1', '2'], ['3'], ['4']]);
});

it('asks once for a request that several messages ring for', async () => {
  const { handler, sets } = consumer(100);
  await handler({ Records: [message('a', [1, 5]), message('b', [1, 5], [2, 5])] });
  expect(sets).toEqual([['1', '2']]);
});

it('reports a message that it cannot read, and does the work of the others', async () => {
  const { handler, sets } = consumer(100);
  const { batchItemFailures } = await handler({
    Records: [{ messageId: 'x', body: 'rubbish' }, message('a', [1, 5])],
  });
  expect(batchItemFailures).toEqual([{ itemIdentifier: 'x' }]);
  expect(sets).toEqual([['1']]);
});

it('takes tenants with little before those with much, and never in one transaction with them', async () => {
  const { handler, sets } = consumer(1_000);
  const of = (tenant: string, record: ReturnType<typeof message>) => ({
    ...record,
    attributes: { MessageGroupId: tenant },
  });
  await handler({
    Records: [
      of('noisy', message('a', [1, 900])),
      of('quiet', message('b', [2, 1])),
      of('noisy', message('c', [3, 300])),
      of('still', message('d', [4, 3])),
    ],
  });
  expect(sets).toEqual([['2', '4'], ['1'], ['3']]);
});

it('begins no set that the invocation may end before, and reports its messages', async () => {
  const { handler, sets } = consumer(100);
  // What is left when each set would begin.
  const left = [60_000, 60_000, 500, 500];
  const context = {
    awsRequestId: 'r',
    functionName: 'staging',
    memoryLimitInMB: '128',
    getRemainingTimeInMillis: () => left.shift() ?? 0,
  };
  const messages = [
    message('a', [1, 90]),
    message('b', [2, 90]),
    message('c', [3, 90]),
    message('d', [4, 90]),
  ];
  expect(await invoked(handler)({ Records: messages }, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'c' }, { itemIdentifier: 'd' }],
  });
  expect(sets).toEqual([['1'], ['2']]);
});
