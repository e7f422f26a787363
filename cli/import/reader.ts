import { hash } from 'node:crypto';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandFailure, failureText, printable } from '../failure.ts';

/** Longer lines are kept out of memory and counted as rejected: no web server writes them. */
export const MAX_LINE_BYTES = 131_072;
const IDENTITY_BYTES = 65_536;
const LF = 0x0a;
const CR = 0x0d;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** A line without its line end; `undefined` where it was longer than {@link MAX_LINE_BYTES}. */
export type RawLine = Buffer | undefined;

/** What tells one file from another, and from itself once it has changed. */
export interface FileIdentity {
  readonly path: string;
  /** Bytes on disk. */
  readonly size: number;
  /** SHA-256 of its first 64 KiB, hex. */
  readonly head: string;
}

/** A log to read: a file, or standard input, which has no identity and no known size. */
export class LogSource {
  readonly name: string;
  readonly identity: FileIdentity | undefined;
  readonly #stream: Readable;
  #bytesRead = 0;
  #closed = false;

  constructor(name: string, stream: Readable, identity?: FileIdentity) {
    this.name = name;
    this.identity = identity;
    this.#stream = stream;
  }

  /** Bytes taken from the source so far, before unpacking. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * The lines, in groups as they arrive. Gzip is known by its first bytes, whatever the file is called.
   * @throws CommandFailure when the source ends inside gzip data or cannot be read on.
   */
  async *lines(): AsyncGenerator<RawLine[]> {
    const splitter = new LineSplitter();
    try {
      for await (const chunk of unpacked(this.#chunks())) yield splitter.push(chunk);
    } catch (error) {
      if (this.#closed) return;
      throw new CommandFailure(
        `${printable(this.name)} cannot be read to its end: ${failureText(error)}. What was read before that is imported; get a whole copy of the file and import it again.`,
      );
    }
    yield splitter.end();
  }

  /** Ends {@link lines} early, also while it waits for input. */
  close(): void {
    this.#closed = true;
    this.#stream.destroy();
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#stream) {
      const bytes = Buffer.from(chunk);
      this.#bytesRead += bytes.length;
      yield bytes;
    }
  }
}

/**
 * Opens a log.
 * @param file a path, or `-` for standard input
 * @throws CommandFailure when it cannot be read.
 */
export async function openLog(file: string): Promise<LogSource> {
  if (file === '-') return new LogSource('standard input', process.stdin);
  let handle: FileHandle | undefined;
  try {
    const path = await realpath(file);
    handle = await open(path);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error('it is a directory');
    // The stream owns the handle from here on: what was looked at is what is read, whatever becomes of the path.
    if (!stat.isFile()) return new LogSource(file, handle.createReadStream());
    const head = Buffer.alloc(Math.min(IDENTITY_BYTES, stat.size));
    await handle.read(head, 0, head.length, 0);
    const identity = { path, size: stat.size, head: hash('sha256', head) };
    return new LogSource(file, handle.createReadStream({ start: 0 }), identity);
  } catch (error) {
    await handle?.close();
    throw new CommandFailure(`${printable(file)} cannot be read: ${failureText(error)}.`);
  }
}

async function* unpacked(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let first = Buffer.alloc(0);
  while (first.length < GZIP_MAGIC.length) {
    const next = await chunks.next();
    if (next.done) break;
    first = Buffer.concat([first, next.value]);
  }
  const whole = startingWith(first, chunks);
  if (!first.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) {
    yield* whole;
    return;
  }
  const packed = Readable.from(whole, { objectMode: false });
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  for await (const chunk of packed.pipe(gunzip)) yield Buffer.from(chunk);
}

async function* startingWith(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
}

/** Cuts chunks into lines; holds at most one unfinished line. */
class LineSplitter {
  #unfinished: Buffer[] = [];
  #unfinishedBytes = 0;

  push(chunk: Buffer): RawLine[] {
    const lines: RawLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, where the source does not end with a line end. */
  end(): RawLine[] {
    return this.#unfinishedBytes === 0 ? [] : [this.#take()];
  }

  #keep(part: Buffer): void {
    this.#unfinishedBytes += part.length;
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#unfinished = [];
    else this.#unfinished.push(part);
  }

  #take(): RawLine {
    const [only] = this.#unfinished;
    const line = this.#unfinished.length === 1 && only ? only : Buffer.concat(this.#unfinished);
    const tooLong = this.#unfinishedBytes > MAX_LINE_BYTES;
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
    if (tooLong) return undefined;
    return line.at(-1) === CR ? line.subarray(0, -1) : line;
  }
}
