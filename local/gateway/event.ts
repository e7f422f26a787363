import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What API Gateway hands over as text; every other body travels as base64. */
const textTypes = /^(text\/.*|application\/(json|javascript|xml|.+\+(json|xml)))$/i;

export interface ReceivedRequest {
  message: Pick<IncomingMessage, 'method' | 'rawHeaders' | 'httpVersion'> & { remoteAddress: string };
  url: URL;
  body: Buffer;
  routeKey: string;
  stage: string;
  pathParameters: Record<string, string>;
  receivedAt: Date;
}

/** The event that API Gateway's HTTP API makes of a request, payload format 2.0. */
export function proxyEvent(request: ReceivedRequest) {
  const { message, url, body, routeKey, pathParameters, receivedAt } = request;
  const { headers, cookies } = readHeaders(message.rawHeaders);
  const isText =
    headers['content-encoding'] === undefined && textTypes.test(mediaType(headers['content-type']));
  const isBase64Encoded = body.length > 0 && !(isText && isUtf8(body));
  headers['x-forwarded-for'] = [headers['x-forwarded-for'], message.remoteAddress].filter(Boolean).join(', ');
  headers['x-forwarded-proto'] = 'http';
  const method = message.method ?? 'GET';
  const rawPath = decodeURI(url.pathname);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: url.search.slice(1),
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(url.search.length > 1 && { queryStringParameters: joinRepeated(url.searchParams) }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: url.host,
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${message.httpVersion}`,
        sourceIp: message.remoteAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: request.stage,
      time: commonLogTime(receivedAt),
      timeEpoch: receivedAt.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

function mediaType(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim() ?? '';
}

/** Names in lower case, values of one name joined by commas, cookies apart. */
function readHeaders(rawHeaders: string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = Object.create(null);
  const cookies: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/;\s*/));
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

function joinRepeated(parameters: URLSearchParams): Record<string, string> {
  const names = new Set(parameters.keys());
  return Object.fromEntries([...names].map((name) => [name, parameters.getAll(name).join(',')]));
}

/** For example `21/Nov/2026:08:09:26 +0000`. */
function commonLogTime(instant: Date): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(instant.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
