import { afterEach, beforeEach, expect, it } from 'vitest';
import { examine, type Finding } from '../../../cli/doctor/checks.ts';
import { Endpoint } from '../../../cli/doctor/endpoint.ts';
import { onevault } from '../../support/onevault-process.ts';
import { type DescribedEndpoint, type Fault, startDescribedEndpoint } from './described-endpoint.ts';

const NAMES = [
  'Health Check',
  'Database Health Check',
  'Automatic Processing',
  'Background Processing',
  'Status Monitoring',
  'Dashboard Data',
  'Manual Trigger',
];

let endpoint: DescribedEndpoint;
beforeEach(async () => {
  endpoint = await startDescribedEndpoint();
});
afterEach(() => endpoint.close());

const connection = () => ({ apiUrl: endpoint.url, tenant: 'acme', token: 'ovt_admin_test' });
const doctor = (...argv: string[]) =>
  onevault([
    ...['doctor', '--api-url', endpoint.url, '--tenant', 'acme', '--token', 'ovt_admin_test', '--wait', '0'],
    ...argv,
  ]);

it('passes an endpoint that answers as the API describes, with events that are known as its own and a bot’s', async () => {
  const { exitCode, stdout, stderr } = await doctor();
  expect(stderr).toBe('');
  expect(stdout).toBe(
    [
      `Site tracking at ${endpoint.url}, tenant acme`,
      '='.repeat(60),
      ...NAMES.map((name) => `PASS ${name}`),
      '',
      'Overall Results: 7/7 tests passed',
      'ALL TESTS PASSED! Site tracking works.',
      '',
    ].join('\n'),
  );
  expect(exitCode).toBe(0);
  expect(endpoint.events).toHaveLength(3);
  for (const event of endpoint.events) {
    expect(event).toEqual({ event_type: 'doctor_check', userAgent: 'onevault-doctor (bot)' });
  }
});

const problem = (status: number, code: string): Fault => ({ status, text: JSON.stringify({ code }) });
const LINEAGE = 'GET /api/v1/events/{id}/lineage';
const WAITING: Fault = { body: { data: { vault: null, stage: 'Pending' } } };

it.each<[string[], string, Fault, string]>([
  [
    ['Health Check'],
    'GET /health',
    problem(503, 'temporarily_unavailable'),
    'It answered 503 (temporarily_unavailable)',
  ],
  [['Health Check'], 'GET /health', { text: '<html>' }, 'The answer is not what the API describes (body)'],
  [['Health Check'], 'GET /health', { body: { status: 'fine' } }, 'not what the API describes (status)'],
  [
    ['Database Health Check'],
    'GET /health/db',
    { status: 503, body: { status: 'failing', migrations: null } },
    'The database does not answer.',
  ],
  [
    ['Database Health Check'],
    'GET /health/db',
    { status: 503, body: { status: 'failing', migrations: { applied: 3 } } },
    '3 of 12 migrations have run. Run the migration function',
  ],
  [
    ['Database Health Check'],
    'GET /health/db',
    { status: 503, body: { status: 'failing', missing: ['raw.pending_requests'] } },
    'The database lacks raw.pending_requests.',
  ],
  [['Automatic Processing'], 'POST /api/v1/track', { status: 202 }, 'answered 202'],
  [
    ['Automatic Processing'],
    'POST /api/v1/track',
    { body: { pipeline: { staged: true, loaded: false } } },
    'says that it processed the event, and not that the event is in the vault',
  ],
  [
    ['Automatic Processing'],
    'POST /api/v1/track',
    { body: { pipeline: { staged: false, loaded: false, code: 'invalid_field' } } },
    'went into quarantine (invalid_field)',
  ],
  [
    ['Automatic Processing'],
    'POST /api/v1/track',
    { body: { event_id: 'another' } },
    'was answered as another',
  ],
  [
    ['Automatic Processing'],
    'POST /api/v1/track',
    problem(403, 'tracking_disabled'),
    'Switch it on: onevault tenant set acme --enabled true',
  ],
  [['Automatic Processing'], 'POST /api/v1/track', problem(429, 'rate_limited'), 'has used up its rate'],
  [
    ['Background Processing', 'Manual Trigger'],
    'POST /api/v1/track/async',
    problem(401, 'unauthorized'),
    'Check that the token is a valid admin token of tenant "acme"',
  ],
  [
    ['Automatic Processing', 'Background Processing', 'Manual Trigger'],
    LINEAGE,
    WAITING,
    'is stored and not in the vault after 0 s (Pending)',
  ],
  [
    ['Automatic Processing', 'Background Processing', 'Manual Trigger'],
    LINEAGE,
    { body: { data: { vault: null, quarantine: { code: 'too_deep' } } } },
    'went into quarantine (too_deep)',
  ],
  [
    ['Automatic Processing', 'Background Processing', 'Manual Trigger'],
    LINEAGE,
    { body: { data: { event_id: 'of-another' } } },
    'is that of of-another',
  ],
  [
    ['Status Monitoring'],
    'GET /api/v1/track/status',
    { body: { tenant_id: 'globex' } },
    'answered for tenant "globex"',
  ],
  [['Status Monitoring'], 'GET /api/v1/track/status', { body: { queues: [] } }, 'The queues do not answer'],
  [
    ['Status Monitoring'],
    'GET /api/v1/track/status',
    { body: { recent: [] } },
    'Check that reading and writing',
  ],
  [
    ['Status Monitoring'],
    'GET /api/v1/track/status',
    { body: { stages: { raw: { events: 117 } } } },
    'Of 2 events sent and 2 in the vault it counts 0 and 2. Check that reading and writing',
  ],
  [
    ['Status Monitoring'],
    'GET /api/v1/track/status',
    { body: { stages: { vault: { events: 117 } } } },
    'Of 2 events sent and 2 in the vault it counts 2 and 0. Check that reading and writing',
  ],
  [
    ['Dashboard Data'],
    'GET /api/v1/track/dashboard',
    { body: { data: { events: [] } } },
    'It does not show the event',
  ],
  [
    ['Dashboard Data'],
    'GET /api/v1/track/dashboard',
    { body: { data: { events: Array.from({ length: 20 }, (_, n) => ({ event_id: `old-${n}` })) } } },
    'It does not show the event',
  ],
  [
    ['Dashboard Data'],
    'GET /api/v1/track/dashboard',
    { body: { data: { summary: { processed_to_business: 1 } } } },
    'Its summary counts fewer events than the doctor',
  ],
  [
    ['Dashboard Data'],
    'GET /api/v1/track/dashboard',
    { body: { data: { events: Array.from({ length: 501 }, () => ({ event_id: 'e' })) } } },
    'It shows 501 events when asked for 500',
  ],
  [
    ['Dashboard Data'],
    'GET /api/v1/track/dashboard',
    { body: { data: { completion_rates: { business: 'all' } } } },
    'not what the API describes (data.completion_rates.business)',
  ],
  [['Manual Trigger'], 'POST /api/v1/track/process', problem(404, 'not_found'), 'without /api'],
  [
    ['Manual Trigger'],
    'POST /api/v1/track/process',
    { body: { processed: { loaded: null } } },
    'not what the API describes (processed.loaded)',
  ],
])('fails %j alone when %s answers %j, and says what to do', async (failing, route, fault, sentence) => {
  endpoint.faults = { [route]: fault };
  const findings: Finding[] = [];
  for await (const finding of examine(new Endpoint(connection(), 0))) findings.push(finding);
  expect(findings.map(({ name, failure }) => [name, failure?.includes(sentence) ?? null])).toEqual(
    NAMES.map((name) => [name, failing.includes(name) ? true : null]),
  );
});

