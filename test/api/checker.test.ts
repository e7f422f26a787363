import { describe, expect, it } from 'vitest';
import { Contract } from './contract.ts';
import { contract, description as text } from './described.ts';

const contractOf = (document: string) => new Contract(JSON.parse(document));

const caller = { authorization: 'Bearer ovt_sec_example', 'x-customer-id': 'acme' };
const json = { ...caller, 'content-type': 'application/json' };
const always = {
  'x-trace-id': '4bf92f3577b34da6a3ce929d0e0e4736',
  'ratelimit-policy': '"default";q=10;w=10',
  ratelimit: '"default";r=9;t=7',
};

const request = (overrides: { path?: string; headers?: Record<string, string>; body?: string } = {}) => ({
  method: 'POST',
  url: new URL(overrides.path ?? '/api/v1/track/batch', 'https://api.example'),
  headers: new Headers(overrides.headers ?? json),
  body: overrides.body ?? '{"events":[{"event_type":"click"}]}',
});
const verdicts = {
  success: true,
  message: '1 of 1 events stored',
  timestamp: '2026-01-31T08:00:00.000Z',
  processing: 'background',
  accepted: 1,
  rejected: 0,
  duplicates: 0,
  results: [{ index: 0, event_id: 'e', status: 'accepted' }],
};
const batch = contract.callOf('POST', '/api/v1/track/batch');
const answer = (body: unknown, status = 202, headers: Record<string, string> = {}) => ({
  status,
  headers: new Headers({ 'content-type': 'application/json', ...always, ...headers }),
  body: JSON.stringify(body),
});

describe('a request', () => {
  it('that the description allows has no fault', () => {
    expect(contract.checkRequest(request())).toEqual([]);
  });

  it.each([
    ['with another content type', { headers: { ...caller, 'content-type': 'text/csv' } }, ['content type']],
    ['with a query that is not described', { path: '/api/v1/track/batch?debug=1' }, ['query debug']],
    ['with a text where a number belongs', { body: '{"event_type":"x","evt_value":"many"}' }, ['/evt_value']],
    [
      'with a text that is too long',
      { body: JSON.stringify({ event_type: 'x'.repeat(51) }) },
      ['/event_type'],
    ],
    ['that is no JSON', { body: '{' }, ['body']],
  ])('%s has the fault', (_, overrides, named) => {
    const faults = contract.checkRequest(request(overrides));
    for (const name of named) expect(faults.join('\n')).toContain(name);
  });

  it('needs token and tenant', () => {
    const faults = contract.checkRequest(request({ headers: { 'content-type': 'application/json' } }));
    expect(faults).toEqual(['header authorization is missing', 'header x-customer-id is missing']);
  });

  it.each([
    ['dateFrom=31.01.2026', 'dateFrom'],
    ['limit=501', 'limit'],
    ['bot=maybe', 'bot'],
  ])('with the parameter %s has a fault', (query, name) => {
    const url = new URL(`/api/v1/analytics/pages?${query}`, 'https://api.example');
    const faults = contract.checkRequest({ method: 'GET', url, headers: new Headers(caller), body: '' });
    expect(faults.join('\n')).toContain(`query ${name}`);
  });

  it('to a path that is not described cannot be checked', () => {
    expect(() => contract.checkRequest(request({ path: '/api/v2/track' }))).toThrow(
      'has no POST /api/v2/track',
    );
  });
});

describe('an answer', () => {
  it('that the description allows has no fault', () => {
    expect(contract.checkAnswer(batch, answer(verdicts))).toEqual([]);
  });

  const { accepted, ...incomplete } = verdicts;
  const problem = { type: 'about:blank', title: 'x', status: 401, code: 'unauthorized', detail: 'x' };
  const asProblem = { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' };
  it.each([
    ['of another status', answer(verdicts, 201), 'status 201'],
    ['of another content type', answer(verdicts, 202, { 'content-type': 'text/html' }), 'text/html'],
    ['without a member', answer(incomplete), 'accepted'],
    ['with a member more', answer({ ...verdicts, sql: 'SELECT' }), 'sql'],
    ['with a member of another type', answer({ ...verdicts, accepted: '1' }), '/accepted'],
    ['that is no JSON', { ...answer(verdicts), body: 'Bad Gateway' }, 'application/json'],
    [
      'without its headers',
      { ...answer(verdicts), headers: new Headers({ 'content-type': 'application/json' }) },
      'RateLimit',
    ],
    [
      'with a code that its status does not have',
      answer({ ...problem, code: 'too_long' }, 401, asProblem),
      '/code',
    ],
    [
      'with a problem that has no detail',
      answer({ ...problem, detail: undefined }, 401, asProblem),
      'detail',
    ],
    [
      'with a header that is none of its kind',
      answer({ ...problem, status: 503, code: 'temporarily_unavailable' }, 503, {
        ...asProblem,
        'retry-after': 'soon',
      }),
      'Retry-After',
    ],
  ])('%s has the fault', (_, received, named) => {
    expect(contract.checkAnswer(batch, received).join('\n')).toContain(named);
  });
});

describe('a description that says something else', () => {
  const changed = (from: string, to: string) => {
    expect(text).toContain(from);
    return contractOf(text.replaceAll(from, to));
  };

  it('that asks for one more member has the answer at fault', () => {
    const strict = changed(
      '"required":["success","message","timestamp","processing","accepted"',
      '"required":["receipt","accepted"',
    );
    expect(strict.checkAnswer(batch, answer(verdicts)).join('\n')).toContain('receipt');
  });

  it('that has one member less has the answer at fault', () => {
    const strict = changed('"duplicates":{', '"doubles":{');
    expect(strict.checkAnswer(batch, answer(verdicts)).join('\n')).toContain('duplicates');
  });
});
