import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';
import { jsonOf, refusal } from '../answer.ts';
import { type ApiClient, createApiClient } from '../api/client.ts';
import type { Connection } from '../connection.ts';
import { CommandFailure, printable } from '../failure.ts';
import type { Batch, RejectedLines } from './batch.ts';

const compress = promisify(gzip);

// API Gateway answers within 30 s; past twice that nobody will.
const REQUEST_TIMEOUT_MS = 60_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
const UNTRUSTED_CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

const verdicts = z.object({
  accepted: z.int().min(0),
  duplicates: z.int().min(0),
  results: z.array(
    z.object({
      index: z.int().min(0),
      status: z.enum(['accepted', 'duplicate', 'rejected']),
      code: z.string().optional(),
      pointer: z.string().optional(),
    }),
  ),
});
type Verdicts = z.output<typeof verdicts>;

type Attempt = { readonly verdicts: Verdicts } | { readonly retry: string; readonly afterMs: number };

/** Tells the user that sending pauses, and why. */
export type OnWait = (reason: string, ms: number) => void;

/** Sends batches to the tracking API until it has answered for every event. */
export class Sender {
  readonly #connection: Connection;
  readonly #client: ApiClient;
  readonly #giveUpAfterMs: number;
  readonly #stop: AbortSignal;
  readonly #rejectedLines: RejectedLines;
  readonly #onWait: OnWait;
  #lastSuccess = Number.NEGATIVE_INFINITY;
  /** Requests that were answered only after being sent again, so that their duplicates may be this import's own. */
  repeatedRequests = 0;

  constructor(options: {
    readonly connection: Connection;
    readonly giveUpAfterMs: number;
    /** Ends waiting between attempts; a request under way is still waited for. */
    readonly stop: AbortSignal;
    readonly rejectedLines: RejectedLines;
    readonly onWait: OnWait;
  }) {
    this.#connection = options.connection;
    this.#client = createApiClient(options.connection);
    this.#giveUpAfterMs = options.giveUpAfterMs;
    this.#stop = options.stop;
    this.#rejectedLines = options.rejectedLines;
    this.#onWait = options.onWait;
  }

  /**
   * Sends a batch and completes its ledger. Repeats what may pass (429, 5xx, network) with exponential back-off and
   * full jitter, never sooner than Retry-After; repeating is safe because every event carries its id.
   * @returns false when stopped before an answer came
   * @throws CommandFailure when the server refuses the request, or nothing got through for too long.
   */
  async send(batch: Batch): Promise<boolean> {
    const body = batch.body();
    const compressed = await compress(body);
    const started = performance.now();
    for (let attempt = 0; !this.#stop.aborted; attempt += 1) {
      const outcome = await this.#attempt(body, compressed);
      if ('verdicts' in outcome) {
        this.#lastSuccess = performance.now();
        if (attempt > 0 && outcome.verdicts.duplicates > 0) this.repeatedRequests += 1;
        this.#settle(batch, outcome.verdicts);
        return true;
      }
      // Input may have been slow to come: only the time since there was something to send counts.
      const waited = performance.now() - Math.max(started, this.#lastSuccess);
      if (waited >= this.#giveUpAfterMs) {
        throw new CommandFailure(
          `Gave up: ${this.#connection.apiUrl} took nothing for ${Math.round(waited / 1000)} s (${outcome.retry}). Check that it runs and can be reached.`,
        );
      }
      await this.#pause(outcome.retry, backoff(attempt, outcome.afterMs));
    }
    return false;
  }

  async #attempt(body: string, compressed: Buffer<ArrayBuffer>): Promise<Attempt> {
    const answered = await this.#client
      .POST('/api/v1/track/batch', {
        body,
        bodySerializer: () => compressed,
        headers: { 'Content-Encoding': 'gzip' },
        parseAs: 'text',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      })
      .catch((failure: unknown) => ({ retry: networkReason(failure, this.#connection.apiUrl), afterMs: 0 }));
    if ('retry' in answered) return answered;
    const { data, error, response } = answered;
    // A batch of which no event counts is a problem with verdicts.
    const answer = verdicts.safeParse(data === undefined ? error : jsonOf(data));
    if (answer.success && response.status < 500) return { verdicts: answer.data };
    if (response.status >= 500 || response.status === 429 || response.status === 408) {
      return {
        retry: `it answers ${response.status}`,
        afterMs: retryAfterMs(response.headers.get('retry-after')),
      };
    }
    throw refusal(this.#connection, 'secret', response, data ?? error);
  }

  #settle(batch: Batch, { accepted, duplicates, results }: Verdicts): void {
    const judged = new Set<number>();
    for (const { index, status, code, pointer } of results) {
      const type = batch.types[index];
      const line = batch.lineNumbers[index];
      if (type === undefined || line === undefined || judged.has(index)) {
        throw new CommandFailure(
          `${this.#connection.apiUrl} answered for event ${index} of a request of ${batch.size}. Check that --api-url is a OneVault endpoint of this release.`,
        );
      }
      judged.add(index);
      if (status === 'rejected') {
        const reason = printable(code ?? 'rejected');
        batch.ledger.reject(reason);
        this.#rejectedLines.note(line, pointer === undefined ? reason : `${reason} at ${printable(pointer)}`);
      } else batch.ledger.take(type);
    }
    batch.ledger.accepted += accepted;
    batch.ledger.duplicates += duplicates;
  }

  async #pause(reason: string, ms: number): Promise<void> {
    this.#onWait(reason, ms);
    try {
      await sleep(ms, undefined, { signal: this.#stop });
    } catch {
      // Stopped: the caller sees the signal.
    }
  }
}

/** Milliseconds to wait before the next attempt. */
export function backoff(attempt: number, afterMs: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 20));
  // Jitter comes on top of Retry-After: clients told the same second must not all return in it.
  return afterMs + random() * ceiling;
}

/** Reads Retry-After (seconds or a date) as milliseconds from now; 0 when absent or unreadable. */
export function retryAfterMs(header: string | null, now: number = Date.now()): number {
  if (header === null) return 0;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

const networkFailure = z.object({ cause: z.object({ code: z.string() }) });

function networkReason(error: unknown, apiUrl: string): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return `no answer in ${REQUEST_TIMEOUT_MS / 1000} s`;
  }
  const parsed = networkFailure.safeParse(error);
  if (!parsed.success) return 'the connection failed';
  const { code } = parsed.data.cause;
  if (UNTRUSTED_CERTIFICATE.test(code)) {
    throw new CommandFailure(
      `The certificate of ${apiUrl} is not trusted (${code}). Check --api-url, or name its authority in NODE_EXTRA_CA_CERTS.`,
    );
  }
  return code === 'ECONNREFUSED' ? 'it refuses connections' : `the connection failed: ${code}`;
}
