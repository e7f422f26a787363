import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiAndData } from './api-and-data.ts';
import { delivery } from './delivery.ts';
import { deployedEnvironments } from './deployed.ts';
import { elsewhere } from './elsewhere.ts';
import { pipeline } from './pipeline.ts';
import { security } from './security.ts';

const repository = join(import.meta.dirname, '../../..');
const statements = [...security, ...pipeline, ...apiAndData, ...delivery];
const page = readFileSync(join(repository, 'docs/operations/checklist.md'), 'utf8');

describe.each(statements)('$number $says', ({ check, breaks }) => {
  it.each([...deployedEnvironments.keys()])('holds for %s', (name) => {
    const deployed = deployedEnvironments.get(name);
    expect(deployed && check(deployed)).toEqual([]);
  });

  it.each(breaks)('is seen to break by $what', ({ in: name = 'prod', by }) => {
    const deployed = structuredClone(deployedEnvironments.get(name));
    if (deployed === undefined) throw new Error(`There is no ${name}.`);
    by(deployed);
    expect(check(deployed)).not.toEqual([]);
  });
});

describe('what no template shows', () => {
  it.each(elsewhere)('$number is shown by $file: $test', ({ file, test }) => {
    const path = join(repository, file);
    expect(existsSync(path)).toBe(true);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(test);
    expect(text).not.toMatch(/\b(it|test|describe)(\.\w+)*\.(skip|todo|only|fails)\b/);
  });
});

it('shows each of the fifty statements somewhere, and the page says where', () => {
  const shown = [...statements, ...elsewhere].map(({ number }) => number);
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
  expect(numbers.filter((number) => !shown.includes(number))).toEqual([]);
  const rows = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(rows).toEqual(numbers);
});
