import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

const sentEvent = z.looseObject({
  event_id: z.string(),
  event_type: z.string(),
  timestamp: z.string(),
  page_url: z.string(),
  page_referrer: z.string().optional(),
  client_ip: z.string().optional(),
  user_agent: z.string().optional(),
  event_data: z.looseObject({ status: z.number(), method: z.string().optional() }),
});
export type SentEvent = z.output<typeof sentEvent>;
const sentBody = z.object({ events: z.array(sentEvent) });

/** An answer given instead of taking a batch. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Store the batch all the same, as a server does that fails after its commit. */
  readonly afterStoring?: boolean;
}

/** A stand-in for the deployed tracking API, for what the command line client must do alone. */
export interface TrackingEndpoint {
  readonly url: string;
  /** Distinct events by id, in order of arrival. */
  readonly stored: Map<string, SentEvent>;
  readonly requests: {
    readonly headers: IncomingHttpHeaders;
    readonly events: number;
  }[];
  /** Answers to give instead, by request number from 0. */
  refuse: (request: number) => Refusal | undefined;
  /** Verdict code for events it does not want. */
  reject: (event: SentEvent) => string | undefined;
  /** Milliseconds a batch takes. */
  delayMs: number;
  /** Answer of the status route; none is a 503. */
  status: () => unknown;
  /** Wrong sums, as a faulty server would give. */
  acceptedError: number;
  close(): Promise<void>;
}

export async function startTrackingEndpoint(): Promise<TrackingEndpoint> {
  const stored: TrackingEndpoint['stored'] = new Map();
  const requests: TrackingEndpoint['requests'] = [];
  let taken = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    };
    if (request.method === 'GET' && request.url === '/api/v1/track/status') {
      requests.push({ headers: request.headers, events: 0 });
      const answer = endpoint.status();
      reply(answer === undefined ? 503 : 200, answer ?? { code: 'unavailable' });
      return;
    }
    if (request.method !== 'POST' || request.url !== '/api/v1/track/batch') {
      reply(404, { code: 'not_found' });
      return;
    }
    const { events } = sentBody.parse(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()));
    const refusal = endpoint.refuse(taken++);
    requests.push({ headers: request.headers, events: events.length });
    if (refusal === undefined || refusal.afterStoring) {
      if (endpoint.delayMs > 0) await sleep(endpoint.delayMs);
      const results = events.map((event, index) => {
        const code = endpoint.reject(event);
        if (code !== undefined)
          return { index, event_id: event.event_id, status: 'rejected', code, pointer: '/page_url' };
        const status = stored.has(event.event_id) ? 'duplicate' : 'accepted';
        if (status === 'accepted') stored.set(event.event_id, event);
        return { index, event_id: event.event_id, status };
      });
      const count = (wanted: string) => results.filter(({ status }) => status === wanted).length;
      const duplicates = count('duplicate');
      const accepted = count('accepted') + duplicates + endpoint.acceptedError;
      if (refusal === undefined) reply(202, { accepted, rejected: count('rejected'), duplicates, results });
    }
    if (refusal !== undefined) reply(refusal.status, refusal.body ?? { code: 'refused' }, refusal.headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: TrackingEndpoint = {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    stored,
    requests,
    refuse: () => undefined,
    reject: () => undefined,
    delayMs: 0,
    status: () => ({}),
    acceptedError: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return endpoint;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The endpoint listens on no port.');
  return address.port;
}
