import { expect, it } from 'vitest';
import { builtInConfigOf } from '../../lib/environments.ts';
import { flowOf } from '../../scripts/cost/flow.ts';
import { limitsPassed } from '../../scripts/cost/limits.ts';

const dev = builtInConfigOf('dev');
const passed = (load: { eventsPerSecond: number; batch: number; tenants: number }, config = dev) => [
  ...limitsPassed(config, load, flowOf(config, load)),
];

it('a load that an environment carries passes no limit', () => {
  expect(passed({ eventsPerSecond: 100, batch: 10, tenants: 10 })).toEqual([]);
});

it('a load that it does not carry is told with each limit that it passes', () => {
  const sentences = passed({ eventsPerSecond: 200_000, batch: 10, tenants: 5 });
  expect(sentences).toEqual([
    expect.stringMatching(/^the writer needs [\d,.]+ ACU, and database\.maxAcu is 4$/),
    expect.stringMatching(/^ingest runs [\d,.]+ times at once, and functions\.ingest\.concurrency is 100$/),
    expect.stringMatching(/^staging runs [\d,.]+ times at once, and functions\.staging\.concurrency is 2$/),
    expect.stringMatching(/^business runs [\d,.]+ times at once, and functions\.business\.concurrency is 2$/),
    'there are 20,000 requests/s, and api.routes["POST /api/v1/track/batch"].rateLimit is 5000',
    'there are 20,000 requests/s, and accountRequestRate is 10000',
    'a tenant sends 40,000 events/s, and api.tokenRateLimit is 30000 for each of its tokens',
  ]);
});

it('a route without limits of its own has those of the API', () => {
  const config = { ...dev, api: { ...dev.api, routes: {} } };
  expect(passed({ eventsPerSecond: 600, batch: 1, tenants: 10 }, config)).toContain(
    'there are 600 requests/s, and api.rateLimit is 500',
  );
});
