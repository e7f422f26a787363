import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type QuestionRoute, topicOf } from '../../lambdas/analytics/operations.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  type Answers,
  everyAnswer,
  loadSurface,
  openFunctions,
  type Question,
  requestOf,
  type Surface,
  withoutFilters,
} from './filters-off.ts';
import {
  CONTESTED,
  createGround,
  type Ground,
  idOf,
  markOf,
  OF_B_ONLY,
  VISITOR,
  VISITOR_OF_B_ONLY,
} from './ground.ts';

const statements = join(import.meta.dirname, '../../sql/statements');
const routes = Object.keys(topicOf).filter((route): route is QuestionRoute => route in topicOf);

let database: TestDatabase;
let ground: Ground;
let open: Surface;
let functions: readonly string[];
/** What A and B are answered while every filter is in its place, and without. */
let closedAnswers: readonly Answers[];
let openAnswers: readonly Answers[];
/** What A is answered without filters by a database that does not isolate. */
let leakingAnswers: Answers;

const events = [idOf(1), idOf(95), CONTESTED, OF_B_ONLY];
/** The questions without a filter of their own. */
const plain: readonly Question[] = routes.map((route) => ({
  route,
  query: route.endsWith('/funnel') ? { steps: 'event:page_view,event:item_interaction' } : {},
}));
const questions: readonly Question[] = [
  ...plain,
  ...routes.map((route) => ({
    route,
    query: route.endsWith('/live') ? { site: 'main' } : { bot: 'all', compare: 'previous', site: 'main' },
  })),
  ...routes.map((route) => ({ route, query: { source: 'mark-of-tenant-b' } })),
];

beforeAll(async () => {
  ({ database, ground } = await createGround());
  const { reader, a, b } = ground;
  const whole = await loadSurface({ isOpen: false });
  open = await loadSurface({ isOpen: true });
  vi.useFakeTimers({ toFake: ['Date'] });
  const answersTo = (surface: Surface) =>
    Promise.all([a, b].map((tenant) => everyAnswer(surface, reader, tenant, questions, events)));
  closedAnswers = await answersTo(whole);
  functions = await openFunctions(database.pool);
  openAnswers = await answersTo(open);
  leakingAnswers = await everyAnswer(open, database.pool, a, plain, []);
});
afterAll(async () => {
  vi.useRealTimers();
  await database.drop();
});

describe('T33: with every filter of the application switched off', () => {
  it('none is left in what callers ask', async () => {
    const withFilter: string[] = [];
    for await (const file of glob('{analytics,pipeline-state,visitors}/*.sql', { cwd: statements })) {
      const text = readFileSync(join(statements, file), 'utf8').replace(/--.*$/gm, '');
      const { filters } = withoutFilters(text);
      expect([...text.matchAll(/tenant_(hk|id)\b/g)].length, file).toBe(filters);
      if (filters > 0) withFilter.push(file.replace(/\.sql$/, ''));
    }
    const opened = [...open.opened].filter(([, filters]) => filters > 0).map(([name]) => name);
    expect(opened.sort()).toEqual([...withFilter, 'settle_visitor_key', 'settle_visitor_salt'].sort());
    expect(functions).toEqual(
      expect.arrayContaining([
        'analytics.selected_events',
        'analytics.session_overview',
        'analytics.shown_tenant',
      ]),
    );
  });

  it('every question is answered as before, to every tenant', () => {
    const before = closedAnswers.flatMap((answers) => [...answers]);
    const after = openAnswers.flatMap((answers) => [...answers]);
    expect(before).toHaveLength(2 * (questions.length + 3 + events.length));
    const changed = before.filter(([, answered], position) => answered !== after[position]?.[1]);
    expect(changed.map(([question]) => question)).toEqual([]);
  });

  it('no answer to A holds a word of B or C', () => {
    const [answers = new Map<string, string>()] = openAnswers;
    const words = [ground.b, ground.c].map(markOf);
    // An answer names the filters it was asked with.
    const leaks = [...answers].filter(([, answered]) =>
      words.some((word) => answered.replace(/"filters":{[^}]*}/, '').includes(word)),
    );
    expect(leaks.map(([question]) => question)).toEqual([]);
    expect([...answers.values()].join()).toContain(markOf(ground.a));
    expect(answers.get(`GET /api/v1/events/{id}/lineage ${OF_B_ONLY}`)).toBe('unknown_event');
  });

  it('a tenant learns nothing of what visitors of another asked for, and cannot take it from them', async () => {
    const answered = (
      route: 'GET /api/v1/visitors/{id}' | 'DELETE /api/v1/visitors/{id}/export',
      id: string,
    ) =>
      open.inTenant(ground.reader, ground.a, (client) =>
        open.answerVisitors(route, client, ground.a, 'token:test', requestOf(route, {}, { id })),
      );
    const own = JSON.parse((await answered('GET /api/v1/visitors/{id}', VISITOR)).body);
    expect(own.data).toMatchObject({ held: { events: 7 }, jobs: [{ kind: 'export' }] });
    expect(own.data.jobs).toHaveLength(1);
    await expect(answered('GET /api/v1/visitors/{id}', VISITOR_OF_B_ONLY)).rejects.toMatchObject({
      code: 'unknown_visitor',
    });
    const deleted = await answered('DELETE /api/v1/visitors/{id}/export', VISITOR_OF_B_ONLY);
    expect(JSON.parse(deleted.body)).toMatchObject({ deleted: 0 });
  });

  it('a tenant has its own salt and key still', async () => {
    const saltOf = open.createSaltKeeper(ground.ingest);
    const salts = await Promise.all(ground.tenants.map((tenant) => saltOf(tenant, new Date())));
    expect(new Set(salts.map(({ secret }) => secret.toString('hex'))).size).toBe(ground.tenants.length);
    const keyOf = open.createKeyKeeper(ground.ingest);
    const keys = await Promise.all(ground.tenants.map((tenant) => keyOf(tenant, new Date())));
    expect(new Set(keys.map(({ secret }) => secret.toString('hex'))).size).toBe(ground.tenants.length);
  });

  it('every one of these questions would be answered otherwise without row-level security', () => {
    const alike = [...leakingAnswers].filter(
      ([question, leaking]) => leaking === openAnswers[0]?.get(question),
    );
    expect(alike.map(([question]) => question)).toEqual([]);
    expect(leakingAnswers.size).toBe(plain.length + 3);
  });
});
