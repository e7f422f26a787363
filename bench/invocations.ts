import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import pg from 'pg';
import * as z from 'zod';
import type { FunctionName } from '../lib/config.ts';
import { functionSpecOf } from '../local/functions.ts';
import { loadTemplate } from '../local/load-template.ts';
import { createQueues, type QueueAddress, queueClient } from '../local/queues.ts';
import type { TemplateModel } from '../local/template.ts';
import { credentials, gatewayEvent } from '../test/support/http-calls.ts';
import { startStack } from '../test/support/stack.ts';
import { createEventStream } from './event-stream.ts';
import { provisionTenants } from './load.ts';
import { serverCpu } from './server-cpu.ts';

/** Events in a request, messages in an invocation of a consumer, and how many requests to measure. */
const rounds = [
  { batch: 10, messages: 10, requests: 400, isWarmUp: true },
  { batch: 1, messages: 1, requests: 400, isWarmUp: false },
  { batch: 10, messages: 1, requests: 400, isWarmUp: false },
  { batch: 10, messages: 10, requests: 800, isWarmUp: false },
  { batch: 10, messages: 100, requests: 800, isWarmUp: false },
  { batch: 100, messages: 10, requests: 80, isWarmUp: false },
];
const TENANTS = 4;
const RECEIVED_AT_MOST = 10;

const access = { region: 'local', accessKeyId: 'bench', secretAccessKey: 'bench' };
const told = z.object({
  answers: z.array(z.unknown()),
  cpuMicroseconds: z.number(),
  milliseconds: z.number(),
  queries: z.number(),
});
type Told = z.infer<typeof told>;
const position = z.object({ bytes: z.coerce.number() });

interface Handler {
  run(events: readonly unknown[]): Promise<Told>;
  /** Characters that it has written to its log so far. */
  logged(): number;
  stop(): void;
}

async function startHandler(entry: string, environment: Readonly<Record<string, string>>): Promise<Handler> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, 'handler-process.ts'), entry],
    {
      env: { ...environment, PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  let logged = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    logged += chunk.length;
  });
  await once(child, 'message');
  return {
    async run(events) {
      child.send([...events]);
      const [message] = await once(child, 'message');
      return told.parse(message);
    },
    logged: () => logged,
    stop: () => child.kill(),
  };
}

/** What the invocations of one handler cost, an invocation each. */
interface Cost {
  readonly what: string;
  readonly invocations: number;
  readonly events: number;
  readonly told: Told;
  readonly logBytes: number;
  readonly queueCalls: number;
  readonly postgresMicroseconds: number;
  readonly walBytes: number;
}

const line = ({
  what,
  invocations,
  events,
  told: { cpuMicroseconds, milliseconds, queries },
  ...rest
}: Cost): string =>
  [
    what.padEnd(34),
    `${(cpuMicroseconds / invocations / 1_000).toFixed(2)} ms CPU`,
    `${(milliseconds / invocations).toFixed(1)} ms`,
    `${(queries / invocations).toFixed(1)} queries`,
    `${(rest.queueCalls / invocations).toFixed(1)} queue calls`,
    `${Math.round(rest.logBytes / invocations)} bytes logged`,
    `| an event: ${Math.round(rest.postgresMicroseconds / events)} µs Postgres, ${Math.round(rest.walBytes / events)} bytes WAL`,
  ].join('  ');

