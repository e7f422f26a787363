import type { ProblemCode } from '../../lambdas/api/problems.ts';
import { trackOperations } from '../../lambdas/api/track-operations.ts';
import { limits } from '../../lambdas/event/limits.ts';
import { type Call, calledBy, type Setting, storedEvent } from './setting.ts';

type Provocation = (call: Call, setting: Setting) => Call;

const calledWith =
  (name: keyof Setting['tokens'], headers: Record<string, string> = {}): Provocation =>
  (call, { tokens, tenant }) => ({
    ...call,
    headers: { ...call.headers, ...calledBy(tokens[name], tenant.id), ...headers },
  });

const withBody =
  (body: unknown): Provocation =>
  (call) => ({ ...call, body: typeof body === 'string' ? body : JSON.stringify(body) });
const withHeaders =
  (headers: Record<string, string>): Provocation =>
  (call) => ({ ...call, headers: { ...call.headers, ...headers } });
const withQuery =
  (query: Record<string, string>): Provocation =>
  (call) => ({ ...call, query: { ...call.query, ...query } });

const nested = (levels: number): string =>
  `{"event_type":"x","deep":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key_${index}`, index]));
const event = { event_type: 'click' };
const otherOrigin = { origin: 'https://elsewhere.example' };

/**
 * How each problem comes about, from a call that is right. Null: it needs a database that is away
 * or slow, which has a test of its own.
 */
export const provocations: Readonly<Record<ProblemCode, Provocation | null>> = {
  invalid_json: withBody('{"event_type":'),
  invalid_utf8: (call) => ({ ...call, body: Uint8Array.from([0x22, 0xff, 0x22]) }),
  invalid_encoding: withHeaders({ 'content-encoding': 'gzip' }),
  not_an_event: withBody(5),
  no_events: withBody([]),
  not_an_object: withBody([5]),
  missing_field: withBody({ page_url: '/' }),
  invalid_field: withBody({ ...event, evt_value: 'many' }),
  too_long: withBody({ event_type: 'x'.repeat(limits.nameLength + 1) }),
  too_deep: withBody(nested(limits.jsonDepth + 1)),
  too_many_keys: withBody({ ...event, ...keys(limits.objectKeys) }),
  too_many_items: withBody({ ...event, items: Array.from({ length: limits.itemsPerEvent + 1 }, () => ({})) }),
  nested_batch: withBody({ events: [{ ...event, events: [event] }] }),
  id_conflict: withBody({ event_type: 'another', event_id: storedEvent.event_id }),
  ambiguous_customer: withHeaders({ 'x-customer-id': 'contract,other' }),
  unknown_parameter: withQuery({ debug: 'yes' }),
  invalid_date: withQuery({ dateFrom: '2026-02-30' }),
  invalid_days: withQuery({ days: '0' }),
  invalid_date_range: withQuery({ dateFrom: '2026-02-02', dateTo: '2026-02-01' }),
  invalid_site: withQuery({ site: 'x'.repeat(101) }),
  invalid_time_zone: withQuery({ timeZone: 'Europe/Nowhere' }),
  invalid_filter: withQuery({ page: '' }),
  invalid_bot: withQuery({ bot: 'maybe' }),
  invalid_compare: withQuery({ compare: 'never' }),
  invalid_granularity: withQuery({ granularity: 'minute' }),
  invalid_by: withQuery({ by: 'colour' }),
  invalid_steps: withQuery({ steps: 'event:only_one' }),
  invalid_length: withQuery({ length: '6' }),
  invalid_limit: withQuery({ limit: '501' }),
  invalid_visitor: (call) => ({ ...call, path: { id: 'x'.repeat(limits.identifierLength + 1) } }),
  invalid_part: withQuery({ part: '0' }),
  invalid_job: withQuery({ job: 'nonsense' }),
  invalid_cursor: withQuery({ cursor: 'nonsense' }),
  unauthorized: withHeaders({ 'x-customer-id': 'other' }),
  token_not_allowed: (call, setting) =>
    calledWith(call.described.routeKey in trackOperations ? 'read' : 'public')(call, setting),
  token_not_for_browsers: calledWith('admin', otherOrigin),
  origin_not_allowed: calledWith('public', otherOrigin),
  tracking_disabled: (call, { closed }) => ({
    ...call,
    headers: { ...call.headers, ...calledBy(closed.tokens.admin, closed.id) },
  }),
  not_found: (call) => ({ ...call, path: { file: 'package.json' } }),
  unknown_event: (call) => ({ ...call, path: { id: '0190a0b0-c0d0-7000-8000-0000000000ff' } }),
  unknown_visitor: (call) => ({ ...call, path: { id: 'nobody' } }),
  unknown_export: (call) => ({ ...call, path: { id: 'nobody' } }),
  export_not_ready: (call) => ({
    ...call,
    path: { id: 'nobody' },
    headers: { ...call.headers, accept: 'application/zip' },
  }),
  unknown_site: withQuery({ site: 'nowhere' }),
  body_too_large: withBody({ ...event, filler: 'x'.repeat(limits.bodyBytes) }),
  too_many_events: withBody(Array.from({ length: limits.eventsPerRequest + 1 }, () => event)),
  envelope_too_large: withBody({ filler: 'x'.repeat(limits.envelopeBytes), events: [event] }),
  unsupported_media_type: withHeaders({ 'content-type': 'application/xml' }),
  unsupported_encoding: withHeaders({ 'content-encoding': 'zstd' }),
  rate_limited: calledWith('limited'),
  too_many_questions: null,
  temporarily_unavailable: null,
};
