import { createHash } from 'node:crypto';
import { Zip, ZipDeflate } from 'fflate';

/** What the manifest says of a file. */
export interface ArchivedFile {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

const LEVEL = 6;

/** A ZIP file that is packed while it is written, so that only what is packed is kept in memory. One file is open at a time. */
export class Archive {
  readonly #packed: Uint8Array[] = [];
  readonly #zip: Zip;
  readonly #madeAt: Date;

  constructor(madeAt: Date) {
    this.#madeAt = madeAt;
    this.#zip = new Zip((error, chunk) => {
      if (error !== null) throw error;
      this.#packed.push(chunk);
    });
  }

  /** Writes a file line by line; one without a line is none. */
  async writeLines(name: string, lines: AsyncIterable<string>): Promise<ArchivedFile | null> {
    let count = 0;
    let bytes = 0;
    const hash = createHash('sha256');
    const file = this.#file(name);
    for await (const text of lines) {
      if (count === 0) this.#zip.add(file);
      const line = Buffer.from(`${text}\n`);
      hash.update(line);
      file.push(line);
      bytes += line.length;
      count += 1;
    }
    if (count === 0) return null;
    file.push(new Uint8Array(), true);
    return { name, rows: count, bytes, sha256: hash.digest('hex') };
  }

  /** Adds a last file and returns the whole. */
  finish(name: string, text: string): Buffer {
    const file = this.#file(name);
    this.#zip.add(file);
    file.push(Buffer.from(text), true);
    this.#zip.end();
    return Buffer.concat(this.#packed);
  }

  #file(name: string): ZipDeflate {
    return Object.assign(new ZipDeflate(name, { level: LEVEL }), { mtime: this.#madeAt });
  }
}
