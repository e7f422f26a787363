import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entries, entry, type ImportSetting, startImportSetting } from '../../support/import-setting.ts';

let setting: ImportSetting;
beforeEach(async () => {
  setting = await startImportSetting();
});
afterEach(() => setting.endpoint.close());

describe('the ledger', () => {
  const mixed = [
    entry(1),
    entry(1),
    entry(2, 'GET /a.css HTTP/1.1'),
    entry(3, 'GET /gone HTTP/1.1', 404),
    entry(4, 'GET /old HTTP/1.1', 301),
    entry(5, 'HEAD / HTTP/1.1'),
    '',
    'nonsense \u001b[2J',
    entry(6, 'GET /unwanted HTTP/1.1'),
    entry(7),
  ];

  test('accounts for every line of a mixed log, and a second import adds nothing', async () => {
    setting.endpoint.reject = ({ page_url }) => (page_url.endsWith('/unwanted') ? 'too_long' : undefined);
    const file = setting.logFile(mixed, 'access.log.gz');
    const first = await setting.importLog([file, '--json', '--batch-size', '3']);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({
      lines: 10,
      pageViews: 3,
      otherEvents: { asset_request: 1, http_error: 1, http_redirect: 1, http_request: 1 },
      skipped: { blank_line: 1 },
      rejected: { malformed_line: 1, too_long: 1 },
      accepted: 7,
      duplicates: 0,
      new: 7,
      seconds: expect.any(Number),
      linesPerSecond: expect.any(Number),
      siteUrl: 'https://site.example',
    });
    expect(first.stderr).toContain('line 8: malformed_line');
    expect(first.stderr).toContain('line 9: too_long at /page_url');
    expect(first.stderr).not.toContain('\u001b');
    expect(setting.endpoint.stored.size).toBe(7);
    const second = await setting.importLog([file, '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ lines: 10, accepted: 7, duplicates: 7, new: 0 });
    expect(setting.endpoint.stored.size).toBe(7);
    expect(setting.savedStates()).toEqual([]);
  });

  test('is a table whose figures stand in one column', async () => {
    const { stdout } = await setting.importLog([setting.logFile(mixed)]);
    const figures = stdout.split('\n').filter((row) => /\d/.test(row));
    expect(stdout).toMatch(/^lines +10 {2}in \d/);
    expect(stdout).toMatch(/\n {2}page views +4\n {2}other events +4\n {4}\w+ +1\n/);
    expect(stdout).toMatch(
      /\n {2}rejected +1\n {4}malformed_line +1\naccepted +8\n {2}new +8\n {2}already stored +0\n$/,
    );
    expect(new Set(figures.map((row) => row.replace(/ {2}in .*/, '').length)).size).toBe(1);
  });

  test('counts types left out as skipped', async () => {
    const file = setting.logFile(mixed);
    const only = await setting.importLog([file, '--json', '--only', 'page_view,http_error']);
    expect(JSON.parse(only.stdout)).toMatchObject({
      pageViews: 4,
      otherEvents: { http_error: 1 },
      skipped: { blank_line: 1, asset_request: 1, http_redirect: 1, http_request: 1 },
    });
    const skip = await setting.importLog([file, '--json', '--skip', 'page_view']);
    expect(JSON.parse(skip.stdout)).toMatchObject({ pageViews: 0, skipped: { page_view: 4, blank_line: 1 } });
  });

  test('that does not close is an error of its own', async () => {
    setting.endpoint.acceptedError = 1;
    const { exitCode, stderr } = await setting.importLog([setting.logFile(mixed)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'the ledger does not close: the server counts 9 accepted events, its verdicts name 8',
    );
  });
});

test('batches go out packed, with token and tenant, and no larger than asked', async () => {
  const { exitCode } = await setting.importLog([setting.logFile(entries(25)), '--batch-size', '10']);
  expect(exitCode).toBe(0);
  expect(setting.endpoint.requests.map(({ events }) => events).sort()).toEqual([10, 10, 5]);
  expect(setting.endpoint.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer ovt_sec_test',
    'x-customer-id': 'demo',
    'content-encoding': 'gzip',
  });
});

test('a log is read from standard input, packed or not, with - or without', async () => {
  const text = `${entries(3).join('\n')}\n`;
  const plain = await setting.importLog(['-', '--json'], { input: text });
  const packed = await setting.importLog(['--json'], { input: gzipSync(text) });
  expect(JSON.parse(plain.stdout)).toMatchObject({ lines: 3, new: 3 });
  expect(JSON.parse(packed.stdout)).toMatchObject({ lines: 3, new: 0, duplicates: 3 });
});

test('off a terminal progress is plain lines, and none with --quiet', async () => {
  const file = setting.logFile(entries(3));
  const loud = await setting.importLog([file]);
  expect(loud.stderr).toBe('Site: https://site.example (from the referrers; --site-url sets another)\n');
  expect((await setting.importLog([file, '--quiet'])).stderr).toBe('');
});

test.each([
  [401, 'secret token of tenant "demo"'],
  [403, 'secret token of tenant "demo"'],
  [404, 'Check --api-url'],
  [413, 'smaller --batch-size'],
  [307, 'redirects to https://elsewhere.example/'],
])('a request refused with %i ends the import with what to check', async (status, advice) => {
  const headers: Record<string, string> = status === 307 ? { location: 'https://elsewhere.example/' } : {};
  setting.endpoint.refuse = () => ({ status, headers, body: { code: 'refused', detail: 'No\u001b[2J.' } });
  const { exitCode, stdout, stderr } = await setting.importLog([
    setting.logFile(entries(50)),
    '--batch-size',
    '5',
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(advice);
  expect(stderr).not.toContain('ovt_sec_test');
  expect(stderr).not.toContain('\u001b');
  expect(setting.endpoint.requests.length).toBeLessThanOrEqual(5);
});

test('a file that is no access log is an error', async () => {
  const { exitCode, stderr } = await setting.importLog([setting.logFile(['{"a":1}', 'text'])]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('no line of it is in common or combined log format');
});

test.each([
  [['a.log', '--frobnicate'], "Unknown option '--frobnicate'. See: onevault import --help"],
  [['a.log', '--batch-size', '1001'], '--batch-size takes a whole number from 1 to 1000'],
  [['a.log', '--only', 'pages'], '"pages" is none of them'],
  [['a.log', 'b.log'], 'Import one file at a time'],
  [['none.log'], 'none.log cannot be read'],
  [['a.log', '--api-url', 'localhost:80'], 'is no http(s) URL'],
])('wrong arguments get a sentence: %j', async (argv, sentence) => {
  const { exitCode, stderr } = await setting.importLog(argv);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd()).not.toContain('\n');
});
