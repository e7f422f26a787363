import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { largestEventBytes, type Outcome } from '../function-host.ts';
import type { ApiModel, RouteModel } from '../template.ts';
import { proxyEvent } from './event.ts';
import { gatewayAnswer, type HttpResponse, httpResponse } from './response.ts';
import { compileRoutes } from './routes.ts';
import { Throttle } from './throttle.ts';

/** API Gateway's limit on a request's body. */
const largestBodyBytes = 10 * 1024 * 1024;
const tooLarge = gatewayAnswer(413, 'Request Entity Too Large');

export type InvokeRoute = (route: RouteModel, event: string) => Promise<Outcome>;

/** An HTTP server that does to requests what API Gateway's HTTP API does, by the template's routes and throttles. */
export function createGateway(api: ApiModel, invoke: InvokeRoute): Server {
  const findRoute = compileRoutes(api.routes);
  const stageThrottle = api.throttle && new Throttle(api.throttle);
  const routeThrottles = new Map(
    api.routes.flatMap(({ key, throttle }) =>
      throttle === undefined ? [] : [[key, new Throttle(throttle)]],
    ),
  );

  async function answer(message: IncomingMessage): Promise<HttpResponse> {
    const receivedAt = new Date();
    const url = requestUrl(message);
    const match = url && findRoute(message.method ?? 'GET', url.pathname);
    if (url === undefined || match === undefined) return gatewayAnswer(404, 'Not Found');
    const throttle = routeThrottles.get(match.route.key) ?? stageThrottle;
    if (throttle?.admit() === false) return gatewayAnswer(429, 'Too Many Requests');
    const body = await readBody(message);
    if (body === undefined) return tooLarge;
    const event = proxyEvent({
      message: {
        method: message.method,
        rawHeaders: message.rawHeaders,
        httpVersion: message.httpVersion,
        remoteAddress: message.socket.remoteAddress ?? '',
      },
      url,
      body,
      routeKey: match.route.key,
      stage: api.stage,
      pathParameters: match.pathParameters,
      receivedAt,
    });
    const json = JSON.stringify(event);
    if (Buffer.byteLength(json) > largestEventBytes) return tooLarge;
    const { headers, ...response } = httpResponse(await invoke(match.route, json));
    const id = event.requestContext.requestId;
    return { ...response, headers: { ...headers, 'apigw-requestid': id } };
  }

  return createServer((message, response) => {
    answer(message)
      .catch((error) => {
        console.error(error);
        return gatewayAnswer(500, 'Internal Server Error');
      })
      .then((result) => send(message, response, result));
  });
}

/** Undefined for a target that is no URL path, which reaches no route. */
function requestUrl(message: IncomingMessage): URL | undefined {
  try {
    const url = new URL(message.url ?? '/', `http://${message.headers.host ?? 'localhost'}`);
    decodeURI(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}

/** The whole body, or undefined when it is larger than API Gateway takes or the caller went away. */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of message) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > largestBodyBytes) return undefined;
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function send(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HttpResponse,
): void {
  // A body that was not read to its end cannot be followed by another request.
  if (!message.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
