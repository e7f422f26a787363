import { afterEach, beforeEach, expect, test } from 'vitest';
import { onevault } from '../support/onevault-process.ts';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint.ts';

let endpoint: TrackingEndpoint;

beforeEach(async () => {
  endpoint = await startTrackingEndpoint();
});
afterEach(() => endpoint.close());

const status = (...argv: string[]) =>
  onevault(['status', '--api-url', endpoint.url, '--tenant', 'demo', '--token', 'ovt_read_test', ...argv]);

function pipeline(pending: number, inFlight = 0) {
  return {
    tenant_id: 'demo',
    generated_at: '2026-02-02T00:00:00Z',
    stages: {
      raw: { events: 12_345 },
      pending: { events: pending, requests: pending > 0 ? 1 : 0, oldest_seconds: pending > 0 ? 1.25 : null },
      staged: { events: 0, oldest_seconds: null },
      vault: { events: 12_345 - pending },
      quarantined: { events: 3 },
    },
    queues: [
      { name: 'staging', visible: 0, in_flight: inFlight },
      { name: 'staging dead letters', visible: 1, in_flight: 0 },
    ],
    recent: [
      {
        event_id: 'e-1',
        event_type: 'odd\u001b[2J',
        received_at: '2026-02-02T00:00:00Z',
        stage: 'vault',
        lag: 1,
      },
    ],
    more: 'of a later release',
  };
}

test('shows stages, queues and newest events, with nothing that drives a terminal', async () => {
  endpoint.status = () => pipeline(5);
  const { exitCode, stdout } = await status();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/stage +events +oldest\nraw +12,345\n {2}pending +5 {2}1\.3 s\n/);
  expect(stdout).toMatch(/queue +visible +in flight\nstaging +0 +0\nstaging dead letters +1 +0\n/);
  expect(stdout).toContain(String.raw`odd\x1b[2J`);
  expect(endpoint.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer ovt_read_test',
    'x-customer-id': 'demo',
  });
});

test('gives the figures as JSON', async () => {
  endpoint.status = () => pipeline(0);
  const { stdout } = await status('--json');
  expect(JSON.parse(stdout)).toMatchObject({ stages: { raw: { events: 12_345 } } });
});

test('waits until nothing is pending or in flight; what lies in a dead-letter queue is not waited for', async () => {
  const answers = [pipeline(5), pipeline(0, 2), pipeline(0)];
  endpoint.status = () => answers[Math.min(endpoint.requests.length, answers.length) - 1];
  expect((await status('--wait', '20')).exitCode).toBe(0);
  expect(endpoint.requests).toHaveLength(3);
});

test('a wait sits out an endpoint that is away for a moment; without one it is an error', async () => {
  endpoint.status = () => (endpoint.requests.length < 3 ? undefined : pipeline(0));
  expect((await status()).exitCode).toBe(1);
  expect((await status('--wait', '20')).exitCode).toBe(0);
  expect(endpoint.requests).toHaveLength(3);
});

test('says with its exit status that something was still pending when the wait ended', async () => {
  endpoint.status = () => pipeline(5);
  expect((await status('--wait', '0')).exitCode).toBe(3);
});

test('an answer of another shape is an error that names the endpoint', async () => {
  endpoint.status = () => ({ hello: 'world' });
  const { exitCode, stderr } = await status();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('Check that --api-url is a OneVault endpoint of this release');
});
