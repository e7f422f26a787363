import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entries, entry, type ImportSetting, startImportSetting } from '../../support/import-setting.ts';

let setting: ImportSetting;
beforeEach(async () => {
  setting = await startImportSetting();
});
afterEach(() => setting.endpoint.close());

describe('when the server cannot take more', () => {
  test('429 and 503 are waited out, Retry-After at the least, and nothing is lost or doubled', async () => {
    const answers = [
      { status: 429, headers: { 'retry-after': '1' } },
      { status: 503, body: { accepted: 0, duplicates: 0, results: [] } },
      { status: 500, afterStoring: true },
    ];
    setting.endpoint.refuse = (request) => answers[request];
    const { exitCode, stdout, stderr } = await setting.importLog([
      setting.logFile(entries(5)),
      '--json',
      '--concurrency',
      '1',
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lines: 5, accepted: 5 });
    expect(setting.endpoint.stored.size).toBe(5);
    expect(setting.endpoint.requests).toHaveLength(4);
    expect(stderr).toMatch(/waiting 1\.\d s: it answers 429\n/);
    expect(stderr).toContain('Requests sent again after no clear answer: 1');
  });

  test('it gives up after the time allowed and can go on later', async () => {
    const file = setting.logFile(entries(20));
    setting.endpoint.refuse = (request) => (request >= 1 ? { status: 503 } : undefined);
    const argv = [file, '--json', '--batch-size', '10', '--concurrency', '1'];
    const stopped = await setting.importLog([...argv, '--give-up-after', '0']);
    expect(stopped.exitCode).toBe(1);
    expect(stopped.stderr).toContain('Gave up:');
    expect(JSON.parse(stopped.stdout)).toMatchObject({ lines: 10, accepted: 10 });
    setting.endpoint.refuse = () => undefined;
    const resumed = await setting.importLog(argv);
    expect(resumed.stderr).toContain('Going on after line 10');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ lines: 20, accepted: 20, duplicates: 0 });
    expect(setting.savedStates()).toEqual([]);
  });

  test('a server that is not there is waited for too', async () => {
    const { exitCode, stderr } = await setting.importLog(
      [setting.logFile([entry(1)]), '--give-up-after', '0'],
      {
        environment: { ONEVAULT_API_URL: 'http://127.0.0.1:9' },
      },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Gave up: http:\/\/127\.0\.0\.1:9 took nothing for \d+ s/);
  });
});
