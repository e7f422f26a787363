import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drill, type Findings } from './restore/drill.ts';
import { faultsOf } from './restore/faults.ts';

const USAGE = `Usage: npm run restore-drill

Loses a database on this machine and restores it to a moment before the accident, with real Postgres: base backup under traffic,
archived log, recovery to a target time, then the checks of docs/operations/restore.md. Prints what was lost and how long it took.
Exit status: 0 everything was there again, 1 something was not.
`;

function tell({
  target,
  before,
  lost,
  after,
  kept,
  newestBeforeTargetMs,
  atRestore,
  atEnd,
  erased,
  seconds,
}: Findings) {
  const total = seconds.restore + seconds.checks + seconds.sweep;
  console.log(`
Restored to ${target}
RPO  ${lost} of ${before} events acknowledged before the target are missing; the newest is ${newestBeforeTargetMs?.toFixed(0) ?? '?'} ms older than it
     ${kept} of ${after} events acknowledged after it are there
RTO  ${total.toFixed(1)} s: restore ${seconds.restore.toFixed(1)} s, migrations and checks ${seconds.checks.toFixed(1)} s, sweep ${seconds.sweep.toFixed(1)} s
     landed ${atRestore.landed}, in the vault ${atRestore.vaulted} and after the sweep ${atEnd.vaulted}, pending ${atRestore.pending} and then ${atEnd.pending}
     ${erased.atRestore} events of a visitor erased after the target came back, ${erased.atEnd} are left`);
}

if (process.argv.length > 2) {
  console.log(USAGE);
} else {
  const directory = mkdtempSync(join(tmpdir(), 'onevault-restore-'));
  try {
    const findings = await drill(directory, (line) => console.log(line));
    tell(findings);
    const faults = faultsOf(findings);
    for (const fault of faults) console.error(fault);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
