import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../lambdas/event/limits.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

const repository = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const pages = ['README.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: repository })];

describe('the documentation’s SQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const statements = pages.flatMap((page) =>
    [...read(page).matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => ({ page, text })),
  );
  it.each(statements)('of $page runs: $text', async ({ text }) => {
    await expect(database.pool.query(text)).resolves.toBeDefined();
  });
});

it.each([
  ['body after decompression', limits.bodyBytes],
  ['events a request', limits.eventsPerRequest],
  ['fields of a batch’s envelope', limits.envelopeBytes],
  ['nesting of an event', limits.jsonDepth],
  ['keys of an event', limits.objectKeys],
  ['type, category, action', limits.nameLength],
  ['label, session id, visitor id, event id', limits.identifierLength],
  ['page address, title, referrer', limits.addressLength],
  ['items of an event', limits.itemsPerEvent],
  ['whole numbers', limits.integerMax],
])('docs/events.md states the limit that the code keeps: %s', (what, limit) => {
  const row = read('docs/events.md')
    .split('\n')
    .find((line) => line.startsWith(`| ${what.replace('’', "'")}`));
  expect(row).toContain(limit.toLocaleString('en'));
});

it('links to files that are there', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+?)(#[^)]*)?\)/g)]
      .map(([, target = '']) => join(page, '..', target))
      .filter((target) => globSync(target, { cwd: repository }).length === 0)
      .map((target) => `${page} → ${target}`),
  );
  expect(broken).toEqual([]);
});
