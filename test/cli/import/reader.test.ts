import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { LogSource, MAX_LINE_BYTES, openLog } from '../../../cli/import/reader.ts';
import { scratchFolder } from '../../support/onevault-process.ts';

async function linesOf(...chunks: (string | Buffer)[]): Promise<(string | undefined)[]> {
  const source = new LogSource('test', Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
  const lines: (string | undefined)[] = [];
  for await (const group of source.lines()) lines.push(...group.map((line) => line?.toString('latin1')));
  return lines;
}

test('lines are the same however the bytes arrive', async () => {
  expect(await linesOf('one\ntwo\r\n\nlast')).toEqual(['one', 'two', '', 'last']);
  expect(await linesOf(...'one\ntwo\r\n\nlast')).toEqual(['one', 'two', '', 'last']);
  expect(await linesOf('one\n')).toEqual(['one']);
  expect(await linesOf()).toEqual([]);
});

test('gzip is known by its content, in one part or several, also when it arrives byte by byte', async () => {
  const packed = Buffer.concat([gzipSync('one\ntw'), gzipSync('o\n')]);
  expect(await linesOf(packed)).toEqual(['one', 'two']);
  expect(await linesOf(...[...packed].map((byte) => Buffer.from([byte])))).toEqual(['one', 'two']);
});

test('a line beyond the limit is counted without being kept', async () => {
  const longest = 'x'.repeat(MAX_LINE_BYTES);
  expect(await linesOf(`${longest}\n${longest}`, 'x\nnext\n')).toEqual([longest, undefined, 'next']);
});

test('a cut gzip file gives its lines and then says what is wrong', async () => {
  const packed = gzipSync('one\n'.repeat(1_000));
  await expect(linesOf(packed.subarray(0, packed.length - 9))).rejects.toThrow('cannot be read to its end');
});

test('a file that is not there or is a folder gets a sentence', async () => {
  const folder = scratchFolder();
  await expect(openLog(join(folder, 'none.log'))).rejects.toThrow('none.log cannot be read');
  await expect(openLog(folder)).rejects.toThrow('it is a directory');
});

test('a file is told from another of the same name and size by its first bytes', async () => {
  const path = join(scratchFolder(), 'access.log');
  writeFileSync(path, 'a\n');
  const before = await openLog(path);
  writeFileSync(path, 'b\n');
  const after = await openLog(path);
  expect(before.identity?.size).toBe(after.identity?.size);
  expect(before.identity?.head).not.toBe(after.identity?.head);
  before.close();
  after.close();
});
