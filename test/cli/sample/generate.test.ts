import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { classify } from '../../../cli/import/classify.ts';
import { parseLogLine } from '../../../cli/import/log-line.ts';
import { accessLog } from '../../../cli/sample/generate.ts';
import { onevault, scratchFolder } from '../../support/onevault-process.ts';

const SHIPPED = resolve(import.meta.dirname, '../../../samples/access.log.gz');

test('the generator gives the shipped sample, byte for byte', () => {
  const packed = readFileSync(SHIPPED);
  expect(packed.length).toBeLessThan(150_000);
  expect([...accessLog(5_000, 1), ''].join('\n')).toBe(gunzipSync(packed).toString());
});

test('the sample holds every kind of line an importer meets', () => {
  const lines = [...accessLog(5_000, 1)];
  const entries = lines.flatMap((line) => parseLogLine(line) ?? []);
  const types = new Set(entries.map(classify));
  expect([...types].sort()).toEqual([
    'asset_request',
    'http_error',
    'http_redirect',
    'http_request',
    'page_view',
  ]);
  expect(entries.length).toBeLessThan(lines.length);
  expect(entries.some(({ client }) => client.includes(':'))).toBe(true);
  expect(entries.some(({ request }) => request === undefined)).toBe(true);
  expect(entries.some(({ userAgent }) => userAgent?.includes('Googlebot'))).toBe(true);
  expect(entries.some(({ referrer }) => referrer === 'https://chatgpt.com/')).toBe(true);
  expect(entries.some(({ request }) => request?.target.includes('utm_source='))).toBe(true);
  expect(new Set(lines).size).toBeLessThan(lines.length);
  expect(new Set(entries.map(({ time }) => Math.floor(time / 86_400_000))).size).toBeGreaterThanOrEqual(7);
});

test('another seed gives another log, fewer lines the number asked for', () => {
  expect([...accessLog(50, 2)]).not.toEqual([...accessLog(50, 3)]);
  for (const count of [1, 2, 777]) expect([...accessLog(count, 9)]).toHaveLength(count);
});

test('the command writes to standard output, a file or a packed file', async () => {
  const expected = [...accessLog(20, 4), ''].join('\n');
  const argv = ['sample', '--lines', '20', '--seed', '4'];
  expect((await onevault(argv)).stdout).toBe(expected);
  const file = join(scratchFolder(), 'a.log');
  expect((await onevault([...argv, '--out', file])).exitCode).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(expected);
  await onevault([...argv, '--out', `${file}.gz`]);
  expect(gunzipSync(readFileSync(`${file}.gz`)).toString()).toBe(expected);
});

test('a file that cannot be written gets a sentence', async () => {
  const { exitCode, stderr } = await onevault(['sample', '--out', join(scratchFolder(), 'none', 'a.log')]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('a.log cannot be written');
});