it('looks for its events behind those that others sent meanwhile, and not forever', async () => {
  for (const [others, failing] of [
    [1_499, null],
    [9_000, expect.stringContaining('It does not show the event')],
  ] as const) {
    endpoint.others = others;
    const findings: Finding[] = [];
    for await (const finding of examine(new Endpoint(connection(), 0))) findings.push(finding);
    expect(findings.find(({ name }) => name === 'Dashboard Data')?.failure).toEqual(failing);
  }
});

it('gives the findings as JSON', async () => {
  endpoint.faults = { 'GET /health': problem(503, 'temporarily_unavailable') };
  const { exitCode, stdout } = await doctor('--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    passed: 6,
    total: 7,
    checks: NAMES.map((name) => ({
      name,
      failure: name === 'Health Check' ? expect.stringContaining('It answered 503') : null,
    })),
  });
});

it('passes a tenant that leaves its events to the queue', async () => {
  endpoint.faults = {
    'POST /api/v1/track': { body: { processing: 'background', pipeline: { staged: false, loaded: false } } },
  };
  for await (const { failure } of examine(new Endpoint(connection(), 0))) expect(failure).toBeNull();
});

it('prints a failure under its check, without what could drive a terminal, and counts', async () => {
  endpoint.faults = { 'GET /health': problem(503, 'odd\u001b[2J') };
  const { exitCode, stdout } = await doctor();
  expect(exitCode).toBe(1);
  expect(stdout).toContain('\nFAIL Health Check\n     It answered 503 (odd\\x1b[2J). Look at the logs');
  expect(stdout).toMatch(/\nOverall Results: 6\/7 tests passed\n$/);
});

it('fails every check of an endpoint that is not there, and never shows the token', async () => {
  await endpoint.close();
  const { exitCode, stdout, stderr } = await doctor();
  expect(exitCode).toBe(1);
  expect(stdout.match(/^FAIL /gm)).toHaveLength(7);
  expect(stdout).toContain('cannot be reached');
  expect(stdout + stderr).not.toContain('ovt_admin_test');
});

it.each([
  [['--wait', 'long'], '--wait takes a whole number'],
  [['now'], 'doctor takes no "now"'],
])('refuses %j', async (argv, sentence) => {
  const { exitCode, stderr } = await doctor(...argv);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(sentence);
});
