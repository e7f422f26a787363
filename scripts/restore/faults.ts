import type { Findings } from './drill.ts';

/** What a drill found wrong, a sentence each; none when everything is there again. */
export function faultsOf(found: Findings): string[] {
  const { lost, kept, broken, missingMigrations, atRestore, atEnd, erased } = found;
  const faults = {
    [`${lost} events acknowledged before the target are missing.`]: lost > 0,
    [`${kept} requests from after the target are still there.`]: kept > 0,
    [`The conformance checks ${broken.join(', ')} return rows.`]: broken.length > 0,
    [`The migrations ${missingMigrations.join(', ')} were missing.`]: missingMigrations.length > 0,
    'The erased visitor was not in the backup, so erasing again showed nothing.': erased.atRestore === 0,
    [`${erased.atEnd} events of a visitor who was erased after the target are back.`]: erased.atEnd > 0,
    'Nothing was on its way at the target, so the sweeper showed nothing.': atRestore.pending === 0,
    [`${atEnd.pending} events are still on their way after the sweep.`]: atEnd.pending > 0,
    [`${atEnd.landed} events have landed, and ${atEnd.vaulted} are in the vault and ${atEnd.quarantined} in quarantine.`]:
      atEnd.landed !== atEnd.vaulted + atEnd.quarantined,
  };
  return Object.entries(faults).flatMap(([sentence, holds]) => (holds ? [sentence] : []));
}