/** One function after the other, each in one process that nothing else runs in: what an invocation costs by how full it is. */
export async function benchInvocations(): Promise<void> {
  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 1 });
  let calls = 0;
  const server = buildApp({ logger: false });
  server.addHook('onRequest', async () => {
    calls += 1;
  });
  const endpoint = await server.listen({ port: 0, host: '127.0.0.1' });
  const client = queueClient({ ...access, endpoint });
  const handlers: Handler[] = [];
  try {
    const template = await loadTemplate(process.env.ONEVAULT_TEST_TEMPLATE);
    const queues = await createQueues(client, template.queues);
    const start = async (name: FunctionName): Promise<Handler> => {
      const model = template.functions.find((each) => each.name === name);
      if (model === undefined) throw new Error(`The template has no function ${name}.`);
      const spec = functionSpecOf(model, {
        database: template.database,
        databaseUrl: stack.databaseUrl,
        queues,
        access: { ...access, endpoint },
      });
      const handler = await startHandler(spec.entry, spec.environment);
      handlers.push(handler);
      return handler;
    };
    const wal = async (): Promise<number> => {
      const { rows } = await pool.query("SELECT pg_current_wal_lsn() - '0/0' AS bytes");
      return position.parse(rows[0]).bytes;
    };
    const measure = async (
      what: string,
      handler: Handler,
      events: readonly unknown[],
      trackedEvents: number,
    ): Promise<Cost> => {
      const before = { logged: handler.logged(), calls, cpu: await serverCpu(pool), wal: await wal() };
      const result = await handler.run(events);
      return {
        what,
        invocations: events.length,
        events: trackedEvents,
        told: result,
        logBytes: handler.logged() - before.logged,
        queueCalls: calls - before.calls,
        postgresMicroseconds: (await serverCpu(pool)) - before.cpu,
        walBytes: (await wal()) - before.wal,
      };
    };

    // Aurora's storage needs no page images after a checkpoint, so they would only blur what the log holds.
    await pool.query('ALTER SYSTEM SET full_page_writes = off');
    await pool.query('SELECT pg_reload_conf()');
    const tenants = await provisionTenants(pool, TENANTS);
    const streams = tenants.map((_, index) => createEventStream(index, Date.now));
    const requests = (count: number, batch: number) =>
      Array.from({ length: count }, (_, turn) => {
        const tenant = tenants[turn % TENANTS];
        const next = streams[turn % TENANTS];
        if (tenant === undefined || next === undefined) throw new Error('There is no such tenant.');
        return gatewayEvent(
          'POST /api/v1/track/batch',
          credentials(tenant.tokens.secret, tenant.id),
          Array.from({ length: batch }, next),
        );
      });

    const handlersOf = {
      ingest: await start('ingest'),
      staging: await start('staging'),
      business: await start('business'),
    };
    /** Everything that lies in a consumer's queue, a record each. */
    const drain = (consumer: FunctionName) => drainQueue(client, queueOf(template, queues, consumer));
    const inSetsOf = (records: readonly unknown[], size: number) =>
      Array.from({ length: Math.ceil(records.length / size) }, (_, index) => ({
        Records: records.slice(index * size, (index + 1) * size),
      }));

    const costs: Cost[] = [];
    for (const { batch, messages, requests: count, isWarmUp } of rounds) {
      const events = count * batch;
      const landed = await measure(
        `ingest, ${batch} events`,
        handlersOf.ingest,
        requests(count, batch),
        events,
      );
      const rung = inSetsOf(await drain('staging'), messages);
      const staged = await measure(
        `staging, ${events / rung.length} events`,
        handlersOf.staging,
        rung,
        events,
      );
      const announced = await drain('business');
      const sets = inSetsOf(announced, Math.ceil(announced.length / rung.length));
      const loaded = await measure(
        `business, ${events / sets.length} events`,
        handlersOf.business,
        sets,
        events,
      );
      if (!isWarmUp) costs.push(landed, staged, loaded);
    }
    process.stdout.write(
      `${TENANTS} tenants, one invocation at a time; of each invocation, and of each event.\n${costs.map(line).join('\n')}\n`,
    );
  } finally {
    for (const handler of handlers) handler.stop();
    client.destroy();
    await server.close();
    await pool.end();
    await stack.stop();
  }
}

function queueOf(template: TemplateModel, queues: readonly QueueAddress[], consumer: FunctionName): string {
  const functionId = template.functions.find(({ name }) => name === consumer)?.logicalId;
  const mapping = template.eventSourceMappings.find((each) => each.functionId === functionId);
  const queue = queues.find(({ logicalId }) => logicalId === mapping?.queueId);
  if (queue === undefined) throw new Error(`${consumer} has no queue.`);
  return queue.url;
}

async function drainQueue(client: SQSClient, url: string): Promise<unknown[]> {
  const records: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: RECEIVED_AT_MOST,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return records;
    records.push(
      ...Messages.map(({ MessageId, Body, Attributes }: Message) => ({
        messageId: MessageId,
        body: Body,
        attributes: Attributes,
      })),
    );
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }
}
