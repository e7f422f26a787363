import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DataDirectory, StartRefused } from '../../local/data-directory.ts';
import { birthOf } from '../../local/process-table.ts';

const megabyte = 1024 * 1024;
let data: DataDirectory;

beforeEach(() => {
  data = new DataDirectory(mkdtempSync(path.join(tmpdir(), 'onevault-data-')));
  data.create();
});
afterEach(() => {
  rmSync(data.path, { recursive: true, force: true });
});

describe('the lock of a data directory', () => {
  it('is refused to a second owner while the first one lives, with its id and the way out', () => {
    data.lock();
    expect(() => data.lock()).toThrow(StartRefused);
    expect(() => data.lock()).toThrow(`pid ${process.pid}) uses ${data.path}. Stop it, or pass --data-dir`);
    data.unlock();
    expect(() => data.lock()).not.toThrow();
  });

  it.for([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 30, birth: birthOf(process.pid) })],
    ['of an id that another process has by now', JSON.stringify({ pid: process.pid, birth: 'long ago' })],
    ['that was not written to its end', ''],
  ] as const)('%s is taken over', ([, content]) => {
    writeFileSync(data.file('lock'), content);
    data.lock();
    expect(() => data.lock()).toThrow(StartRefused);
  });
});

describe('a data directory', () => {
  it('writes its JSON files for their owner only, and leaves no other file behind', () => {
    data.write('x.json', { secret: 1 });
    expect(statSync(data.file('x.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(data.file(`x.json.${process.pid}.tmp`))).toBe(false);
  });

  it('reads a file of another shape as absent', () => {
    data.write('x.json', { a: 1 });
    expect(data.read('x.json', z.object({ a: z.number() }))).toEqual({ a: 1 });
    expect(data.read('x.json', z.object({ b: z.number() }))).toBeUndefined();
    expect(data.read('y.json', z.unknown())).toBeUndefined();
  });

  it('empties a log that has grown past 10 MB, and keeps a smaller one', () => {
    const [large, small] = [data.log('large'), data.log('small')];
    writeFileSync(large, 'x');
    truncateSync(large, 10 * megabyte + 1);
    writeFileSync(small, 'kept');
    expect([data.log('large'), data.log('small')]).toEqual([large, small]);
    expect(statSync(large).size).toBe(0);
    expect(readFileSync(small, 'utf8')).toBe('kept');
  });
});
