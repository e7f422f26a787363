import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../local/function-host.ts';
import type { proxyEvent } from '../../../local/gateway/event.ts';
import { createGateway } from '../../../local/gateway/server.ts';
import { listen } from '../../../local/listen.ts';
import { apiModel } from '../../../local/template.ts';

type ProxyEvent = ReturnType<typeof proxyEvent>;

const route = (key: string) => ({ key, functionId: 'f', timeoutMs: 30_000 });
const routes = ['POST /track', 'GET /items/{id}', 'GET /items/latest', 'ANY /files/{path+}'].map(route);
const megabyte = 1024 * 1024;
const servers: { close(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A gateway before a function that ends as told; the events it got are collected. */
async function gateway(
  settings: object = {},
  outcome: Outcome = { kind: 'answered', value: { statusCode: 204 } },
) {
  const events: ProxyEvent[] = [];
  const api = apiModel.parse({ stage: '$default', routes, ...settings });
  const server = createGateway(api, async (_, json) => {
    events.push(JSON.parse(json));
    return outcome;
  });
  servers.push({ close: () => server.close().closeAllConnections() });
  const port = await listen(server, 0);
  return { url: `http://127.0.0.1:${port}`, port, events };
}

describe('the event of a request', () => {
  it('has the shape of payload format 2.0', async () => {
    const { url, events, port } = await gateway();
    await fetch(`${url}/items/a%20b?x=1&x=2&y=%C3%A9`, {
      headers: { 'User-Agent': 'Test/1', Cookie: 'a=1; b=2' },
    });
    expect(events[0]).toMatchObject({
      version: '2.0',
      routeKey: 'GET /items/{id}',
      rawPath: '/items/a b',
      rawQueryString: 'x=1&x=2&y=%C3%A9',
      queryStringParameters: { x: '1,2', y: 'é' },
      pathParameters: { id: 'a b' },
      cookies: ['a=1', 'b=2'],
      headers: { 'user-agent': 'Test/1', host: `127.0.0.1:${port}`, 'x-forwarded-for': '127.0.0.1' },
      requestContext: {
        http: { method: 'GET', sourceIp: '127.0.0.1', userAgent: 'Test/1', protocol: 'HTTP/1.1' },
        routeKey: 'GET /items/{id}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
    expect(events[0]).not.toHaveProperty('body');
  });

  it('joins repeated headers with commas under a lower-case name', async () => {
    const { port, events } = await gateway();
    await new Promise((resolve, reject) => {
      const headers = ['Host', 'x', 'X-Twice', 'one', 'x-twice', 'two'];
      request({ port, path: '/items/1', headers }, resolve).on('error', reject).end();
    });
    expect(events[0]?.headers['x-twice']).toBe('one,two');
  });

  const compressed = Buffer.from('ASCII by chance');
  const notUtf8 = Buffer.from([0x7b, 0xff, 0x7d]);
  it.for<[string, Record<string, string>, Buffer, boolean]>([
    ['JSON is text', { 'content-type': 'application/json; charset=utf-8' }, Buffer.from('{"a":"é"}'), false],
    ['problem+json is text', { 'content-type': 'application/problem+json' }, Buffer.from('{}'), false],
    ['plain text is text', { 'content-type': 'text/plain' }, Buffer.from('x'), false],
    ['a form is base64', { 'content-type': 'application/x-www-form-urlencoded' }, Buffer.from('a=1'), true],
    ['no type is base64', { 'content-type': '' }, Buffer.from('x'), true],
    [
      'compressed JSON is base64',
      { 'content-type': 'application/json', 'content-encoding': 'br' },
      compressed,
      true,
    ],
    ['JSON that is not UTF-8 is base64', { 'content-type': 'application/json' }, notUtf8, true],
  ])('%s, byte for byte', async ([, headers, body, isBase64Encoded]) => {
    const { url, events } = await gateway();
    await fetch(`${url}/track`, { method: 'POST', headers, body: new Uint8Array(body) });
    expect(events[0]?.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(events[0]?.body ?? '', isBase64Encoded ? 'base64' : 'utf8')).toEqual(body);
  });
});

describe('the gateway', () => {
  it.for<[string, string, string]>([
    ['GET', '/items/latest', 'GET /items/latest'],
    ['GET', '/items/7', 'GET /items/{id}'],
    ['PUT', '/files/a/b', 'ANY /files/{path+}'],
  ])('%s %s falls on %s', async ([method, path, key]) => {
    const { url, events } = await gateway();
    expect((await fetch(url + path, { method })).status).toBe(204);
    expect(events[0]?.routeKey).toBe(key);
  });

  it.for<[string, string]>([
    ['GET', '/track'],
    ['GET', '/items/'],
    ['POST', '/track/'],
    ['GET', '/items/%zz'],
  ])('answers %s %s, which no route takes, with 404', async ([method, path]) => {
    const { url, events } = await gateway();
    const response = await fetch(url + path, { method });
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
    expect(events).toEqual([]);
  });

  it('throttles by the stage, and by a route that has its own limit', async () => {
    const own = { ...route('GET /items/{id}'), throttle: { rate: 0.001, burst: 1 } };
    const { url } = await gateway({ routes: [own, ...routes], throttle: { rate: 0.001, burst: 2 } });
    const statuses: number[] = [];
    for (const path of ['/items/1', '/items/2', '/files/1', '/files/2', '/files/3']) {
      statuses.push((await fetch(url + path)).status);
    }
    expect(statuses).toEqual([204, 429, 204, 204, 429]);
    expect(await (await fetch(`${url}/files/4`)).json()).toEqual({ message: 'Too Many Requests' });
  });

  it('refuses a body that Lambda would not take as one event with 413', async () => {
    const { url, events } = await gateway();
    const response = await fetch(`${url}/track`, { method: 'POST', body: 'x'.repeat(6 * megabyte) });
    expect(response.status).toBe(413);
    expect(events).toEqual([]);
  });

  it('answers a body past 10 MB with 413 without waiting for its end', async () => {
    const { port, events } = await gateway();
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-length': 1_000 * megabyte };
      const sending = request({ port, method: 'POST', path: '/track', headers });
      sending.on('response', ({ statusCode }) => {
        resolve(statusCode);
        sending.destroy();
      });
      sending.on('error', reject);
      sending.write(Buffer.alloc(10 * megabyte + 1));
    });
    expect(status).toBe(413);
    expect(events).toEqual([]);
  });

  it.for<[Outcome, number]>([
    [{ kind: 'timed out' }, 503],
    [{ kind: 'throttled' }, 503],
    [{ kind: 'failed', message: 'SELECT secret' }, 500],
    [{ kind: 'answered', value: { statusCode: 'nonsense' } }, 500],
  ])('answers for a function that ended as %j without telling why', async ([outcome, status]) => {
    const { url } = await gateway({}, outcome);
    const response = await fetch(`${url}/items/1`);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(/^\{"message":"(Service Unavailable|Internal Server Error)"\}$/);
  });

  it('passes on status, headers, cookies and a binary body', async () => {
    const value = {
      statusCode: 201,
      headers: { 'X-Number': 7, 'Content-Type': 'image/gif' },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from([1, 255]).toString('base64'),
      isBase64Encoded: true,
    };
    const { url } = await gateway({}, { kind: 'answered', value });
    const response = await fetch(`${url}/items/1`);
    expect(response.status).toBe(201);
    expect(response.headers.get('x-number')).toBe('7');
    expect(response.headers.get('content-type')).toBe('image/gif');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([1, 255]));
  });
});
