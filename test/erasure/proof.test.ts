import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Proof, proveErasure } from '../../bench/erasure-proof.ts';

let directory: string;
let proof: Proof;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'onevault-erasure-'));
  proof = await proveErasure(directory, 300, 10, () => undefined);
}, 180_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('marked visitors among others, in every byte of the server that held them', () => {
  it('are found before they are erased, and in the backup', () => {
    expect(proof.counts).toMatchObject({ visitors_found: 10, events_anonymised: 60 });
    expect(proof.files.before.length).toBeGreaterThan(8);
    expect(proof.files.restored.length).toBeGreaterThan(8);
  });

  it('are in none after erasure and vacuum, nor after a replay of everything', () => {
    expect(proof.files.afterVacuum).toEqual([]);
    expect(proof.files.afterReplay).toEqual([]);
  });

  it('are in none after a restore to the moment before, once erased again', () => {
    expect(proof.files.afterErasingAgain).toEqual([]);
  });

  it('are in no line of a log', () => {
    expect(proof.said).toEqual([]);
  });

  it('leave totals as they were, before and after the replay, and vaults that pass every check', () => {
    expect(proof.sameTotals).toEqual({ erased: true, replayed: true });
    expect(proof.broken).toEqual([]);
  });
});
