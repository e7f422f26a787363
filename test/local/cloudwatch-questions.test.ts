import { describe, expect, it } from 'vitest';
import { alarmState } from '../../local/cloudwatch/alarm-state.ts';
import { curvesOf } from '../../local/cloudwatch/curves.ts';
import { dashboardBody } from '../../local/cloudwatch/dashboard-body.ts';
import { Distribution } from '../../local/cloudwatch/distribution.ts';
import { answerQuery } from '../../local/cloudwatch/logs-insights.ts';
import { evaluateMath } from '../../local/cloudwatch/metric-math.ts';
import { MetricStore, type Series } from '../../local/cloudwatch/metric-store.ts';
import type { AlarmModel } from '../../local/cloudwatch/monitoring.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 21, 12);
const known: Readonly<Record<string, Series>> = {
  a: [1, 2, null, 4],
  b: [10, 0, 30, null],
  none: [null, null, null, null],
};
const math = (expression: string) =>
  evaluateMath(expression, {
    length: 4,
    resultPeriodSeconds: 60,
    periodSeconds: () => 60,
    series: (id) => {
      const found = known[id];
      if (found === undefined) throw new Error(`no metric ${id}`);
      return found;
    },
  });

describe('metric maths', () => {
  it.each<[string, Series]>([
    ['a + b', [11, 2, null, null]],
    ['a - b * 2', [-19, 2, null, null]],
    ['(a - b) * 2', [-18, 4, null, null]],
    ['100 * a / b', [10, null, null, null]],
    ['-a', [-1, -2, null, -4]],
    ['FILL(a, 0)', [1, 2, 0, 4]],
    ['FILL(a, REPEAT)', [1, 2, 2, 4]],
    ['FILL(none, 0)', [null, null, null, null]],
    ['FILL(a, 0) + FILL(b, 0)', [11, 2, 30, 4]],
    ['IF(a > 1, b, 0)', [0, 0, null, null]],
    ['a >= 2', [0, 1, null, 1]],
    ['RATE(a) * 60', [null, 1, null, 1]],
    ['a * PERIOD(a) / 3600', [1 / 60, 2 / 60, null, 4 / 60]],
    ['SUM([a, b])', [11, 2, 30, 4]],
    ['MAX([a, b])', [10, 2, 30, 4]],
    ['SUM(a)', [7, 7, 7, 7]],
    ['AVG(b)', [40 / 3, 40 / 3, 40 / 3, 40 / 3]],
    ['MIN(b)', [0, 0, 0, 0]],
  ])('evaluates %s', (expression, values) => {
    expect(math(expression)).toEqual(values);
  });

  it.each([
    ['ANOMALY_DETECTION_BAND(a)', 'there is no function ANOMALY_DETECTION_BAND here'],
    ['a +', 'it ends too soon'],
    ['(a', '")" is missing'],
    ['a b', '"b" is not expected'],
    ['a % 2', '"% 2" is not known'],
    ['[a, b]', 'is a list where one value is expected'],
  ])('says what it does not know of %s instead of inventing a value', (expression, reason) => {
    expect(() => math(expression)).toThrow(reason);
  });
});

/** A store with one value a minute. */
function storeWith(
  values: Series,
  dimensions: Record<string, string> = { environment: 'local' },
  name = 'Waiting',
) {
  const store = new MetricStore();
  values.forEach((value, at) => {
    if (value === null) return;
    store.add({ namespace: 'Ours', name, dimensions }, begin + at * minute, Distribution.of([value]));
  });
  return store;
}

describe('the state of an alarm', () => {
  const alarm: AlarmModel = {
    logicalId: 'Alarm',
    name: 'local/Alarm',
    description: '',
    actions: [],
    threshold: 10,
    comparison: 'GreaterThanThreshold',
    periods: 3,
    breaching: 2,
    missing: 'notBreaching',
    expression: undefined,
    periodSeconds: 60,
    metrics: [
      {
        id: 'm1',
        metric: { namespace: 'Ours', name: 'Waiting', dimensions: { environment: 'local' } },
        statistic: 'Maximum',
        periodSeconds: 60,
      },
    ],
  };
  const stateOf = (values: Series, changes: Partial<AlarmModel> = {}) =>
    alarmState({ ...alarm, ...changes }, storeWith(values), begin + values.length * minute + 20_000);

  it.each<[string, Series, Partial<AlarmModel>, string]>([
    ['enough periods breach', [0, 11, 0, 12], {}, 'ALARM'],
    ['too few breach', [11, 11, 0, 0, 12], {}, 'OK'],
    ['the threshold is reached and not passed', [10, 10, 10], {}, 'OK'],
    ['reaching is enough', [10, 10, 10], { comparison: 'GreaterThanOrEqualToThreshold' }, 'ALARM'],
    ['too little is the fault', [0, 0, 0], { comparison: 'LessThanThreshold' }, 'ALARM'],
    ['nothing is measured and that is well', [null, null, null], {}, 'OK'],
    ['nothing is measured and that is the fault', [null, null, null], { missing: 'breaching' }, 'ALARM'],
    ['nothing is measured and nobody knows', [null, null, null], { missing: 'ignore' }, 'INSUFFICIENT_DATA'],
    ['the last are not measured yet and those before them breach', [11, 12, 0, null, null], {}, 'ALARM'],
    ['too much is missing to know', [11, null, null, null, null], {}, 'OK'],
    ['an expression breaches', [2, 3, 3], { expression: '100 * m1 / 20' }, 'ALARM'],
    ['the rate breaches', [0, 0, 1_000, 2_000], { expression: 'RATE(m1)' }, 'ALARM'],
  ])('is right when %s', (_, values, changes, state) => {
    expect(stateOf(values, changes)).toBe(state);
  });
});

