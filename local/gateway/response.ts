import * as z from 'zod';
import type { Outcome } from '../function-host.ts';

export interface HttpResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | string;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const structured = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** An answer of the gateway itself, in API Gateway's words. */
export function gatewayAnswer(status: number, message: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

/** The HTTP response that API Gateway makes of an invocation, payload format 2.0. */
export function httpResponse(outcome: Outcome): HttpResponse {
  if (outcome.kind === 'timed out' || outcome.kind === 'throttled')
    return gatewayAnswer(503, 'Service Unavailable');
  if (outcome.kind === 'failed') return gatewayAnswer(500, 'Internal Server Error');
  const { value } = outcome;
  const hasStatus = z.object({ statusCode: z.unknown() }).safeParse(value);
  if (!hasStatus.success || hasStatus.data.statusCode === undefined) {
    // A function may answer with its bare result.
    const body = typeof value === 'string' ? value : JSON.stringify(value ?? null);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const response = structured.safeParse(value);
  if (!response.success) return gatewayAnswer(500, 'Internal Server Error');
  const { statusCode, headers, cookies, body, isBase64Encoded } = response.data;
  return {
    status: statusCode,
    headers: {
      'content-type': 'text/plain;charset=utf-8',
      ...Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name.toLowerCase(), text])),
      ...(cookies && cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}
