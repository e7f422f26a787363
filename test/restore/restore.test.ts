import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtInConfigOf, environmentNames } from '../../lib/environments.ts';
import { drill, type Findings } from '../../scripts/restore/drill.ts';
import { faultsOf } from '../../scripts/restore/faults.ts';
import { repository } from '../delivery/run.ts';

let directory: string;
let found: Findings;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'onevault-drill-'));
  found = await drill(directory, () => undefined);
}, 180_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('restores every event acknowledged before the target time, and none after it', () => {
  expect(found).toMatchObject({ before: 300, lost: 0, after: 100, kept: 0 });
});

it('lets the sweeper finish what was landed or staged at the target time', () => {
  expect(found.atRestore).toMatchObject({ landed: 300, vaulted: 100, pending: 200 });
  expect(found.atEnd).toEqual({ landed: 300, vaulted: 300, quarantined: 0, pending: 0 });
});

it('leaves a vault that passes every check, at once and after the sweep, and a schema that lacks nothing', () => {
  expect([found.broken, found.missingMigrations]).toEqual([[], []]);
  expect(faultsOf(found)).toEqual([]);
});

it('erases again whoever was erased after the target time', () => {
  expect(found.erased.atRestore).toBeGreaterThan(0);
  expect(found.erased.atEnd).toBe(0);
});

it.each<[string, Partial<Findings>]>([
  [
    'The erased visitor was not in the backup, so erasing again showed nothing.',
    { erased: { atRestore: 0, atEnd: 0 } },
  ],
  ['5 events of a visitor who was erased after the target are back.', { erased: { atRestore: 9, atEnd: 5 } }],
  ['3 events acknowledged before the target are missing.', { lost: 3 }],
  ['1 requests from after the target are still there.', { kept: 1 }],
  ['The conformance checks H1_a return rows.', { broken: ['H1_a'] }],
  ['The migrations 0002_raw.sql were missing.', { missingMigrations: ['0002_raw.sql'] }],
  [
    'Nothing was on its way at the target, so the sweeper showed nothing.',
    { atRestore: { landed: 300, vaulted: 300, quarantined: 0, pending: 0 } },
  ],
  [
    '5 events are still on their way after the sweep.',
    { atEnd: { landed: 300, vaulted: 300, quarantined: 0, pending: 5 } },
  ],
  [
    '300 events have landed, and 290 are in the vault and 9 in quarantine.',
    { atEnd: { landed: 300, vaulted: 290, quarantined: 9, pending: 0 } },
  ],
])('a drill fails with: %s', (fault, change) => {
  expect(faultsOf({ ...found, ...change })).toEqual([fault]);
});

const runbook = readFileSync(join(repository, 'docs/operations/restore.md'), 'utf8');

it('has a runbook that states the targets, the bounds of the target time, and the backups of each environment', () => {
  expect(runbook).toMatch(/RPO \*\*5 minutes\*\*/);
  expect(runbook).toMatch(/RTO \*\*60 minutes\*\*/);
  expect(runbook).toContain('EarliestRestorableTime');
  expect(runbook).toContain('LatestRestorableTime');
  for (const name of environmentNames.filter((each) => runbook.includes(`| ${each} `))) {
    expect(runbook).toContain(`| ${name} | ${builtInConfigOf(name).database.backupDays} `);
  }
  expect(runbook).toMatch(/\| prod \| 14 /);
});
