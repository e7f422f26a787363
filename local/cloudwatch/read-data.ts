import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { CLOSED, dataPoint, METRICS_FOLDER, OPEN } from './data-point.ts';
import { Distribution } from './distribution.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import { MetricStore } from './metric-store.ts';

const logLine = z.looseObject({ service: z.string().optional(), timestamp: z.string().optional() });
const timeOf = z.union([
  z.object({ _aws: z.object({ Timestamp: z.number() }) }).transform(({ _aws }) => _aws.Timestamp),
  z.object({ timestamp: z.iso.datetime() }).transform(({ timestamp }) => Date.parse(timestamp)),
]);

/** A line of JSON that a function wrote, and when. */
export interface LogRecord {
  readonly timestamp: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a local stack has measured and logged, as CloudWatch would hold it. */
export interface LocalData {
  readonly metrics: MetricStore;
  readonly logs: readonly LogRecord[];
}

/** Reads the data directory of a local stack, running or not. */
export function readData(dataDirectory: string): LocalData {
  const metrics = new MetricStore();
  for (const point of recorded(path.join(dataDirectory, METRICS_FOLDER))) {
    const parsed = dataPoint.safeParse(point);
    // A line that is being written is read the next time.
    if (!parsed.success) continue;
    const { minute, distribution, ...metric } = parsed.data;
    metrics.add(metric, minute, Distribution.from(distribution));
  }
  const logs: LogRecord[] = [];
  for (const text of linesOf(path.join(dataDirectory, 'logs'), '*.log')) {
    if (!text.startsWith('{')) continue;
    const line = parseJson(text);
    for (const { metric, timestamp, values } of embeddedMetrics(line)) {
      metrics.add(metric, timestamp, Distribution.of(values));
    }
    const fields = logLine.safeParse(line);
    const timestamp = timeOf.safeParse(line);
    if (!fields.success || !timestamp.success) continue;
    logs.push({ timestamp: timestamp.data, fields: fields.data });
    const group = { LogGroupName: fields.data.service ?? '' };
    const size = Distribution.of([Buffer.byteLength(text)]);
    metrics.add({ namespace: 'AWS/Logs', name: 'IncomingBytes', dimensions: group }, timestamp.data, size);
  }
  return { metrics, logs };
}

function* recorded(directory: string): Generator<unknown> {
  for (const text of linesOf(directory, `*${CLOSED}`)) yield parseJson(text);
  for (const text of linesOf(directory, `*${OPEN}`)) {
    const points = z.array(z.unknown()).safeParse(parseJson(text));
    if (points.success) yield* points.data;
  }
}

function* linesOf(directory: string, pattern: string): Generator<string> {
  for (const name of globSync(pattern, { cwd: directory }).sort()) {
    yield* readFileSync(path.join(directory, name), 'utf8').split('\n');
  }
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
