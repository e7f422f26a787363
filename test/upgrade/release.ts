import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Outcome } from '../../local/function-host.ts';
import type { FunctionSpec } from '../../local/messages.ts';

export const repository = join(import.meta.dirname, '..', '..');

const answer = z.object({
  id: z.string(),
  outcome: z.custom<Outcome>((value) => z.object({ kind: z.string() }).safeParse(value).success),
});

/** The release before this one, unpacked where it finds the packages of this one. */
export interface PreviousRelease {
  readonly directory: string;
  remove(): void;
}

export function unpackPreviousRelease(): PreviousRelease {
  const directory = mkdtempSync(join(tmpdir(), 'onevault-previous-'));
  execFileSync('tar', ['-xzf', join(import.meta.dirname, 'previous-release.tar.gz'), '-C', directory]);
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  // Without it the sources would count as CommonJS.
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The functions of a release as they run beside those of another. */
export class Release {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();

  /** @param directory holds `lambdas/` and `sql/` of the release. */
  constructor(directory: string, functions: readonly Omit<FunctionSpec, 'entry'>[]) {
    this.#child = fork(join(import.meta.dirname, 'release-process.ts'), {
      cwd: directory,
      // Metrics go to standard output, and nobody reads them here.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (raw) => {
      const { id, outcome } = answer.parse(raw);
      this.#waiting.get(id)?.(outcome);
      this.#waiting.delete(id);
    });
    this.#child.send({
      kind: 'start',
      functions: functions.map((each) => ({ ...each, entry: join(directory, 'lambdas', `${each.name}.ts`) })),
    });
  }

  invoke(name: string, event: unknown): Promise<Outcome> {
    const id = randomUUID();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ kind: 'invoke', id, name, event: JSON.stringify(event) });
    });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await ended;
  }
}
