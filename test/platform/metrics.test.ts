import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metricNamespace, metrics } from '../../lambdas/platform/metric-names.ts';
import { metricLines } from '../../lambdas/platform/metrics.ts';

const source = { service: 'staging', environment: 'prod' };

/** What CloudWatch's specification of the embedded metric format asks of a line. */
const embeddedLine = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int().positive(),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: z.string().min(1),
          Dimensions: z.array(z.array(z.string()).max(30)).min(1),
          Metrics: z
            .array(
              z.strictObject({
                Name: z.string(),
                Unit: z.enum(['Count', 'Bytes', 'Milliseconds', 'Seconds']),
              }),
            )
            .min(1)
            .max(100),
        }),
      )
      .min(1),
  }),
});
const numbers = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

/** The lines as CloudWatch reads them. */
const read = (...parameters: Parameters<typeof metricLines>) =>
  metricLines(...parameters).map((line) => {
    const parsed = embeddedLine.parse(JSON.parse(JSON.stringify(line)));
    for (const { Dimensions, Metrics } of parsed._aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) expect(z.string().parse(parsed[name])).not.toBe('');
      for (const { Name } of Metrics) numbers.parse(parsed[Name]);
    }
    return parsed;
  });

it('writes a line of the embedded metric format, with the tenant as a property and no dimension', () => {
  const [line] = read(source, { EventsStaged: 2, StagingLag: [40, 1_200] }, { tenantId: 'acme' });
  expect(line).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: [['environment']],
          Metrics: [
            { Name: 'EventsStaged', Unit: 'Count' },
            { Name: 'StagingLag', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    environment: 'prod',
    service: 'staging',
    tenant_id: 'acme',
    EventsStaged: 2,
    StagingLag: [40, 1_200],
    StagingLagMax: 1_200,
  });
});

it('counts what has a breakdown by it and in all, and the rest of the line in all alone', () => {
  const [line] = read(source, { EventsReceived: 3, RequestsRefused: 1 }, { code: 'rate_limited' });
  expect(line?.code).toBe('rate_limited');
  expect(line?._aws.CloudWatchMetrics).toEqual([
    {
      Namespace: metricNamespace,
      Dimensions: [['environment']],
      Metrics: [{ Name: 'EventsReceived', Unit: 'Count' }],
    },
    {
      Namespace: metricNamespace,
      Dimensions: [['environment'], ['environment', 'code']],
      Metrics: [{ Name: 'RequestsRefused', Unit: 'Count' }],
    },
  ]);
});

it('writes zeros, since nothing found is not nothing measured', () => {
  const [line] = read(source, { EventsPending: 0, OldestPendingAge: 0 });
  expect(line).toMatchObject({ EventsPending: 0, OldestPendingAge: 0 });
});

it('writes nothing for what was not measured', () => {
  expect(metricLines(source, {})).toEqual([]);
  expect(metricLines(source, { StagingLag: [] })).toEqual([]);
});

it('puts each of 250 values into exactly one line of at most 100, and the count into one', () => {
  const lags = Array.from({ length: 250 }, (_, n) => n);
  const lines = read(source, { EventsStaged: 250, StagingLag: lags }, { tenantId: 'acme' });
  expect(lines.map(({ StagingLag }) => z.array(z.number()).parse(StagingLag).length)).toEqual([100, 100, 50]);
  expect(lines.flatMap(({ StagingLag }) => StagingLag)).toEqual(lags);
  expect(lines.map(({ EventsStaged }) => EventsStaged)).toEqual([250, undefined, undefined]);
  expect(lines.map(({ StagingLagMax }) => StagingLagMax)).toEqual([249, undefined, undefined]);
  expect(lines.map(({ tenant_id }) => tenant_id)).toEqual(['acme', 'acme', 'acme']);
});

describe('whatever is measured', () => {
  it.each(Object.keys(metrics))('%s has no dimension but the environment and its own breakdown', (name) => {
    const everything = { tenantId: 't', reason: 'r', job: 'j', code: 'c' };
    const [line] = read(source, { [name]: 1 }, everything);
    const allowed = ['environment', 'reason', 'job', 'code'];
    const used = line?._aws.CloudWatchMetrics.flatMap(({ Dimensions }) => Dimensions) ?? [];
    expect(used[0]).toEqual(['environment']);
    expect(used.length).toBeLessThanOrEqual(2);
    for (const dimension of used.flat()) expect(allowed).toContain(dimension);
  });
});

it('the documentation has every metric with its unit and breakdown, and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/operations/observability.md'), 'utf8');
  const rows = page.matchAll(/^\| `([A-Z]\w+)` \| (\w+) \| (?:`(\w+)` )?\| /gm);
  const documented = [...rows].map(([, name, unit, by]) => ({ name, unit, by }));
  expect(documented).toEqual(
    Object.entries(metrics).map(([name, definition]) => ({
      name,
      unit: definition.unit,
      by: 'by' in definition ? definition.by : undefined,
    })),
  );
});
