import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { jsonOf, refusal } from '../answer.ts';
import { type ApiClient, createApiClient } from '../api/client.ts';
import type { Connection } from '../connection.ts';
import { CommandFailure, failureText, printable } from '../failure.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 250;

/** By this name the events can be told from those of visitors. */
const EVENT_TYPE = 'doctor_check';
/** What calls itself a bot is left out of reports about people. */
const USER_AGENT = 'onevault-doctor (bot)';

const count = z.int().min(0);
const health = z.object({ status: z.literal('ok') });
const databaseHealth = z.object({
  status: z.enum(['ok', 'failing']),
  migrations: z.object({ applied: count, expected: count }).nullable(),
  missing: z.array(z.string()),
});
const tracked = z.object({
  success: z.literal(true),
  event_id: z.string(),
  processing: z.enum(['automatic', 'background']),
  pipeline: z.object({ staged: z.boolean(), loaded: z.boolean(), code: z.string().optional() }).optional(),
});
const status = z.object({
  tenant_id: z.string(),
  stages: z.object({ raw: z.object({ events: count }), vault: z.object({ events: count }) }),
  queues: z.array(z.object({ name: z.string() })),
  recent: z.array(z.object({ event_id: z.string() })).max(10),
});
export type Status = z.infer<typeof status>;
const dashboard = z.object({
  data: z.object({
    // The first page has them.
    summary: z.object({ total_events: count, processed_to_business: count }).optional(),
    completion_rates: z.object({ staging: z.number(), business: z.number() }).optional(),
    events: z.array(z.object({ event_id: z.string() })),
    next_cursor: z.string().nullable(),
  }),
});
const processed = z.object({
  success: z.literal(true),
  processed: z.object({ staged: count, loaded: count, quarantined: count }),
  remaining: z.object({ requests: count, events: count }),
});
const lineage = z.object({
  data: z.object({
    event_id: z.string(),
    stage: z.string(),
    quarantine: z.object({ code: z.string() }).nullable(),
    vault: z.object({ site_event_hk: z.string() }).nullable(),
  }),
});

const problem = z.object({ code: z.string() });

/** An answer of the typed client, with its body as text. */
interface Answered {
  readonly data?: string | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/** The calls the doctor makes. Each throws CommandFailure that says what is wrong and what to do. */
export class Endpoint {
  readonly #connection: Connection;
  readonly #client: ApiClient;
  readonly #waitMs: number;
  readonly #accepted = new Set<string>();
  readonly #loaded = new Set<string>();

  /** @param waitMs how long an event may take into the vault */
  constructor(connection: Connection, waitMs: number) {
    this.#connection = connection;
    this.#client = createApiClient(connection);
    this.#waitMs = waitMs;
  }

  /** The ids of the events that it has taken from the doctor. */
  get accepted(): ReadonlySet<string> {
    return this.#accepted;
  }

  /** The ids of those that have been seen in the vault. */
  get loaded(): ReadonlySet<string> {
    return this.#loaded;
  }

  readHealth() {
    return this.#ask(health, 200, this.#client.GET('/health', settings()));
  }

  /** What is missing comes with status 503. */
  readDatabaseHealth() {
    return this.#ask(databaseHealth, [200, 503], this.#client.GET('/health/db', settings()));
  }

  /** Sends a new event, to be processed in the call. */
  track() {
    return this.#send((event) => this.#ask(tracked, 200, this.#client.POST('/api/v1/track', event)));
  }

  /** Sends a new event, to be processed in the background. */
  trackAsync() {
    return this.#send((event) => this.#ask(tracked, 202, this.#client.POST('/api/v1/track/async', event)));
  }

