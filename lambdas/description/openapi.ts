import * as z from 'zod';
import type { Operation } from '../api/operation.ts';
import { problems } from '../api/problems.ts';
import { limits } from '../event/limits.ts';
import { parametersOf } from './openapi-parameters.ts';
import { ProblemResponses, responsesOf, sharedHeaders } from './openapi-responses.ts';
import { type JsonSchema, SchemaCollection } from './openapi-schemas.ts';

/** The document's own version: paths and shapes, not the release that serves them. */
const VERSION = '1.0.0';

const tags: Readonly<Record<Operation['tag'], string>> = {
  tracking: 'Store what happened.',
  pipeline: 'See where events are between the request and the vault, and hurry them.',
  analytics: 'Ask what happened. Every answer is JSON, or CSV for `Accept: text/csv`.',
  visitors: 'What visitors have a right to: to get what is known of them, and to have it erased.',
  health: 'Whether the service works.',
  description: 'This description.',
};

const description = `Stores events of browsers and servers, loads them into a Data Vault and answers questions about them.

**Who calls.** \`Authorization: Bearer <token>\` and \`X-Customer-ID: <tenant>\` on every call that needs a token; the tenant is
percent-encoded where it is not ASCII. The token decides tenant and site. A wrong token, an unknown tenant and a token of another
tenant are answered alike.

**Errors** are \`application/problem+json\` with a stable \`code\`, a \`detail\` that says what to change and a \`pointer\` to the field.
In front of the service, API Gateway may itself answer 404, 413, 429, 500 or 503 with \`{"message": …}\`.

**Limits.** ${limits.bodyBytes.toLocaleString('en')} bytes a body after decompression, ${limits.eventsPerRequest.toLocaleString('en')} events a request, ${limits.jsonDepth} levels and
${limits.objectKeys} keys an event, ${limits.itemsPerEvent} items an event.

**Rate limits** hold for each token in windows of ten seconds; an event that is stored counts one, a question counts one.
\`RateLimit-Policy\` and \`RateLimit\` on every answer to a token say what is left. Beyond it the answer is 429 with \`Retry-After\`.

**Browsers** may call from the origins of the token or, where it names none, of its site. Only those are echoed in
\`Access-Control-Allow-Origin\`.`;

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'ovt_<kind>_<30 letters><6 letters of checksum>',
    description: 'A token of the tenant; roles are the scopes that a token may have.',
  },
  tenant: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Customer-ID',
    description: 'The tenant whose token it is.',
  },
};

const problem = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(Object.keys(problems)).meta({ description: 'What is wrong. Codes are never renamed.' }),
    detail: z.string().meta({ description: 'What to change, in a sentence.' }),
    pointer: z.string().optional().meta({ description: 'JSON pointer (RFC 6901) to what is wrong.' }),
  })
  .meta({ id: 'Problem', description: 'An answer that refuses a request (RFC 9457).' });

function requestBodyOf(
  { schema, mediaTypes, examples }: NonNullable<Operation['body']>,
  schemas: SchemaCollection,
) {
  const json = schemas.take(schema, 'input');
  const asIs = Object.fromEntries(
    Object.entries(examples).map(([name, value]) => [exampleName(name), { summary: name, value }]),
  );
  const asText = Object.fromEntries(
    Object.entries(asIs).map(([key, { summary, value }]) => [key, { summary, value: JSON.stringify(value) }]),
  );
  const content = mediaTypes.map((type): [string, JsonSchema] => [
    type,
    type === 'application/json'
      ? { schema: json, examples: asIs }
      : {
          schema: { type: 'string', contentMediaType: 'application/json', contentSchema: json },
          examples: asText,
        },
  ]);
  return { required: true, content: Object.fromEntries(content) };
}

/** OpenAPI allows few characters in the name of an example. */
const exampleName = (title: string): string => title.replaceAll(/[^A-Za-z0-9]+/g, '-');

function describe(operation: Operation, schemas: SchemaCollection, refusals: ProblemResponses) {
  const { operationId, summary, tag, scope, path, query, body } = operation;
  const parameters = [...parametersOf('path', path, schemas), ...parametersOf('query', query, schemas)];
  return {
    operationId,
    summary,
    description: operation.description,
    tags: [tag],
    security: scope === null ? [] : [{ token: [scope], tenant: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: requestBodyOf(body, schemas) }),
    responses: responsesOf(operation, schemas, refusals),
  };
}

/**
 * The OpenAPI 3.1 description of the API, made of the schemas that its handlers validate with.
 * @param operations by route key, such as `GET /health`.
 * @throws Error when two schemas have one name, or a schema says something that JSON Schema cannot.
 */
export function describeApi(operations: Readonly<Record<string, Operation>>) {
  const schemas = new SchemaCollection();
  const refusals = new ProblemResponses();
  schemas.take(problem, 'output');
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [routeKey, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = routeKey.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, schemas, refusals) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'OneVault Site Tracking',
      version: VERSION,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this description comes from.' }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      securitySchemes,
      headers: sharedHeaders,
      responses: refusals.named(),
      schemas: schemas.named(),
    },
  };
}

export type ApiDescription = ReturnType<typeof describeApi>;
