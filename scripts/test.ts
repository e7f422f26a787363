import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Everything that must hold before a change lands. Arguments are vitest's and leave out the checks before it. */
const vitestArguments = process.argv.slice(2);
const checks: readonly (readonly [string, ...string[]])[] =
  vitestArguments.length > 0
    ? [['vitest', 'run', ...vitestArguments]]
    : [
        ['biome', 'check', '.'],
        ['tsc', '--noEmit'],
        ['vitest', 'run'],
      ];

const binaries = join(import.meta.dirname, '..', 'node_modules', '.bin');
for (const [command, ...parameters] of checks) {
  // The pinned Node must come first: the commands ask the path for one.
  const path = `${binaries}:${process.env.PATH}`;
  const { status } = spawnSync(join(binaries, command), parameters, {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
