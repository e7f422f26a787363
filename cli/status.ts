import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { jsonOf, refusal } from './answer.ts';
import { createApiClient } from './api/client.ts';
import { HELP_OPTION, readArguments, wholeNumber } from './arguments.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Connection, connect } from './connection.ts';
import { CommandFailure, EXIT, failureText, printable } from './failure.ts';
import { columnTable, figure } from './table.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 500;
const DEFAULT_WAIT_SECONDS = 60;
const MAX_WAIT_SECONDS = 86_400;

const count = z.int().min(0);
const age = z.number().min(0).nullish();
const pipelineStatus = z.object({
  tenant_id: z.string(),
  generated_at: z.string(),
  stages: z.object({
    raw: z.object({ events: count }),
    pending: z.object({ events: count, requests: count, oldest_seconds: age }),
    staged: z.object({ events: count, oldest_seconds: age }),
    vault: z.object({ events: count }),
    quarantined: z.object({ events: count }),
  }),
  queues: z.array(z.object({ name: z.string(), visible: count, in_flight: count })),
  recent: z.array(
    z.object({
      event_id: z.string(),
      event_type: z.string().nullable(),
      received_at: z.string(),
      stage: z.string(),
    }),
  ),
});
type PipelineStatus = z.output<typeof pipelineStatus>;

const HELP = `Usage: onevault status [options]

Shows how many events are in each stage of the pipeline, what waits in the queues, and the newest events.
Needs a read or admin token.

  --wait [SECONDS]   wait until nothing is pending or in flight (default ${DEFAULT_WAIT_SECONDS} s)
  --json             print the endpoint's answer as JSON

${CONNECTION_HELP}

Exit status: ${EXIT.ok} shown, ${EXIT.failed} stopped by an error, ${EXIT.stillPending} still pending when the wait ended.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...CONNECTION_OPTIONS,
  wait: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** `onevault status`: returns the exit status. */
export async function statusCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('status', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  // parseArgs knows no optional values: the number after --wait arrives as a positional.
  const [seconds, ...more] = positionals;
  if (more.length > 0 || (seconds !== undefined && !values.wait)) {
    throw new CommandFailure(
      `status takes no "${printable(more[0] ?? seconds ?? '')}". See: onevault status --help`,
    );
  }
  const waitMs = values.wait
    ? 1000 * wholeNumber('wait', seconds, DEFAULT_WAIT_SECONDS, 0, MAX_WAIT_SECONDS)
    : 0;
  const connection = await connect(values, 'read');
  const deadline = performance.now() + waitMs;
  let status = await statusBy(deadline, connection);
  while (!isSettled(status) && performance.now() < deadline) {
    await sleep(POLL_INTERVAL_MS);
    status = await statusBy(deadline, connection);
  }
  process.stdout.write(values.json ? `${JSON.stringify(status)}\n` : statusTables(status));
  return values.wait && !isSettled(status) ? EXIT.stillPending : EXIT.ok;
}

/** The endpoint does not answer now but may in a moment, which a wait sits out. */
class Unavailable extends CommandFailure {}

/** Asks until there is an answer, or the last failure once the deadline has passed. */
async function statusBy(deadline: number, connection: Connection): Promise<PipelineStatus> {
  for (;;) {
    try {
      return await readStatus(connection);
    } catch (error) {
      if (!(error instanceof Unavailable) || performance.now() >= deadline) throw error;
      await sleep(POLL_INTERVAL_MS);
    }
  }
}

async function readStatus(connection: Connection): Promise<PipelineStatus> {
  const { data, error, response } = await createApiClient(connection)
    .GET('/api/v1/track/status', { parseAs: 'text', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    .catch((failure: unknown) => {
      const cause = failure instanceof Error && failure.cause !== undefined ? failure.cause : failure;
      throw new Unavailable(
        `${connection.apiUrl} cannot be reached (${failureText(cause)}). Check --api-url, or start the local stack with \`npm start\`.`,
      );
    });
  if (response.status >= 500 || response.status === 429) {
    throw new Unavailable(`${connection.apiUrl} answered ${response.status}. Try again in a moment.`);
  }
  const parsed = pipelineStatus.safeParse(jsonOf(data ?? ''));
  if (parsed.success) return parsed.data;
  throw refusal(connection, 'read', response, data ?? error);
}

function isSettled({ stages, queues }: PipelineStatus): boolean {
  // The dead-letter queues only ever grow by themselves: waiting for them would never end.
  const moving = queues.filter(({ name }) => !/dlq|dead.?letter/i.test(name));
  return (
    stages.pending.events === 0 &&
    stages.pending.requests === 0 &&
    stages.staged.events === 0 &&
    moving.every(({ visible, in_flight }) => visible === 0 && in_flight === 0)
  );
}

function statusTables({ tenant_id, generated_at, stages, queues, recent }: PipelineStatus): string {
  const oldest = (seconds: number | null | undefined) => (seconds == null ? '' : `${figure(seconds)} s`);
  const parts = [
    `${printable(tenant_id)} at ${printable(generated_at)}\n`,
    columnTable(
      ['stage', 'events', 'oldest'],
      [
        ['raw', stages.raw.events, ''],
        ['  pending', stages.pending.events, oldest(stages.pending.oldest_seconds)],
        ['  staged', stages.staged.events, oldest(stages.staged.oldest_seconds)],
        ['  vault', stages.vault.events, ''],
        ['  quarantined', stages.quarantined.events, ''],
      ],
    ),
  ];
  if (queues.length > 0) {
    const rows = queues.map(({ name, visible, in_flight }) => [printable(name), visible, in_flight]);
    parts.push(columnTable(['queue', 'visible', 'in flight'], rows));
  }
  if (recent.length > 0) {
    const rows = recent.map((event) =>
      [event.received_at, event.event_type ?? '', event.stage, event.event_id].map((text) =>
        printable(text, 60),
      ),
    );
    parts.push(columnTable(['received', 'type', 'stage', 'event'], rows));
  }
  return parts.join('\n');
}