  async readStatus() {
    const answer = await this.#ask(status, 200, this.#client.GET('/api/v1/track/status', settings()));
    if (answer.tenant_id === this.#connection.tenant) return answer;
    throw new CommandFailure(
      `It answered for tenant "${printable(answer.tenant_id)}", not "${printable(this.#connection.tenant)}". Report this: tenants must never mix.`,
    );
  }

  /** @param cursor where the page before says to go on, or empty. */
  readDashboard(limit: number, cursor: string) {
    const question = { ...settings(), params: { query: { limit, ...(cursor !== '' && { cursor }) } } };
    return this.#ask(dashboard, 200, this.#client.GET('/api/v1/track/dashboard', question));
  }

  process() {
    return this.#ask(processed, 200, this.#client.POST('/api/v1/track/process', settings()));
  }

  /** Follows an event until it is in the vault. */
  async untilLoaded(eventId: string): Promise<void> {
    const deadline = performance.now() + this.#waitMs;
    for (;;) {
      const question = { ...settings(), params: { path: { id: eventId } } };
      const { data } = await this.#ask(
        lineage,
        200,
        this.#client.GET('/api/v1/events/{id}/lineage', question),
      );
      if (data.event_id !== eventId) {
        throw new CommandFailure(`The lineage of ${eventId} is that of ${printable(data.event_id)}.`);
      }
      if (data.vault !== null) {
        this.#loaded.add(eventId);
        return;
      }
      if (data.quarantine !== null) throw quarantined(data.quarantine.code);
      if (performance.now() >= deadline) {
        throw new CommandFailure(
          `The event ${eventId} is stored and not in the vault after ${this.#waitMs / 1_000} s (${printable(data.stage)}). Look at the dead-letter queues and the logs of staging and business; \`onevault status\` shows where events wait.`,
        );
      }
      await sleep(POLL_INTERVAL_MS);
    }
  }

  async #send(send: (event: ReturnType<typeof eventOf>) => Promise<z.infer<typeof tracked>>) {
    const eventId = randomUUID();
    const answer = await send(eventOf(eventId));
    if (answer.event_id === eventId) {
      this.#accepted.add(eventId);
      return answer;
    }
    throw new CommandFailure(`The event ${eventId} was answered as ${printable(answer.event_id)}.`);
  }

  async #ask<Shape extends z.ZodType>(
    shape: Shape,
    expected: number | readonly number[],
    asked: Promise<Answered>,
  ): Promise<z.infer<Shape>> {
    const { data, error, response } = await asked.catch((failure: unknown) => {
      const cause = failure instanceof Error && failure.cause !== undefined ? failure.cause : failure;
      throw new CommandFailure(
        `${this.#connection.apiUrl} cannot be reached (${failureText(cause)}). Check --api-url, or start the local stack with \`npm start\`.`,
      );
    });
    const body = data === undefined ? error : jsonOf(data);
    if ([expected].flat().includes(response.status)) {
      const answer = shape.safeParse(body);
      if (answer.success) return answer.data;
      const fault = answer.error.issues[0];
      const where = fault === undefined || fault.path.length === 0 ? 'body' : fault.path.join('.');
      throw new CommandFailure(
        `The answer is not what the API describes (${printable(where)}). Check that --api-url is a OneVault endpoint of this release.`,
      );
    }
    throw this.#refused(response, body);
  }

  #refused(response: Response, body: unknown): CommandFailure {
    const { status: answered } = response;
    const code = problem.safeParse(body).data?.code;
    if (code === 'tracking_disabled') {
      const tenant = printable(this.#connection.tenant);
      return new CommandFailure(
        `Tracking is off for this tenant. Switch it on: onevault tenant set ${tenant} --enabled true`,
      );
    }
    if (answered === 429) {
      return new CommandFailure('The token has used up its rate. Run doctor again in a minute.');
    }
    if (answered >= 500) {
      return new CommandFailure(
        `It answered ${answered}${code === undefined ? '' : ` (${printable(code)})`}. Look at the logs of the function, and whether it reaches the database.`,
      );
    }
    return refusal(this.#connection, 'admin', response, body);
  }
}

const settings = () => ({
  parseAs: 'text' as const,
  signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  headers: { 'User-Agent': USER_AGENT },
});

const eventOf = (eventId: string) => ({
  ...settings(),
  body: { event_id: eventId, event_type: EVENT_TYPE, session_id: `doctor-${eventId}`, visitor_id: 'doctor' },
});

/** An event of the doctor's own is valid, so quarantine means that the pipeline is wrong. */
export const quarantined = (code: string): CommandFailure =>
  new CommandFailure(
    `The event went into quarantine (${printable(code)}), though it is valid. Check that all functions are of one release.`,
  );
