import pg from 'pg';
import type { Payload } from '../lambdas/event/payload.ts';
import { createTenantRules } from '../lambdas/redaction/key-facts.ts';
import { redactPayload } from '../lambdas/redaction/redact-payload.ts';
import { startStack } from '../test/support/stack.ts';
import { adversarialShapes, adversarialText } from './adversarial-texts.ts';
import { createEventStream } from './event-stream.ts';
import { median, quantile } from './statistics.ts';

const EVENTS = 20_000;
const EVENTS_IN_SQL = 2_000;
const WARM_UP = 2_000;
const START = Date.UTC(2026, 0, 1);

/** Bytes of a hostile text: twice as many may take twice as long and little more. The largest is what a request may hold. */
const SIZES = [262_144, 524_288, 1_048_576];
/** Postgres searches such texts a hundred times slower, and only somebody with a login can send them. */
const SIZES_IN_SQL = [8_192, 16_384, 32_768];
const RUNS = 5;
/** Growth when the size doubles, above which it is told: 2 is what it costs to look at each letter once, 4 is the square. */
const NOTICEABLE_GROWTH = 3;

const OPTIONS = {
  rules: createTenantRules({ deny_keys: [], allow_keys: [] }),
  isForm: false,
  pseudonymOf: (id: string) => id,
};
const IN_SQL = `SELECT count((raw.redact_payload(
    each.value, ROW('{"deny": [], "allow": []}'::jsonb, false, sha256('key'))::raw.redaction_options
  )).value)
  FROM jsonb_array_elements($1::jsonb) AS each`;

/** What redaction costs an event, over HTTP and in SQL, and that no text makes it cost the square of its length. */
export async function benchRedaction(): Promise<void> {
  const next = createEventStream(1, () => START);
  const clean = Array.from({ length: EVENTS }, () => next());
  const dirty = clean.map((event, index) => ({
    ...event,
    page_url: `https://shop.example/account?mail=visitor${index}%40example.com&page=2`,
  }));
  process.stdout.write('microseconds an event, TypeScript:\n');
  for (const [name, events] of [
    ['with nothing to find', clean],
    ['with an address in its URL', dirty],
  ] as const) {
    const times = events.map((event) => timed(() => redactPayload(event, OPTIONS)) * 1_000);
    const warm = times.slice(WARM_UP);
    process.stdout.write(
      `  ${name}: median ${median(warm).toFixed(1)}, p99 ${quantile(warm, 0.99).toFixed(1)}, mean ${mean(warm).toFixed(1)}\n`,
    );
  }
  growth(
    'TypeScript',
    SIZES,
    await measured(SIZES, async (event) => timed(() => redactPayload(event, OPTIONS))),
  );

  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 1 });
  try {
    const inSql = async (events: readonly Payload[]): Promise<number> => {
      const start = performance.now();
      await pool.query(IN_SQL, [JSON.stringify(events)]);
      return performance.now() - start;
    };
    await inSql(clean.slice(0, WARM_UP));
    process.stdout.write('microseconds an event, SQL:\n');
    for (const [name, events] of [
      ['with nothing to find', clean],
      ['with an address in its URL', dirty],
    ] as const) {
      const total = await inSql(events.slice(0, EVENTS_IN_SQL));
      process.stdout.write(`  ${name}: mean ${((total / EVENTS_IN_SQL) * 1_000).toFixed(0)}\n`);
    }
    growth('SQL', SIZES_IN_SQL, await measured(SIZES_IN_SQL, (event) => inSql([event])));
  } finally {
    await pool.end();
    await stack.stop();
  }
}

/** Milliseconds of each hostile text at each size, the median of some runs. */
async function measured(
  sizes: readonly number[],
  time: (event: Payload) => Promise<number>,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  for (const shape of adversarialShapes) {
    const medians: number[] = [];
    for (const size of sizes) {
      const event = { event_type: 'custom', properties: { text: adversarialText(shape, size) } };
      const runs: number[] = [];
      for (let run = 0; run < RUNS; run += 1) runs.push(await time(event));
      medians.push(median(runs));
    }
    times.set(shape, medians);
  }
  return times;
}

function growth(
  where: string,
  sizes: readonly number[],
  times: ReadonlyMap<string, readonly number[]>,
): void {
  const largest = sizes.length - 1;
  const slowest = [...times].toSorted(([, a], [, b]) => (b[largest] ?? 0) - (a[largest] ?? 0));
  process.stdout.write(
    `hostile texts of ${sizes.join(', ')} bytes, ${where}, milliseconds (the slowest five):\n`,
  );
  for (const [shape, each] of slowest.slice(0, 5))
    process.stdout.write(`  ${shape}: ${each.map((ms) => ms.toFixed(1)).join(', ')}\n`);
  // Below a few milliseconds the machine's own noise doubles a time as well.
  const grown = slowest.filter(
    ([, each]) =>
      (each[largest] ?? 0) > 20 && (each[largest] ?? 0) > NOTICEABLE_GROWTH * (each[largest - 1] ?? 0),
  );
  process.stdout.write(
    `  ${times.size} shapes; more than ${NOTICEABLE_GROWTH} times as long at twice the size: ${grown.map(([shape]) => shape).join(', ') || 'none'}\n`,
  );
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
