import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { healthOperations } from '../../../lambdas/api/health-operations.ts';
import { pipelineOperations } from '../../../lambdas/api/pipeline-operations.ts';
import { trackOperations } from '../../../lambdas/api/track-operations.ts';

const sent = z.object({ event_id: z.string(), event_type: z.string() });

/** One answer, and what it is made of: the body of a description's example, changed by a fault. */
export interface Fault {
  readonly status?: number;
  /** Changes to the body, deep. */
  readonly body?: unknown;
  /** Takes the place of the whole body. */
  readonly text?: string;
}

/** An endpoint that answers as the API describes, apart from one route. */
export interface DescribedEndpoint {
  readonly url: string;
  /** What it was sent: events and user agents. */
  readonly events: { readonly event_type: string; readonly userAgent: string | undefined }[];
  /** The fault of a route, such as `GET /health`; `id` stands for the event's id in its body. */
  faults: Readonly<Record<string, Fault>>;
  /** Events of others that are newer than those it was sent. */
  others: number;
  close(): Promise<void>;
}

const described = { ...healthOperations, ...trackOperations, ...pipelineOperations };

/** The example that the description gives of a route's success. */
function exampleOf(routeKey: string): { status: number; body: unknown } | undefined {
  const operation = Object.entries(described).find(([key]) => key === routeKey)?.[1];
  if (operation === undefined) return undefined;
  const [status, answer] = Object.entries(operation.answers)[0] ?? [];
  return { status: Number(status), body: answer?.content['application/json'].example };
}

export async function startDescribedEndpoint(): Promise<DescribedEndpoint> {
  const events: { event_type: string; userAgent: string | undefined }[] = [];
  const ids: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const path = pathname.replace(/^(\/api\/v1\/events\/)[^/]+/, '$1{id}');
    const routeKey = `${request.method} ${path}`;
    const example = exampleOf(routeKey);
    if (example === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"not_found"}');
      return;
    }
    let id = pathname.split('/')[4] ?? '';
    if (text !== '' && path.includes('/track')) {
      const event = sent.parse(JSON.parse(text));
      id = event.event_id;
      ids.push(id);
      events.push({ event_type: event.event_type, userAgent: request.headers['user-agent'] });
    }
    const fault = endpoint.faults[routeKey] ?? {};
    const told = { status: statusOf(ids), dashboard: pageOf(newest(), searchParams) };
    const known = path.endsWith('/status') ? told.status : path.endsWith('/dashboard') ? told.dashboard : {};
    const body = merge(merge(example.body, known), fault.body);
    const named = JSON.stringify(body).replaceAll(EXAMPLE_ID, id);
    response
      .writeHead(fault.status ?? example.status, { 'content-type': 'application/json' })
      .end(fault.text ?? named);
  });
  const newest = () => [
    ...Array.from({ length: endpoint.others }, (_, n) => `other-${n}`),
    ...ids.toReversed(),
  ];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: DescribedEndpoint = {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    events,
    faults: {},
    others: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return endpoint;
}

/** What was there before, and what came since. */
const statusOf = (ids: readonly string[]) => ({
  stages: { raw: { events: 100 + ids.length }, vault: { events: 100 + ids.length } },
});

/** One page of events, whose cursor is how many came before. */
function pageOf(newest: readonly string[], asked: URLSearchParams) {
  const begin = Number(asked.get('cursor') ?? 0);
  const end = begin + Number(asked.get('limit') ?? 20);
  return {
    data: {
      summary: { total_events: newest.length, processed_to_business: newest.length },
      events: newest.slice(begin, end).map((event_id) => ({ event_id })),
      next_cursor: end < newest.length ? String(end) : null,
    },
  };
}

/** The event that all examples are about. */
const EXAMPLE_ID = '0190a0b0-c0d0-7000-8000-00000000f001';

const record = z.record(z.string(), z.unknown());

function merge(whole: unknown, change: unknown): unknown {
  if (change === undefined) return whole;
  const [parts, changes] = [record.safeParse(whole), record.safeParse(change)];
  if (!parts.success || !changes.success) return change;
  const merged = { ...parts.data };
  for (const [key, value] of Object.entries(changes.data)) merged[key] = merge(parts.data[key], value);
  return merged;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The endpoint listens on no port.');
  return address.port;
}
