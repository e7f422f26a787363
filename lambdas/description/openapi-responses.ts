import type { Answer, Operation } from '../api/operation.ts';
import { type ProblemCode, problemNamed, problems } from '../api/problems.ts';
import type { JsonSchema, SchemaCollection } from './openapi-schemas.ts';

/** What any call may be answered with, and what any call with a token. */
const problemsOfAll = ['temporarily_unavailable'];
const problemsWithToken = [
  'unauthorized',
  'ambiguous_customer',
  'token_not_allowed',
  'token_not_for_browsers',
  'origin_not_allowed',
  'rate_limited',
];

const rateLimitHeaders = {
  'RateLimit-Policy': {
    description: 'The quota (`q`) of the token, and its window (`w`) in seconds.',
    required: true,
    schema: { type: 'string' },
    example: '"default";q=300000;w=10',
  },
  RateLimit: {
    description: 'What is left of it (`r`), and for how many seconds (`t`).',
    required: true,
    schema: { type: 'string' },
    example: '"default";r=299999;t=7',
  },
};

const traceHeader = {
  'X-Trace-Id': {
    description:
      'The trace that the call belongs to: the one of its `traceparent` (W3C Trace Context), or one of its own.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
  },
};

/** The headers that responses refer to. */
export const sharedHeaders = {
  ...traceHeader,
  ...rateLimitHeaders,
  'Retry-After': {
    description: 'Seconds after which the same request may be sent again.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
    example: 2,
  },
  'WWW-Authenticate': {
    description: 'How to say who is calling.',
    required: true,
    schema: { type: 'string' },
    example: 'Bearer',
  },
};

/** Names of the headers of problems by status. */
const problemHeaders: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: [...Object.keys(rateLimitHeaders), 'Retry-After'],
  503: ['Retry-After'],
};

/** The codes of every problem that a call may be answered with. */
export const problemsOf = ({ scope, problems: own }: Operation): ProblemCode[] =>
  [...new Set([...own, ...(scope === null ? [] : problemsWithToken), ...problemsOfAll])].map(
    (code) => problemNamed(code).code,
  );

const headerRefs = (names: readonly string[]): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** The problem responses of a document: the same codes with the same status stand once, and are referred to. */
export class ProblemResponses {
  readonly #named = new Map<string, { readonly name: string; readonly response: JsonSchema }>();

  /** @param owner the call that answers with them, after which the first to need several codes names their response. */
  take(owner: string, status: number, codes: readonly ProblemCode[]): JsonSchema {
    const key = codes.join();
    const [code = ''] = codes;
    const known = this.#named.get(key) ?? {
      name: codes.length === 1 ? code : `${owner}_${status}`,
      response: problemResponse(status, codes),
    };
    this.#named.set(key, known);
    return { $ref: `#/components/responses/${known.name}` };
  }

  /** The responses by name. */
  named(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#named.values()].map(({ name, response }) => [name, response]));
  }
}

/** Every response of a call by status: its answers, and its problems with the codes that each status may carry. */
export function responsesOf(
  operation: Operation,
  schemas: SchemaCollection,
  shared: ProblemResponses,
): JsonSchema {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problemNamed(code).status);
  const answers = Object.entries(operation.answers).map(([status, answer]): [string, JsonSchema] => {
    const codes = byStatus.get(Number(status)) ?? [];
    byStatus.delete(Number(status));
    return [status, answerResponse(operation, answer, codes, schemas)];
  });
  const refusals = [...byStatus].map(([status, codes]): [string, JsonSchema] => [
    String(status),
    shared.take(operation.operationId, status, codes),
  ]);
  return Object.fromEntries([...answers, ...refusals]);
}

/** @param codes of problems that have the status of this answer. */
function answerResponse(
  { scope }: Operation,
  { description, headers, content }: Answer,
  codes: readonly ProblemCode[],
  schemas: SchemaCollection,
): JsonSchema {
  const allHeaders = {
    ...headerRefs(Object.keys(traceHeader)),
    ...(scope !== null && headerRefs(Object.keys(rateLimitHeaders))),
    ...headers,
  };
  const types = Object.entries(content).map(([type, { schema, example }]): [string, JsonSchema] => [
    type,
    { schema: schemas.take(schema, 'output'), example },
  ]);
  if (codes.length > 0) types.push(['application/problem+json', problemContent(codes)]);
  return {
    description,
    headers: allHeaders,
    ...(types.length > 0 && { content: Object.fromEntries(types) }),
  };
}

const problemResponse = (status: number, codes: readonly ProblemCode[]): JsonSchema => ({
  description: codes.map((code) => `\`${code}\`: ${problems[code].meaning}`).join(' '),
  headers: headerRefs([...Object.keys(traceHeader), ...(problemHeaders[status] ?? [])]),
  content: { 'application/problem+json': problemContent(codes) },
});

const problemContent = (codes: readonly ProblemCode[]): JsonSchema => ({
  schema: {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { type: 'object', properties: { code: { enum: codes } } },
    ],
  },
  examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
});

const problemExample = (code: ProblemCode): JsonSchema => ({
  type: 'about:blank',
  title: code.replaceAll('_', ' '),
  status: problems[code].status,
  code,
  detail: problems[code].meaning,
});
