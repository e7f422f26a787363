import { metrics } from '../../lambdas/platform/metric-names.ts';
import type { EnvironmentConfig } from '../../lib/config.ts';
import { accessLogBytes } from './access-log-bytes.ts';
import type { Flow } from './flow.ts';
import type { Inventory } from './inventory.ts';
import { DAYS_A_MONTH, digits, GB, type Quantity, SECONDS_A_MONTH } from './line.ts';
import { assumed, loggedBytes } from './measured.ts';
import { jobsPerMonth, measuredHours } from './schedule.ts';

/** Lambda traces one invocation a second of each function, and this share of the others. */
const FURTHER_TRACES = 0.05;

/** What the jobs of the clock measure though nothing comes in. */
const measuredByTheClock: readonly string[] = [
  'EventsPending',
  'OldestPendingAge',
  'OldestPrivacyJobAge',
  'JobDuration',
  'LedgerGap',
];

/** Metrics of CloudWatch that the functions' metrics are: each name, and again each value of its breakdown. */
export function customMetrics(isIdle: boolean): number {
  return Object.entries(metrics)
    .filter(([name]) => !isIdle || measuredByTheClock.includes(name))
    .reduce((sum, [, metric]) => sum + 1 + ('by' in metric ? assumed.breakdownValues[metric.by] : 0), 0);
}

/** What it costs to see what happens: logs, metrics, alarms, dashboards, traces, and the key and the budget. */
export function* observationLines(
  config: EnvironmentConfig,
  flow: Flow,
  inventory: Inventory,
): Generator<Quantity> {
  const stages = [flow.ingest, flow.staging, flow.business];
  const jobs = jobsPerMonth(config);
  const access = (flow.requests * accessLogBytes * SECONDS_A_MONTH) / GB;
  const functions =
    (stages.reduce(
      (sum, { invocations, figures, eventsPerInvocation }) =>
        sum + invocations * loggedBytes(figures, eventsPerInvocation),
      0,
    ) *
      SECONDS_A_MONTH +
      jobs * assumed.jobLogBytes) /
    GB;
  yield {
    what: 'Access log',
    price: 'logsGb',
    quantity: access,
    how: `${digits(flow.requests)} requests/s × ${accessLogBytes} bytes × ${digits(SECONDS_A_MONTH)} s`,
  };
  yield {
    what: 'Functions’ logs and metrics lines',
    price: 'logsGb',
    quantity: functions,
    how: `${['ingest', 'staging', 'business']
      .map((name, index) => {
        const stage = stages[index];
        return stage === undefined
          ? name
          : `${digits(loggedBytes(stage.figures, stage.eventsPerInvocation))} bytes × ${digits(stage.invocations)}/s of ${name}`;
      })
      .join(
        ' + ',
      )} × ${digits(SECONDS_A_MONTH)} s + ${digits(jobs)} jobs × ${digits(assumed.jobLogBytes)} bytes`,
  };
  const months = config.logRetentionDays / DAYS_A_MONTH;
  yield {
    what: 'Logs kept',
    price: 'logsStorage',
    quantity: (access + functions) * assumed.logCompression * months,
    how: `${digits(access + functions)} GB × ${assumed.logCompression} compressed × ${digits(months)} months`,
  };
  const custom = customMetrics(flow.requests === 0);
  // Charged for the hours in which something was measured.
  const hours = flow.requests === 0 ? measuredHours(config) : 1;
  yield {
    what: 'Metrics of the functions',
    price: 'customMetric',
    quantity: custom * hours,
    how: `${custom} names and values of breakdowns${hours < 1 ? ` in ${digits(hours)} of the hours` : ''}`,
  };
  yield {
    what: 'Alarms',
    price: 'alarm',
    quantity: inventory.alarms,
    how: `${inventory.alarms} metrics in the template's alarms`,
  };
  yield {
    what: 'Dashboards with up to 50 metrics',
    price: 'dashboard',
    quantity: inventory.dashboards,
    how: `${inventory.dashboards} in the template`,
  };
  yield {
    what: 'Dashboards with more',
    price: 'largeDashboard',
    quantity: inventory.largeDashboards,
    how: `${inventory.largeDashboards} in the template`,
  };
  const traced = stages.reduce(
    (sum, { invocations }) => sum + Math.min(invocations, 1) + Math.max(0, invocations - 1) * FURTHER_TRACES,
    0,
  );
  yield {
    what: 'Traces',
    price: 'trace',
    quantity: config.tracing === 'active' ? traced * SECONDS_A_MONTH + jobs : 0,
    how: `${digits(traced)}/s (1/s of each function and ${FURTHER_TRACES} of the rest) × ${digits(SECONDS_A_MONTH)} s + ${digits(jobs)} jobs`,
  };
  yield {
    what: 'Encryption key',
    price: 'key',
    quantity: inventory.keys,
    how: `${inventory.keys} in the template`,
  };
  yield {
    what: 'Budget',
    price: 'budget',
    quantity: inventory.budgets,
    how: `${inventory.budgets} in the template, without actions`,
  };
}
