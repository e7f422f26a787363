import type { EnvironmentConfig } from '../../lib/config.ts';
import { neededAcu } from './database-lines.ts';
import type { Flow, Load } from './flow.ts';
import { digits } from './line.ts';

/** The route that takes what the load sends. */
const routeOf = ({ batch }: Load) => (batch === 1 ? 'POST /api/v1/track' : 'POST /api/v1/track/batch');

/** What a load asks for and the environment does not give, a sentence each: the bill is of an environment with higher limits. */
export function* limitsPassed(config: EnvironmentConfig, load: Load, flow: Flow): Generator<string> {
  const { api, database, functions } = config;
  const needed = neededAcu(flow);
  if (needed > database.maxAcu) {
    yield `the writer needs ${digits(needed)} ACU, and database.maxAcu is ${database.maxAcu}`;
  }
  for (const name of ['ingest', 'staging', 'business'] as const) {
    const { invocations, seconds } = flow[name];
    const { concurrency } = functions[name];
    if (invocations * seconds <= concurrency) continue;
    yield `${name} runs ${digits(invocations * seconds)} times at once, and functions.${name}.concurrency is ${concurrency}`;
  }
  const route = routeOf(load);
  const limited = api.routes[route];
  const rates = [
    limited === undefined
      ? { key: 'api.rateLimit', rate: api.rateLimit }
      : { key: `api.routes["${route}"].rateLimit`, rate: limited.rateLimit },
    { key: 'accountRequestRate', rate: config.accountRequestRate },
  ];
  for (const { key, rate } of rates) {
    if (flow.requests > rate) yield `there are ${digits(flow.requests)} requests/s, and ${key} is ${rate}`;
  }
  const perTenant = load.tenants === 0 ? 0 : load.eventsPerSecond / load.tenants;
  if (perTenant > api.tokenRateLimit) {
    yield `a tenant sends ${digits(perTenant)} events/s, and api.tokenRateLimit is ${api.tokenRateLimit} for each of its tokens`;
  }
}
