import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod';
import { errorKind, type Logger } from './log.ts';
import { Problem, unavailable } from './problem.ts';

/** What of API Gateway's payload 2.0 the handlers use. */
const httpRequest = z.object({
  routeKey: z.string(),
  headers: z.record(z.string(), z.string().optional()).default({}),
  queryStringParameters: z.record(z.string(), z.string().optional()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({
    requestId: z.string().default(''),
    http: z.object({ sourceIp: z.string() }),
  }),
});
export type HttpRequest = z.infer<typeof httpRequest>;

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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

function problemAnswer({ status, code, message, pointer, headers, members }: Problem): HttpAnswer {
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

/** Turns a {@link Problem} into its answer and anything else into 503, and leaves one log line per request. */
export function problemAnswers(logger: Logger): MiddlewareObj<unknown, HttpAnswer> {
  return {
    onError: (request) => {
      const problem = request.error instanceof Problem ? request.error : unavailable();
      if (problem.status >= 500) {
        logger.error('request failed', { code: problem.code, cause: errorKind(request.error) });
      } else {
        logger.info('request refused', { code: problem.code, status: problem.status });
      }
      request.response = problemAnswer(problem);
    },
  };
}