describe('a widget', () => {
  const widget = (properties: object) => {
    const { widgets } = dashboardBody.parse({
      widgets: [{ type: 'metric', x: 0, y: 0, width: 6, height: 6, properties }],
    });
    const [only] = widgets;
    if (only?.type !== 'metric') throw new Error('no metric widget');
    return only;
  };
  const range = { from: begin, to: begin + 4 * minute };
  const valuesOf = (properties: object, store: MetricStore) =>
    curvesOf(widget(properties), store, range).map(({ label, values }) => [label, values]);

  it('shows metrics and expressions of metrics that it hides', () => {
    const metrics = [
      [{ expression: 'FILL(m, 0)', label: 'waiting', period: 60 }],
      ['Ours', 'Waiting', 'environment', 'local', { id: 'm', visible: false, stat: 'Sum', period: 60 }],
    ];
    expect(valuesOf({ metrics }, storeWith([1, null, 3, 4]))).toEqual([['waiting', [1, 0, 3, 4]]]);
  });

  it('shows one number for the whole time where it is told to', () => {
    const metrics = [['Ours', 'Waiting', 'environment', 'local', { stat: 'Sum' }]];
    expect(valuesOf({ metrics, setPeriodToTimeRange: true }, storeWith([1, null, 3, 4]))).toEqual([
      ['Waiting', [8]],
    ]);
  });

  it('shows a curve for each value of a breakdown that was seen, and none of another environment', () => {
    const store = new MetricStore();
    for (const [reason, environment] of [
      ['too_large', 'local'],
      ['missing_field', 'local'],
      ['elsewhere', 'prod'],
    ] as const) {
      const dimensions = { environment, reason };
      store.add({ namespace: 'Ours', name: 'Refused', dimensions }, begin, Distribution.of([2]));
    }
    store.add(
      { namespace: 'Ours', name: 'Refused', dimensions: { environment: 'local' } },
      begin,
      Distribution.of([4]),
    );
    const expression = `SEARCH('{"Ours","environment","reason"} MetricName="Refused" environment="local"', 'Sum', 300)`;
    expect(valuesOf({ metrics: [[{ expression, label: '' }]] }, store)).toEqual([
      ['missing_field', [2]],
      ['too_large', [2]],
    ]);
  });

  it('shows nothing where nothing was measured, never a zero', () => {
    const metrics = [['AWS/RDS', 'ServerlessDatabaseCapacity', 'DBClusterIdentifier', 'local', {}]];
    expect(valuesOf({ metrics }, storeWith([1]))).toEqual([['ServerlessDatabaseCapacity', [null]]]);
  });
});

describe('a question to the logs', () => {
  const record = (at: number, fields: Record<string, unknown>) => ({
    timestamp: begin + at * minute,
    fields,
  });
  const logs = [
    record(0, { tenant_id: 'acme', EventsStaged: 3, VaultLagMax: 40 }),
    record(1, { tenant_id: 'acme', EventsStaged: 4, VaultLagMax: 30 }),
    record(1, { tenant_id: 'other', EventsStaged: 100 }),
    record(6, { tenant_id: 'acme', EventsStaged: 5, reason: 'small', EventsQuarantined: 1 }),
    record(7, { tenant_id: 'acme', reason: 'large', EventsQuarantined: 2 }),
    record(90, { tenant_id: 'acme', EventsStaged: 1_000 }),
  ];
  const ask = (query: string) =>
    answerQuery(`SOURCE 'a' | SOURCE 'b' | ${query}`, logs, { from: begin, to: begin + 60 * minute });

  it('adds up by time, of one tenant, within the time', () => {
    const { columns, binSeconds, rows } = ask(
      'filter tenant_id = "acme"\n| stats sum(EventsStaged) as staged, max(VaultLagMax) as lag by bin(5m)',
    );
    expect([columns, binSeconds]).toEqual([['staged', 'lag'], 300]);
    expect(rows.map(({ at, values }) => [(at - begin) / minute, values])).toEqual([
      [0, [7, 40]],
      [5, [5, null]],
    ]);
  });

  it('adds up by a key, the most first', () => {
    const { rows } = ask(
      'filter tenant_id = "acme" and ispresent(EventsQuarantined)\n| stats sum(EventsQuarantined) as events by reason\n| sort events desc',
    );
    expect(rows.map(({ key, values }) => [key, values])).toEqual([
      ['large', [2]],
      ['small', [1]],
    ]);
  });

  it.each(['parse @message "x"', 'stats pct(a, 99) as p', 'filter a like /x/', 'sort a asc'])(
    'is refused when it asks for %s',
    (command) => {
      expect(() => ask(command)).toThrow('Logs Insights is known here without');
    },
  );
});
