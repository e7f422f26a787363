import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';

const reference = z.object({ $ref: z.string() });
const header = z.looseObject({ required: z.boolean().default(false), schema: z.unknown().optional() });
const mediaType = z.looseObject({
  schema: z.looseObject({ type: z.unknown().optional(), contentSchema: z.unknown().optional() }),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.looseObject({ value: z.unknown().optional() })).default({}),
});
const response = z.looseObject({
  headers: z.record(z.string(), z.union([reference, header])).default({}),
  content: z.record(z.string(), mediaType).default({}),
});
const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: z.looseObject({ type: z.unknown().optional() }),
  example: z.unknown().optional(),
});
const operation = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameter).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), mediaType) }).optional(),
  responses: z.record(z.string(), z.union([reference, response])),
});
const description = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({
    headers: z.record(z.string(), header),
    responses: z.record(z.string(), response),
  }),
});

export type Description = z.output<typeof description>;
type Operation = z.output<typeof operation>;
type Response = z.output<typeof response>;

/** An operation of the document and where it stands there. */
export interface DescribedCall {
  readonly routeKey: string;
  readonly method: string;
  readonly path: string;
  readonly pointer: string;
  readonly operation: Operation;
}

export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const token = (text: string): string => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
const mediaTypeOf = (headers: Headers): string => headers.get('content-type')?.split(';')[0]?.trim() ?? '';

/** Holds requests and answers against an OpenAPI document; each check lists what does not fit. */
export class Contract {
  readonly calls: readonly DescribedCall[];
  readonly #description: Description;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  /** Parameters and headers travel as text. */
  readonly #textAjv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  /** @throws ZodError when the document is not built as OpenAPI is. */
  constructor(document: unknown) {
    this.#description = description.parse(document);
    for (const ajv of [this.#ajv, this.#textAjv]) {
      formats.default(ajv);
      ajv.addSchema({ ...this.#description, $id: 'openapi' });
    }
    this.calls = Object.entries(this.#description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => ({
        routeKey: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        pointer: `#/paths/${token(path)}/${method}`,
        operation: described,
      })),
    );
  }

  /** @throws Error when the document does not know the call. */
  callOf(method: string, path: string): DescribedCall {
    const matches = this.calls
      .filter((call) => call.method === method && pathParameters(call.path, path) !== undefined)
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
    if (matches[0] === undefined) throw new Error(`The description has no ${method} ${path}.`);
    return matches[0];
  }

  /** The response that a call documents for a status, and where it stands. */
  responseOf({ pointer, operation: { responses } }: DescribedCall, status: number) {
    const found = responses[status];
    if (found === undefined) return undefined;
    const referred = reference.safeParse(found);
    if (!referred.success) return { at: `${pointer}/responses/${status}`, response: response.parse(found) };
    const name = referred.data.$ref.slice('#/components/responses/'.length);
    return { at: referred.data.$ref, response: response.parse(this.#description.components.responses[name]) };
  }

  checkRequest({ method, url, headers, body }: SentRequest): string[] {
    const call = this.callOf(method, url.pathname);
    return [
      ...this.#checkCaller(call, headers, body),
      ...this.#checkParameters(call, url),
      ...this.#checkRequestBody(call, headers, body),
    ];
  }

  checkAnswer(call: DescribedCall, { status, headers, body }: ReceivedAnswer): string[] {
    const documented = this.responseOf(call, status);
    if (documented === undefined) return [`status ${status} is not documented`];
    const faults = this.#checkHeaders(documented, headers);
    const type = mediaTypeOf(headers);
    const content = documented.response.content[type];
    if (content === undefined) {
      const isBare = Object.keys(documented.response.content).length === 0 && body === '';
      return isBare ? faults : [...faults, `content type "${type}" is not documented for status ${status}`];
    }
    const value = parsed(type, body);
    return [...faults, ...this.#fits(`${documented.at}/content/${token(type)}/schema`, value, type)];
  }

  /** What does not fit of a value against the schema at a place of the document. */
  #fits(pointer: string, value: unknown, what: string, ajv = this.#ajv): string[] {
    const key = `${ajv === this.#textAjv} ${pointer}`;
    const validate = this.#compiled.get(key) ?? ajv.compile({ $ref: `openapi${pointer}` });
    this.#compiled.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #checkCaller({ operation: { security } }: DescribedCall, headers: Headers, body: string): string[] {
    if (security.length === 0) return [];
    const inBody = mediaTypeOf(headers) === 'text/plain' && /"token"/.test(body);
    const missing = ['authorization', 'x-customer-id'].filter((name) => !headers.has(name));
    return inBody ? [] : missing.map((name) => `header ${name} is missing`);
  }

  #checkParameters({ path, pointer, operation: { parameters } }: DescribedCall, url: URL): string[] {
    const inPath = pathParameters(path, url.pathname) ?? {};
    const faults = [...url.searchParams.keys()]
      .filter((name) => !parameters.some((known) => known.in === 'query' && known.name === name))
      .map((name) => `query ${name} is not documented`);
    for (const [index, { name, in: place, required, schema }] of parameters.entries()) {
      const text = place === 'path' ? inPath[name] : url.searchParams.get(name);
      if (text === undefined || text === null) {
        if (required) faults.push(`${place} ${name} is missing`);
        continue;
      }
      const value = schema.type === 'array' ? text.split(',') : text;
      faults.push(
        ...this.#fits(`${pointer}/parameters/${index}/schema`, value, `${place} ${name}`, this.#textAjv),
      );
    }
    return faults;
  }

  #checkRequestBody({ pointer, operation: { requestBody } }: DescribedCall, headers: Headers, body: string) {
    if (requestBody === undefined) return body === '' ? [] : ['a body is not documented'];
    const type = mediaTypeOf(headers);
    const content = requestBody.content[type];
    if (content === undefined) return [`content type "${type}" is not documented`];
    const schema = content.schema.contentSchema === undefined ? 'schema' : 'schema/contentSchema';
    const value = parsed('application/json', body);
    return this.#fits(`${pointer}/requestBody/content/${token(type)}/${schema}`, value, 'body');
  }

  #checkHeaders(
    { at, response: { headers } }: { at: string; response: Response },
    received: Headers,
  ): string[] {
    return Object.entries(headers).flatMap(([name, described]) => {
      const referred = reference.safeParse(described);
      const pointer = referred.success ? referred.data.$ref : `${at}/headers/${token(name)}`;
      const known = referred.success
        ? this.#description.components.headers[referred.data.$ref.slice('#/components/headers/'.length)]
        : header.parse(described);
      const value = received.get(name);
      if (value === null) return known?.required ? [`header ${name} is missing`] : [];
      return this.#fits(`${pointer}/schema`, value, `header ${name}`, this.#textAjv);
    });
  }
}

/** Undefined when the path is not of the template. */
function pathParameters(template: string, path: string): Record<string, string> | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const pattern = new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
  const match = pattern.exec(path);
  if (match === null) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
}

/** JSON types read as JSON; text that is none stays text and then fits no schema of an object. */
function parsed(type: string, body: string): unknown {
  if (!/json$/.test(type)) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
