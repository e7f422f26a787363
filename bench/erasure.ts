import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proveErasure } from './erasure-proof.ts';

const VISITORS = Number(process.env.ERASURE_VISITORS ?? 100_000);
const MARKED = Number(process.env.ERASURE_MARKED ?? 1_000);

/** Erases marked visitors among many, and looks for their marks in every byte. */
export async function benchErasure(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'onevault-erasure-'));
  try {
    const { events, counts, seconds, files, said, sameTotals, broken } = await proveErasure(
      directory,
      VISITORS,
      MARKED,
      (line) => console.log(line),
    );
    console.log(`
${VISITORS} visitors with ${events} events, ${MARKED} of them marked: loaded in ${seconds.load.toFixed(0)} s
erased in ${seconds.erase.toFixed(1)} s: ${counts.events_anonymised} events, ${counts.requests_rewritten} requests written over; vacuum ${seconds.vacuum.toFixed(1)} s
files with a mark: ${files.before.length} before, ${files.afterVacuum.length} after erasure and vacuum, ${files.afterReplay.length} after a replay of everything
restored to the moment before: ${files.restored.length}, after erasing again ${files.afterErasingAgain.length}
lines of logs with a mark: ${said.length}
totals as before: after the erasure ${sameTotals.erased}, after the replay ${sameTotals.replayed}
conformance checks that fail: ${broken.length === 0 ? 'none' : broken.join(', ')}`);
    const left = [files.afterVacuum, files.afterReplay, files.afterErasingAgain, said, broken].flat();
    for (const each of left.slice(0, 20)) console.log(`  ${each}`);
    if (left.length > 0 || !sameTotals.erased || !sameTotals.replayed) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
