import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createDoorbell,
  type Doorbell,
  FULL_CALL,
  type PendingRequest,
  readRing,
} from '../../lambdas/platform/doorbell.ts';
import { gatheringDoorbell } from '../../lambdas/platform/gathering-doorbell.ts';
import { startQueueServer } from '../support/queue-server.ts';

let server: Awaited<ReturnType<typeof startQueueServer>>;
let queueUrl: string;
let bell: Doorbell;
let sendsBefore = 0;
/** Milliseconds on the clock of the doorbell. */
let now: number;
beforeAll(async () => {
  server = await startQueueServer();
});
beforeEach(async () => {
  queueUrl = await server.newQueue();
  bell = createDoorbell(queueUrl, { client: server.sqs });
  sendsBefore = server.sends();
  now = 0;
});
afterAll(() => server.stop());

const sends = () => server.sends() - sendsBefore;
const clock = () => now;
const request = (id: number, events = 1): PendingRequest => ({ requestId: `${id}`, tenantId: 'a', events });

async function rung(): Promise<string[]> {
  const all = await server.receiveAll(queueUrl);
  return all.flatMap(({ Body = '' }) => (readRing(Body) ?? []).map(({ requestId }) => requestId));
}

it('the first ring of a process leaves at once', async () => {
  await gatheringDoorbell(bell, 10, clock).ring([request(1)]);
  expect(await rung()).toEqual(['1']);
});

it('rings of ten seconds leave in one call with the first after them, and none is lost', async () => {
  const gathering = gatheringDoorbell(bell, 10, clock);
  for (let second = 0; second < 10; second += 1) {
    now = second * 1_000;
    await gathering.ring([request(second)]);
  }
  expect(await rung()).toEqual(['0']);
  now = 10_000;
  await gathering.ring([request(10)]);
  expect(new Set(await rung())).toEqual(new Set(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']));
  expect(sends()).toBe(2);
});

it('a call that has nothing to ring for takes along what is held', async () => {
  const gathering = gatheringDoorbell(bell, 10, clock);
  await gathering.ring([]);
  await gathering.ring([request(1)]);
  await gathering.ring([request(2)]);
  now = 11_000;
  await gathering.ring([]);
  expect(await rung()).toEqual(['1', '2']);
});

it('zero seconds ring each time', async () => {
  const direct = gatheringDoorbell(bell, 0, clock);
  for (const id of [1, 2, 3]) await direct.ring([request(id)]);
  expect(await rung()).toEqual(['1', '2', '3']);
  expect(sends()).toBe(3);
});

it.each([
  ['requests', Array.from({ length: FULL_CALL.requests }, (_, id) => request(id + 2))],
  ['events', [request(2, FULL_CALL.events)]],
])('what fills a call with %s leaves at once, so that no more is ever held', async (_, many) => {
  const gathering = gatheringDoorbell(bell, 10, clock);
  await gathering.ring([request(1)]);
  await gathering.ring(many);
  expect(await rung()).toHaveLength(1 + many.length);
});

it('what a queue did not take is left to the sweeper, and the queue in peace until the next time', async () => {
  const tried: string[][] = [];
  const failing: Doorbell = {
    ring: (requests) => {
      tried.push(requests.map(({ requestId }) => requestId));
      return Promise.reject(new Error('gone'));
    },
  };
  const gathering = gatheringDoorbell(failing, 10, clock);
  await expect(gathering.ring([request(1)])).rejects.toThrow('gone');
  await gathering.ring([request(2)]);
  now = 10_000;
  await expect(gathering.ring([request(3)])).rejects.toThrow('gone');
  expect(tried).toEqual([['1'], ['2', '3']]);
});
