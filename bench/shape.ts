import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import * as z from 'zod';
import { RAW_EVENT_SLOTS } from '../lambdas/pipeline/raw-event-id.ts';
import { insertEvents, linkVisitors, loadingStatements } from '../lambdas/vault/loading-statements.ts';
import { event } from '../lambdas/vault/model.ts';
import { createTenant } from '../test/support/pipeline.ts';
import { startStack } from '../test/support/stack.ts';
import { createEventStream } from './event-stream.ts';
import { spread } from './statistics.ts';

const EVENTS = 100_000;
const BATCH = 1_000;
const RUNS = 3;

const seedShape = readFileSync(join(import.meta.dirname, 'seed-shape.sql'), 'utf8');
const seedShapeLoad = readFileSync(join(import.meta.dirname, 'seed-shape-load.sql'), 'utf8');
const measured = z.object({ bytes: z.coerce.number(), wal: z.coerce.number() });

/** Fills staging with generated events and gives their ids, batch by batch. */
async function stageEvents(pool: pg.Pool): Promise<string[][]> {
  const tenant = await createTenant(pool, 'shape', { ingest: pool, loader: pool });
  const next = createEventStream(42, Date.now);
  const batches: string[][] = [];
  for (let made = 0; made < EVENTS; made += BATCH) {
    const { pending } = await tenant.land(Array.from({ length: BATCH }, next));
    for (const { requestId, events } of pending) {
      await tenant.stage([requestId]);
      const first = BigInt(requestId) * RAW_EVENT_SLOTS;
      batches.push(Array.from({ length: events }, (_, ordinal) => String(first + BigInt(ordinal))));
    }
  }
  return batches;
}

async function storage(pool: pg.Pool, schema: string): Promise<z.infer<typeof measured>> {
  const { rows } = await pool.query(
    `SELECT coalesce(sum(pg_total_relation_size(relation.oid)), 0) AS bytes, pg_current_wal_lsn() - '0/0' AS wal
     FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
     WHERE namespace.nspname = $1 AND relation.relkind = 'r'`,
    [schema],
  );
  return measured.parse(rows[0]);
}

async function loadAll(
  pool: pg.Pool,
  batches: readonly string[][],
  statements: readonly string[],
  schema: string,
) {
  const before = await storage(pool, schema);
  const begin = performance.now();
  for (const ids of batches) {
    const client = await pool.connect();
    await client.query('BEGIN');
    for (const text of statements) await client.query(text, [ids]);
    await client.query('COMMIT');
    client.release();
  }
  const seconds = (performance.now() - begin) / 1_000;
  const after = await storage(pool, schema);
  const events = batches.flat().length;
  return {
    rate: events / seconds,
    bytes: (after.bytes - before.bytes) / events,
    wal: (after.wal - before.wal) / events,
  };
}

/** The event part as the plan's four tables, and as one non-historized table behind views of their names. */
export async function benchShape(): Promise<void> {
  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 1 });
  try {
    const batches = await stageEvents(pool);
    // The shapes share what an event brings along; they differ in what an event itself becomes.
    const entities = [...loadingStatements, linkVisitors].map(({ text }) => text);
    const lean = [insertEvents.text, ...entities];
    const figures = { 'four tables': [], 'one table': [] } as Record<
      string,
      Awaited<ReturnType<typeof loadAll>>[]
    >;
    for (let run = 0; run < RUNS; run += 1) {
      await pool.query('DROP SCHEMA IF EXISTS seed_shape CASCADE');
      await pool.query(seedShape);
      for (const [name, statements, schema] of [
        ['four tables', [...entities, seedShapeLoad], 'seed_shape'],
        ['one table', lean, 'business'],
      ] as const) {
        await pool.query(
          `TRUNCATE ${[...loadingStatements, linkVisitors, event].map(({ table }) => `business.${table}`).join(', ')}`,
        );
        await pool.query('CHECKPOINT');
        figures[name]?.push(await loadAll(pool, batches, statements, schema));
      }
    }
    process.stdout.write(
      `${EVENTS.toLocaleString('en')} staged events, batches of ${BATCH}, one worker, ${RUNS} runs each in turn\n\n`,
    );
    for (const [name, runs] of Object.entries(figures)) {
      process.stdout.write(
        `${name.padEnd(12)} ${spread(
          runs.map(({ rate }) => rate),
          'events/s',
        )}, ${spread(
          runs.map(({ bytes }) => bytes),
          'bytes',
        )} and ${spread(
          runs.map(({ wal }) => wal),
          'bytes of WAL',
        )} an event\n`,
      );
    }
  } finally {
    await pool.end();
    await stack.stop();
  }
}
