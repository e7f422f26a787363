import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entries, entry, type ImportSetting, startImportSetting } from '../../support/import-setting.ts';

let setting: ImportSetting;
beforeEach(async () => {
  setting = await startImportSetting();
});
afterEach(() => setting.endpoint.close());

describe('an interrupted import', () => {
  const argv = (file: string) => [file, '--json', '--batch-size', '10', '--concurrency', '2'];
  const identical = [...entries(200), ...entries(200), ...entries(200)];

  test('killed in the middle goes on, and the ledger covers the whole file', async () => {
    const file = setting.logFile(identical);
    setting.endpoint.delayMs = 150;
    const killed = await setting.importLog(argv(file), {
      started: (child) => {
        const watch = setInterval(() => {
          if (setting.savedStates().length === 0 || setting.endpoint.requests.length < 35) return;
          clearInterval(watch);
          child.kill('SIGKILL');
        }, 10);
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    const before = setting.endpoint.stored.size;
    setting.endpoint.delayMs = 0;
    const { stdout, stderr, exitCode } = await setting.importLog(argv(file));
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Going on after line \d+, where the last run stopped/);
    expect(JSON.parse(stdout)).toMatchObject({ lines: 600, pageViews: 600, accepted: 600 });
    expect(before).toBeLessThan(600);
    expect(setting.endpoint.stored.size).toBe(600);
    expect(setting.savedStates()).toEqual([]);
  });

  test('stopped with Ctrl-C finishes what is under way, says how to go on, and exits with 130', async () => {
    const file = setting.logFile(identical);
    setting.endpoint.delayMs = 50;
    const stopped = await setting.importLog(argv(file), {
      started: (child) => {
        const watch = setInterval(() => {
          if (setting.endpoint.stored.size < 100) return;
          clearInterval(watch);
          child.kill('SIGINT');
        }, 5);
      },
    });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain('Run the same command again to go on from there');
    expect(JSON.parse(stopped.stdout)).toMatchObject({ lines: setting.endpoint.stored.size, duplicates: 0 });
    setting.endpoint.delayMs = 0;
    const afresh = await setting.importLog([...argv(file), '--no-resume']);
    expect(afresh.stderr).not.toContain('Going on');
    expect(JSON.parse(afresh.stdout)).toMatchObject({
      lines: 600,
      new: 600 - JSON.parse(stopped.stdout).lines,
    });
  });

  test('stopped while it waits for input accounts for what it was given', async () => {
    const stopped = await setting.importLog(
      ['-', '--json', '--batch-size', '10', '--site-url', 'https://site.example'],
      {
        input: `${entries(105).join('\n')}\n`,
        keepInputOpen: true,
        started: (child) => {
          const watch = setInterval(() => {
            if (setting.endpoint.stored.size < 100) return;
            clearInterval(watch);
            child.kill('SIGINT');
          }, 5);
        },
      },
    );
    expect(stopped.exitCode).toBe(130);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ lines: 100, accepted: 100 });
    expect(stopped.stderr).toContain('Run the same command again on the same input');
  });

  test('does not go on in a file that has changed', async () => {
    const file = setting.logFile(entries(20));
    setting.endpoint.refuse = (request) => (request >= 1 ? { status: 401 } : undefined);
    await setting.importLog([file, '--batch-size', '10', '--concurrency', '1']);
    expect(setting.savedStates()).toHaveLength(1);
    setting.endpoint.refuse = () => undefined;
    writeFileSync(file, `${entry(99, 'GET /other HTTP/1.1')}\n`);
    const { stdout, stderr } = await setting.importLog([file, '--json']);
    expect(stderr).toContain('starting from the first line');
    expect(JSON.parse(stdout)).toMatchObject({ lines: 1, new: 1 });
  });
});
