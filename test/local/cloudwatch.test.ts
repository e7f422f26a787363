import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { metricLines } from '../../lambdas/platform/metrics.ts';
import { Distribution } from '../../local/cloudwatch/distribution.ts';
import { embeddedMetrics } from '../../local/cloudwatch/embedded-metrics.ts';
import { wholeRange } from '../../local/cloudwatch/metric-store.ts';
import { readData } from '../../local/cloudwatch/read-data.ts';
import { FileRecorder } from '../../local/cloudwatch/recorder.ts';

const minute = 60_000;
const hour = 60 * minute;
const begin = Date.UTC(2026, 10, 21, 12);
const metric = { namespace: 'AWS/SQS', name: 'NumberOfMessagesSent', dimensions: { QueueName: 'one' } };

const directories: string[] = [];
function directory(): string {
  const created = mkdtempSync(path.join(tmpdir(), 'onevault-cloudwatch-'));
  directories.push(created);
  return created;
}
afterAll(() => {
  for (const each of directories) rmSync(each, { recursive: true, force: true });
});

/** A recorder whose clock a test moves. */
function recorderAt(data: string, name: string, clock: { now: number }): FileRecorder {
  return new FileRecorder(path.join(data, 'metrics'), name, () => clock.now);
}

const read = (data: string, statistic: string, from: number, to: number) =>
  readData(data).metrics.series(metric, statistic, wholeRange({ from, to }))[0];

describe('a distribution', () => {
  it('knows each statistic that CloudWatch has names for', () => {
    const hundred = Distribution.of(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(
      ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p99', 'p100'].map((each) =>
        hundred.statistic(each),
      ),
    ).toEqual([5_050, 50.5, 1, 100, 100, 50, 99, 100]);
    expect(() => hundred.statistic('mode')).toThrow('There is no statistic "mode"');
  });

  it('keeps sums and extremes exact, and percentiles within a few per cent, whatever it is merged with', () => {
    const values = Array.from({ length: 5_000 }, (_, at) => 1.0137 ** (at % 700));
    const parts = [values.slice(0, 1_234), values.slice(1_234)].map((part) => Distribution.of(part));
    const [whole = new Distribution(), other = new Distribution()] = parts;
    whole.merge(Distribution.from(other.toJSON()));
    const sorted = values.toSorted((a, b) => a - b);
    expect(whole.statistic('Sum')).toBeCloseTo(
      values.reduce((sum, each) => sum + each, 0),
      3,
    );
    expect(whole.statistic('Maximum')).toBe(sorted.at(-1));
    for (const percent of [50, 90, 99]) {
      const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
      expect(Math.abs(whole.statistic(`p${percent}`) / exact - 1)).toBeLessThan(0.06);
    }
  });
});

describe('recording', () => {
  it('keeps one point a minute for each metric, and reads the minute under way too', () => {
    const data = directory();
    const clock = { now: begin };
    const recorder = recorderAt(data, 'queue', clock);
    for (let at = 0; at < 150; at += 1) {
      clock.now = begin + at * 1_000;
      recorder.record(metric, 1);
    }
    recorder.flush();
    expect(read(data, 'Sum', begin, begin + minute)).toBe(60);
    expect(read(data, 'Sum', begin, begin + 3 * minute)).toBe(150);
    recorder.close();
  });

  it('loses nothing when the process is killed and comes back within the same minute', () => {
    const data = directory();
    const clock = { now: begin };
    const killed = recorderAt(data, 'queue', clock);
    killed.record(metric, 5);
    killed.flush();
    const next = recorderAt(data, 'queue', clock);
    next.record(metric, 7);
    next.flush();
    expect(read(data, 'Sum', begin, begin + minute)).toBe(12);
    killed.close();
    next.close();
  });

  it('adds up what several processes record of one metric', () => {
    const data = directory();
    const clock = { now: begin };
    for (const name of ['gateway', 'staging']) {
      const recorder = recorderAt(data, name, clock);
      recorder.record(metric, 3);
      recorder.close();
    }
    expect(read(data, 'Sum', begin, begin + minute)).toBe(6);
  });

  it('forgets what is older than a day, so that a stack may run for months', () => {
    const data = directory();
    const clock = { now: begin };
    const recorder = recorderAt(data, 'queue', clock);
    for (let at = 0; at < 50; at += 1) {
      clock.now = begin + at * hour;
      recorder.record(metric, 1);
    }
    clock.now += minute;
    recorder.record(metric, 1);
    recorder.close();
    expect(readdirSync(path.join(data, 'metrics')).filter((name) => name.endsWith('.jsonl'))).toHaveLength(
      25,
    );
    expect(read(data, 'Sum', begin, begin + 24 * hour)).toBeNull();
  });

  it('reads past a line that is being written', () => {
    const data = directory();
    mkdirSync(path.join(data, 'metrics'));
    writeFileSync(path.join(data, 'metrics', 'queue.1.jsonl'), '{"minute": 1, "name');
    expect(readData(data).metrics.span()).toBeUndefined();
  });
});

describe("functions' metrics in log lines", () => {
  const source = { service: 'staging', environment: 'local' };

  it('are read in the very format that the functions write, with and without their breakdown', () => {
    const [line] = metricLines(
      source,
      { EventsQuarantined: 2, StagingLag: [5, 7] },
      { tenantId: 'acme', reason: 'missing_field' },
    );
    const found = embeddedMetrics(JSON.parse(JSON.stringify(line))).map((each) => [
      each.metric.name,
      Object.values(each.metric.dimensions).join(' '),
      each.values,
    ]);
    expect(found.toSorted()).toEqual([
      ['EventsQuarantined', 'local missing_field', [2]],
      ['EventsQuarantined', 'local', [2]],
      ['StagingLag', 'local', [5, 7]],
    ]);
  });

  it('count exactly as often as they were written, and their lines count as logs of their function', () => {
    const data = directory();
    mkdirSync(path.join(data, 'logs'));
    const lines = [
      ...metricLines(source, { EventsStaged: 250, StagingLag: Array.from({ length: 250 }, (_, at) => at) }),
      { level: 'INFO', message: 'staged', service: 'staging', timestamp: new Date().toISOString() },
    ].map((line) => JSON.stringify(line));
    writeFileSync(
      path.join(data, 'logs', 'staging.log'),
      `${lines.join('\n')}\nWarning: no JSON\n{"broken\n`,
    );
    const { metrics, logs } = readData(data);
    const whole = wholeRange(metrics.span() ?? { from: 0, to: 0 });
    const of = (namespace: string, name: string, dimensions: Record<string, string>, statistic: string) =>
      metrics.series({ namespace, name, dimensions }, statistic, whole)[0];
    const environment = { environment: 'local' };
    expect(of('OneVault/SiteTracking', 'EventsStaged', environment, 'Sum')).toBe(250);
    expect(of('OneVault/SiteTracking', 'StagingLag', environment, 'SampleCount')).toBe(250);
    expect(of('OneVault/SiteTracking', 'StagingLag', environment, 'Maximum')).toBe(249);
    expect(of('AWS/Logs', 'IncomingBytes', { LogGroupName: 'staging' }, 'Sum')).toBe(
      lines.reduce((sum, line) => sum + line.length, 0),
    );
    expect(logs).toHaveLength(lines.length);
  });

  it('of another kind are no metrics', () => {
    expect(embeddedMetrics({ level: 'INFO', message: 'staged' })).toEqual([]);
    expect(embeddedMetrics('text')).toEqual([]);
  });
});
