import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { HELP_OPTION, readArguments, wholeNumber } from '../arguments.ts';
import { CommandFailure, EXIT, failureText, printable } from '../failure.ts';
import { accessLog } from './generate.ts';

const DEFAULT_LINES = 5_000;
const MAX_LINES = 1_000_000_000;
const DEFAULT_SEED = 1;
const MAX_SEED = 2 ** 32 - 1;

const HELP = `Usage: onevault sample [options]

Writes an access log in combined format with made-up traffic: visitors, crawlers, campaigns, errors, odd lines.
The same --lines and --seed give the same log. All addresses are from ranges reserved for documentation and tests.

  --lines N          lines to write (default ${DEFAULT_LINES})
  --seed S           another seed, another log (default ${DEFAULT_SEED})
  --out FILE         write to FILE, packed when it ends in .gz (default: standard output)
`;

const OPTIONS = {
  ...HELP_OPTION,
  lines: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
} as const;

/** `onevault sample`: returns the exit status. */
export async function sampleCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('sample', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (positionals[0] !== undefined) {
    throw new CommandFailure(`sample takes no "${printable(positionals[0])}"; name the file with --out.`);
  }
  const lines = wholeNumber('lines', values.lines, DEFAULT_LINES, 1, MAX_LINES);
  const seed = wholeNumber('seed', values.seed, DEFAULT_SEED, 0, MAX_SEED);
  const log = Readable.from(inChunks(accessLog(lines, seed)), { objectMode: false });
  if (values.out === undefined) {
    await pipeline(log, process.stdout, { end: false });
    return EXIT.ok;
  }
  try {
    const file = createWriteStream(values.out);
    await (values.out.endsWith('.gz') ? pipeline(log, createGzip({ level: 9 }), file) : pipeline(log, file));
  } catch (error) {
    throw new CommandFailure(`${printable(values.out)} cannot be written: ${failureText(error)}.`);
  }
  return EXIT.ok;
}

const CHUNK_LENGTH = 65_536;

function* inChunks(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
