import { hash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { CommandFailure, failureText, printable } from '../failure.ts';
import { type Ledger, savedLedger } from './ledger.ts';
import type { FileIdentity } from './reader.ts';

const checkpoint = z.object({
  version: z.literal(1),
  /** What must be the same for an import to go on: file, endpoint, tenant, filters. */
  subject: z.string(),
  siteUrl: z.string(),
  seconds: z.number().min(0),
  /** Covers the first `ledger.lines` lines of the file, all answered for. */
  ledger: savedLedger,
});

/** Progress of an interrupted import. */
export type Checkpoint = z.output<typeof checkpoint>;

/** Everything that decides what an import sends where. */
export interface ImportSubject {
  readonly file: FileIdentity;
  readonly apiUrl: string;
  readonly tenant: string;
  readonly skippedTypes: readonly string[];
}

/** Keeps the progress of one import in a small file, replaced as a whole so that it is never half written. */
export class CheckpointFile {
  readonly path: string;
  readonly #subject: string;

  /** @param path where to keep it; default: named after file, endpoint and tenant in the user's state directory */
  constructor(subject: ImportSubject, path?: string) {
    const place = [subject.file.path, subject.apiUrl, subject.tenant].join('\n');
    this.path = path ?? join(stateDirectory(), `import-${hash('sha256', place).slice(0, 16)}.json`);
    this.#subject = hash('sha256', JSON.stringify(subject));
  }

  /** The saved progress; `'stale'` when it is of another file, endpoint or filter, or unreadable. */
  async load(): Promise<Checkpoint | 'stale' | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch {
      return undefined;
    }
    try {
      const saved = checkpoint.parse(JSON.parse(text));
      return saved.subject === this.#subject ? saved : 'stale';
    } catch {
      return 'stale';
    }
  }

  /** @throws CommandFailure when it cannot be written. */
  async save(ledger: Ledger, siteUrl: string, seconds: number): Promise<void> {
    const state: z.input<typeof checkpoint> = {
      version: 1,
      subject: this.#subject,
      siteUrl,
      seconds,
      ledger: ledger.toJSON(),
    };
    const draft = `${this.path}.${process.pid}`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(draft, JSON.stringify(state), { mode: 0o600 });
      await rename(draft, this.path);
    } catch (error) {
      throw new CommandFailure(
        `Progress cannot be saved in ${printable(this.path)}: ${failureText(error)}. Name a writable file with --state.`,
      );
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function stateDirectory(): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'onevault');
}
