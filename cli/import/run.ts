import type { Connection } from '../connection.ts';
import { RejectedLines } from './batch.ts';
import { Batcher, sampleSite } from './batcher.ts';
import type { CheckpointFile } from './checkpoint.ts';
import type { EventType } from './classify.ts';
import { Dispatcher } from './dispatcher.ts';
import { type ImportResult, Ledger } from './ledger.ts';
import { Progress } from './progress.ts';
import type { LogSource, RawLine } from './reader.ts';
import { Sender } from './sender.ts';

const SAVE_INTERVAL_MS = 2_000;

/** What an import is to do. */
export interface ImportPlan {
  readonly source: LogSource;
  readonly connection: Connection;
  /** Found from the referrers when absent. */
  readonly site: string | undefined;
  readonly skippedTypes: readonly EventType[];
  readonly batchSize: number;
  readonly concurrency: number;
  readonly giveUpAfterMs: number;
  readonly quiet: boolean;
  /** Absent for standard input, which cannot be read again. */
  readonly checkpoint: CheckpointFile | undefined;
  readonly resume: boolean;
}

/** How an import ended; `error` when it stopped before the end of the log. */
export interface ImportOutcome extends ImportResult {
  readonly complete: boolean;
  readonly error: unknown;
  readonly rejectedLines: RejectedLines;
  readonly repeatedRequests: number;
}

/** One run of an import, from the first line or from where the last run stopped. */
export class ImportRun {
  readonly #plan: ImportPlan;
  readonly #ledger = new Ledger();
  readonly #rejectedLines = new RejectedLines();
  readonly #stop = new AbortController();
  readonly #progress: Progress;
  readonly #started = performance.now();
  #answered = { lines: 0, events: 0 };
  #siteUrl: string;
  #secondsBefore = 0;
  #lastSave = performance.now();
  #saving: Promise<void> | undefined;
  #saveFailure: unknown;

  constructor(plan: ImportPlan) {
    this.#plan = plan;
    this.#siteUrl = plan.site ?? '';
    this.#progress = new Progress(process.stderr, plan.source.identity?.size, plan.quiet, () => ({
      ...this.#answered,
      bytesRead: plan.source.bytesRead,
    }));
  }

  /** Ends the run after the requests under way; {@link execute} then returns incomplete. */
  interrupt(): void {
    this.#stop.abort();
    this.#plan.source.close();
  }

  async execute(): Promise<ImportOutcome> {
    const { connection, giveUpAfterMs, checkpoint } = this.#plan;
    const sender = new Sender({
      connection,
      giveUpAfterMs,
      stop: this.#stop.signal,
      rejectedLines: this.#rejectedLines,
      onWait: (reason, ms) => this.#progress.waiting(reason, ms),
    });
    let error: unknown;
    try {
      await this.#resume();
      await this.#transfer(sender);
    } catch (failure) {
      error = failure;
    }
    this.#progress.end();
    const complete = error === undefined && !this.#stop.signal.aborted;
    await this.#saving;
    try {
      if (complete) await checkpoint?.remove();
      else if (this.#ledger.lines > 0) await this.#save();
    } catch (failure) {
      error ??= failure;
    }
    return {
      ledger: this.#ledger,
      seconds: this.#seconds(),
      siteUrl: this.#siteUrl,
      complete,
      error,
      rejectedLines: this.#rejectedLines,
      repeatedRequests: sender.repeatedRequests,
    };
  }

  async #resume(): Promise<void> {
    if (!this.#plan.resume) return;
    const saved = await this.#plan.checkpoint?.load();
    if (saved === undefined) return;
    if (saved === 'stale' || (this.#plan.site !== undefined && this.#plan.site !== saved.siteUrl)) {
      this.#progress.say(
        'The saved progress is of another file, endpoint or selection; starting from the first line.',
      );
      return;
    }
    this.#ledger.add(saved.ledger);
    this.#siteUrl = saved.siteUrl;
    this.#secondsBefore = saved.seconds;
    this.#progress.say(
      `Going on after line ${saved.ledger.lines.toLocaleString('en-US')}, where the last run stopped.`,
    );
  }

  async #transfer(sender: Sender): Promise<void> {
    const { source, batchSize, concurrency, skippedTypes } = this.#plan;
    const dispatcher = new Dispatcher(
      concurrency,
      async (batch) => {
        try {
          return await sender.send(batch);
        } catch (error) {
          // One refusal ends the run: the others must not sit out their back-off first.
          this.#stop.abort();
          throw error;
        }
      },
      (settled) => this.#settled(settled),
    );
    const groups = source.lines();
    const held = await this.#settleSite(groups);
    const batcher = new Batcher({
      site: this.#siteUrl,
      maxEvents: batchSize,
      skippedTypes,
      rejectedLines: this.#rejectedLines,
      linesDone: this.#ledger.lines,
    });
    const submitAll = async (lines: readonly RawLine[]) => {
      for (const line of lines) {
        const full = batcher.push(line);
        if (full !== undefined && !this.#stop.signal.aborted) await dispatcher.submit(full);
      }
    };
    try {
      await submitAll(held);
      for await (const lines of groups) {
        if (this.#stop.signal.aborted) break;
        await submitAll(lines);
      }
    } finally {
      if (!this.#stop.signal.aborted) await dispatcher.submit(batcher.finish());
      await dispatcher.drain();
    }
    if (this.#saveFailure !== undefined) throw this.#saveFailure;
  }

  async #settleSite(groups: AsyncGenerator<RawLine[]>): Promise<RawLine[]> {
    if (this.#siteUrl !== '') return [];
    const { site, held } = await sampleSite(groups);
    this.#siteUrl = site;
    this.#progress.say(`Site: ${site} (from the referrers; --site-url sets another)`);
    return held;
  }

  #settled(ledger: Ledger): void {
    this.#ledger.add(ledger);
    this.#answered = {
      lines: this.#answered.lines + ledger.lines,
      events: this.#answered.events + ledger.events,
    };
    const now = performance.now();
    if (this.#saving !== undefined || now - this.#lastSave < SAVE_INTERVAL_MS) return;
    this.#lastSave = now;
    this.#saving = this.#save()
      .catch((error: unknown) => {
        this.#saveFailure = error;
        this.#stop.abort();
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }

  async #save(): Promise<void> {
    await this.#plan.checkpoint?.save(this.#ledger, this.#siteUrl, this.#seconds());
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }
}
