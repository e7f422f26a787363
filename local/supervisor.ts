import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { recorderEnvironment } from './cloudwatch/recorder.ts';
import { type DataDirectory, StartRefused } from './data-directory.ts';
import { childMessage } from './messages.ts';
import { isAlive } from './process-table.ts';

const backOff = { firstMs: 200, longestMs: 5_000, forgottenAfterMs: 10_000 };
/** Attempts before a process that has never been ready fails the start. */
const firstAttempts = 6;
/** After this long a process that was asked to stop is killed. */
const stopLimitMs = 25_000;
const logTailLines = 15;
const project = path.dirname(import.meta.dirname);

/** One process of the stack. */
export interface ChildSpec<Detail> {
  name: string;
  module: URL;
  /** Sent to the process at every start. */
  configuration(): unknown;
  detail: z.ZodType<Detail>;
  /** The id under which the process is known, where that is not the id of the child itself. */
  pidOf?(detail: Detail): number;
}

interface Member {
  name: string;
  child: ChildProcess | undefined;
  pid: number | undefined;
  stopping: boolean;
}

/** Starts the stack's processes, brings back those that die, and stops them in order. */
export class Supervisor {
  readonly #data: DataDirectory;
  readonly #report: (line: string) => void;
  readonly #members = new Map<string, Member>();
  #stopping = false;
  /** Called whenever a process has come up. */
  onChange: () => void = () => undefined;

  constructor(data: DataDirectory, report: (line: string) => void) {
    this.#data = data;
    this.#report = report;
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  /** The id of each process that is up. */
  pids(): Record<string, number> {
    const up = [...this.#members.values()].flatMap(({ name, pid }) =>
      pid === undefined ? [] : [[name, pid] as const],
    );
    return Object.fromEntries(up);
  }

  /**
   * Starts a process and resolves with what it says of itself once it is ready; from then on it is brought back when
   * it dies.
   * @throws StartRefused with the end of its log when it does not get ready.
   */
  async start<Detail>(spec: ChildSpec<Detail>): Promise<Detail> {
    const member: Member = { name: spec.name, child: undefined, pid: undefined, stopping: false };
    this.#members.set(spec.name, member);
    for (let attempt = 1; ; attempt++) {
      if (this.#stopping) throw new StartRefused('The stack is stopping.');
      const run = this.#run(spec, member);
      const detail = await run.ready;
      if (detail !== undefined) {
        void this.#keep(spec, member, run.ended);
        return detail.value;
      }
      if (attempt === firstAttempts) {
        throw new StartRefused(
          `${spec.name} did not start. The end of its log:\n${this.#logTail(spec.name)}`,
        );
      }
      await sleep(Math.min(backOff.firstMs * 2 ** attempt, backOff.longestMs));
    }
  }

  /** Stops the named processes together; resolves when they are gone. */
  async stop(names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#end(this.#members.get(name))));
  }

  /** From now on a process that ends is not brought back. */
  release(): void {
    this.#stopping = true;
  }

  /** Ends every process at once, without waiting for its work. */
  kill(): void {
    this.#stopping = true;
    for (const { child, pid } of this.#members.values()) {
      child?.kill('SIGKILL');
      // A server that its child process looked after; SIGQUIT is how Postgres stops at once.
      if (pid !== undefined && pid !== child?.pid && isAlive(pid)) process.kill(pid, 'SIGQUIT');
    }
  }

  async #end(member: Member | undefined): Promise<void> {
    if (member === undefined) return;
    member.stopping = true;
    const { child } = member;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const killer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(killer);
  }

  async #keep<Detail>(spec: ChildSpec<Detail>, member: Member, firstEnd: Promise<string>): Promise<void> {
    let ended = firstEnd;
    let pause = backOff.firstMs;
    for (;;) {
      const since = Date.now();
      const reason = await ended;
      if (this.#stopping || member.stopping) return;
      pause = Date.now() - since > backOff.forgottenAfterMs ? backOff.firstMs : pause;
      this.#report(`${spec.name} ended (${reason}); starting it again in ${pause / 1000} s.`);
      await sleep(pause);
      pause = Math.min(pause * 2, backOff.longestMs);
      if (this.#stopping || member.stopping) return;
      const run = this.#run(spec, member);
      void run.ready.then((detail) => {
        if (detail !== undefined) this.#report(`${spec.name} is up again.`);
      });
      ended = run.ended;
    }
  }

  /** Starts the process once. */
  #run<Detail>(
    spec: ChildSpec<Detail>,
    member: Member,
  ): { ready: Promise<{ value: Detail } | undefined>; ended: Promise<string> } {
    const log = openSync(this.#data.log(spec.name), 'a');
    const child = fork(spec.module, {
      // Its own process group: Ctrl-C reaches the supervisor alone, which then stops its children in order.
      detached: true,
      // Functions find the project's files from the working directory, in Lambda their bundle's root.
      cwd: project,
      env: { PATH: process.env.PATH, TZ: 'UTC', ...recorderEnvironment(this.#data.path, spec.name) },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    member.child = child;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => {
        member.pid = undefined;
        resolve(signal ?? `exit status ${code}`);
      });
    });
    const ready = new Promise<{ value: Detail } | undefined>((resolve, reject) => {
      child.on('message', (raw) => {
        const message = childMessage.parse(raw);
        if (message.kind === 'refused') return reject(new StartRefused(message.message));
        const value = spec.detail.parse(message.detail);
        member.pid = spec.pidOf?.(value) ?? child.pid;
        this.onChange();
        resolve({ value });
      });
      void ended.then(() => resolve(undefined));
    });
    ready.catch(() => undefined);
    child.send(spec.configuration() ?? {}, () => undefined);
    return { ready, ended };
  }

  #logTail(name: string): string {
    return readFileSync(this.#data.log(name), 'utf8').trimEnd().split('\n').slice(-logTailLines).join('\n');
  }
}
