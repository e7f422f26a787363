import * as z from 'zod';
import type { Problem } from './problem.ts';

/** Unlike a record of zod's, this keeps a name such as `__proto__`: it must be refused like any other that nobody knows. */
const queryParameters = z
  .preprocess(
    (sent) => (typeof sent === 'object' && sent !== null ? Object.entries(sent) : sent),
    z.array(z.tuple([z.string(), z.string().optional()])),
  )
  .transform((pairs): Record<string, string | undefined> => Object.fromEntries(pairs));

/** What of API Gateway's payload 2.0 the handlers use. */
const httpRequest = z.object({
  routeKey: z.string(),
  headers: z.record(z.string(), z.string().optional()).default({}),
  pathParameters: z.record(z.string(), z.string().optional()).default({}),
  queryStringParameters: queryParameters.default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({
    requestId: z.string().default(''),
    http: z.object({ sourceIp: z.string() }),
  }),
});
export type HttpRequest = z.infer<typeof httpRequest>;

/** By name in lower case; what was sent twice is joined with commas. */
export type RequestHeaders = HttpRequest['headers'];

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the body is bytes, in base64. */
  readonly isBase64Encoded?: boolean;
}

/** @throws ZodError when the event is no HTTP API request: the function is wired to something else. */
export const readHttpRequest = (event: unknown): HttpRequest => httpRequest.parse(event);

export const requestBody = (request: HttpRequest): Buffer =>
  Buffer.from(request.body, request.isBase64Encoded ? 'base64' : 'utf8');

export function answer(statusCode: number, body: unknown): HttpAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** The answer to a request that is refused. */
export function problemAnswer({ status, code, message, pointer, headers, members }: Problem): HttpAnswer {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify({
      type: 'about:blank',
      title: code.replaceAll('_', ' '),
      status,
      code,
      detail: message,
      pointer,
      ...members,
    }),
  };
}
