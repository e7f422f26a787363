#!/usr/bin/env node
// The sources are TypeScript that only Node >= 24 runs as they are. An older Node hands over to the one npm installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const FIRST_NODE_THAT_RUNS_TYPESCRIPT = 24;
const main = new URL('./main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= FIRST_NODE_THAT_RUNS_TYPESCRIPT) {
  await import(main.href);
} else {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(node)) {
    const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], {
      // The channel tells the command when this process was killed without a chance to pass it on.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    // Ctrl-C reaches the whole foreground group, a signal sent to this process alone does not: both must get there.
    process.on('SIGINT', () => child.kill('SIGINT'));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('exit', (code, signal) => {
      process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
    });
  } else {
    process.stderr.write(
      `onevault: Node ${process.versions.node} is too old to run it alone. Run \`npm ci\` in the project first; it brings Node 24.\n`,
    );
    process.exitCode = 1;
  }
}
