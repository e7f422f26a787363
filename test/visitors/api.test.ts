import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createGate } from '../../lambdas/api/gate.ts';
import { createTenantAnswers } from '../../lambdas/api/tenant-answers.ts';
import type { VisitorRoute } from '../../lambdas/api/visitor-operations.ts';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, gatewayEvent, json } from '../support/http-calls.ts';
import { createTenant, silent } from '../support/pipeline.ts';

const EXPORT = 'GET /api/v1/visitors/{id}/export';
const ZIP = { accept: 'application/zip' };
const PART = 4 * 1024 * 1024;

let database: TestDatabase;
let acme: ProvisionedTenant;
let globex: ProvisionedTenant;
let ask: (
  route: VisitorRoute,
  id: string,
  more?: { headers?: Record<string, string>; query?: Record<string, string>; as?: ProvisionedTenant },
) => Promise<{ statusCode: number; headers: Readonly<Record<string, string>>; body: string }>;
beforeAll(async () => {
  database = await createDatabase();
  acme = await provisionTenant(database.pool, { tenantId: 'acme', siteId: 'main', name: 'A' });
  globex = await provisionTenant(database.pool, { tenantId: 'globex', siteId: 'main', name: 'G' });
  for (const tenantId of ['acme', 'globex']) {
    const tenant = await createTenant(database.pool, tenantId);
    await tenant.track({
      event_type: 'page_view',
      visitor_id: 'shared',
      page_url: `https://${tenantId}.example/`,
    });
    if (tenantId === 'acme') await tenant.track({ event_type: 'click', visitor_id: 'Zoë/🏿 %2F' });
    else await tenant.track({ event_type: 'click', visitor_id: 'only-globex' });
  }
  const pool = database.as(databaseRoles.reader);
  const gate = createGate({ database: pool, logger: silent, rate: { of: 'questions', perSecond: 1_000 } });
  const answer = createTenantAnswers({
    pool,
    gate,
    readDepths: () => Promise.resolve([]),
    questionsPerTenant: 2,
  });
  ask = (route, id, { headers = {}, query = {}, as = acme } = {}) =>
    gate.serve(async (call) => answer(route, await gate.admit(call, 'visitors:manage'), call))({
      ...gatewayEvent(route, credentials(as.tokens.admin, as.id, headers)),
      pathParameters: { id },
      queryStringParameters: query,
    });
});
afterAll(() => database.drop());

const run = () => runPrivacyJobs(database.as(databaseRoles.maintenance), silent);

it('takes an id with any letters, and names it URL-encoded', async () => {
  const id = 'Zoë/🏿 %2F';
  const noted = await ask('POST /api/v1/visitors/{id}/export', id);
  expect(noted.statusCode).toBe(202);
  const visitor = `/api/v1/visitors/${encodeURIComponent(id)}`;
  expect(json(noted)).toMatchObject({
    job: { status: 'waiting', archive: null },
    links: { status: `${visitor}/export`, visitor },
  });
  expect((await ask(EXPORT, id, { headers: ZIP })).statusCode).toBe(409);
  await run();
  const done = z
    .looseObject({ job: z.looseObject({ job_id: z.string() }) })
    .parse(json(await ask(EXPORT, id)));
  expect(done).toMatchObject({
    job: { status: 'done', archive: { parts: [`${visitor}/export?job=${done.job.job_id}&part=1`] } },
  });
  expect(json(await ask('GET /api/v1/visitors/{id}', id))).toMatchObject({
    data: { held: { events: 1, sessions: 1 }, jobs: [{ kind: 'export' }] },
  });
});

it('finds by an e-mail address who is stored under what stands for it', async () => {
  const tenant = await createTenant(database.pool, 'acme');
  await tenant.track({ event_type: 'click', visitor_id: 'jane.doe@example.com' });
  expect(json(await ask('GET /api/v1/visitors/{id}', 'jane.doe@example.com'))).toMatchObject({
    data: { held: { events: 1 }, jobs: [] },
  });
});

it('says 404 alike of a visitor who is unknown and of another tenant’s', async () => {
  const answers = await Promise.all(
    ['nobody', 'only-globex'].map((id) => ask('GET /api/v1/visitors/{id}', id)),
  );
  expect(answers[0]?.statusCode).toBe(404);
  expect(answers[1]?.body).toBe(answers[0]?.body);
  const exports = await Promise.all(['nobody', 'only-globex'].map((id) => ask(EXPORT, id)));
  expect(exports[0]?.statusCode).toBe(404);
  expect(exports[1]?.body).toBe(exports[0]?.body);
});

it('asks for another tenant’s visitor as for nobody: what is theirs stays as it is', async () => {
  await ask('POST /api/v1/visitors/{id}/export', 'shared', { as: globex });
  await run();
  const archive = await ask(EXPORT, 'shared', { as: globex, headers: ZIP });
  expect(archive.statusCode).toBe(200);
  expect((await ask(EXPORT, 'shared', { headers: ZIP })).statusCode).toBe(409);
  expect(json(await ask('DELETE /api/v1/visitors/{id}/export', 'shared'))).toMatchObject({ deleted: 0 });
  expect((await ask('DELETE /api/v1/visitors/{id}', 'shared')).statusCode).toBe(202);
  await run();
  expect(json(await ask('GET /api/v1/visitors/{id}', 'shared'))).toMatchObject({
    data: { held: null, jobs: [{ kind: 'erasure', status: 'done', certificate: { tenant_id: 'acme' } }] },
  });
  // T29: the id is both tenants', the erasure was one's.
  expect(json(await ask('GET /api/v1/visitors/{id}', 'shared', { as: globex }))).toMatchObject({
    data: { held: { events: 1 }, jobs: [{ kind: 'export', status: 'done' }] },
  });
  expect((await ask(EXPORT, 'shared', { as: globex, headers: ZIP })).body).toBe(archive.body);
});

describe('an archive beyond what a function can answer', () => {
  const bytes = randomBytes(2 * PART + 1_000);
  beforeAll(async () => {
    await ask('POST /api/v1/visitors/{id}/export', 'large');
    await run();
    await database.pool.query(
      `UPDATE auth.privacy_jobs SET archive = $1
       WHERE visitor_mark = raw.visitor_mark((SELECT secret FROM auth.visitor_keys JOIN auth.tenant_h USING (tenant_hk)
                                              WHERE tenant_bk = 'acme'), 'large')`,
      [bytes],
    );
  });

  it('is given in parts, each within the limit, which put together are the file', async () => {
    const state = json(await ask(EXPORT, 'large'));
    expect(state).toMatchObject({ job: { archive: { bytes: bytes.length } } });
    const parts: Buffer[] = [];
    for (const part of ['1', '2', '3']) {
      const answer = await ask(EXPORT, 'large', { headers: ZIP, query: { part } });
      expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: true });
      expect(answer.headers).toMatchObject({
        'content-type': 'application/zip',
        'cache-control': 'no-store',
        'content-disposition': expect.stringMatching(
          new RegExp(`^attachment; filename="export-[0-9a-f-]{36}.zip.00${part}"$`),
        ),
      });
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6_291_556);
      parts.push(Buffer.from(answer.body, 'base64'));
    }
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  it('is the one that was asked for, whatever was exported since', async () => {
    const before = z.looseObject({ job: z.looseObject({ job_id: z.string() }) });
    const job = before.parse(json(await ask(EXPORT, 'large'))).job.job_id;
    await ask('POST /api/v1/visitors/{id}/export', 'large');
    await run();
    const asked = (query: Record<string, string>) => ask(EXPORT, 'large', { headers: ZIP, query });
    const old = await asked({ job, part: '3' });
    expect(Buffer.from(old.body, 'base64').equals(bytes.subarray(2 * PART))).toBe(true);
    expect((await asked({ part: '3' })).statusCode).toBe(400);
    expect((await asked({ job: randomUUID() })).statusCode).toBe(409);
    expect(json(await asked({ job: 'x' })).code).toBe('invalid_job');
    await database.pool.query('DELETE FROM auth.privacy_jobs WHERE job_id <> $1 AND archive IS NOT NULL', [
      job,
    ]);
  });

  it.each([
    ['4', 'invalid_part'],
    ['999999', 'invalid_part'],
    ['0', 'invalid_part'],
    ['x', 'invalid_part'],
  ])('has no part %s', async (part, code) => {
    const answer = await ask(EXPORT, 'large', { headers: ZIP, query: { part } });
    expect([answer.statusCode, json(answer).code]).toEqual([400, code]);
  });
});

it.each([
  ['none', ''],
  ['256 characters', 'x'.repeat(256)],
])('refuses an id that no visitor can have: %s', async (_, id) => {
  for (const route of ['GET /api/v1/visitors/{id}', 'DELETE /api/v1/visitors/{id}'] as const) {
    const answer = await ask(route, id);
    expect([answer.statusCode, json(answer).code]).toEqual([400, 'invalid_visitor']);
  }
});

it('notes in the audit log who asked for what, and not for whom', async () => {
  const { rows } = await database.pool.query(
    `SELECT DISTINCT action, outcome FROM auth.audit_log WHERE actor LIKE 'token:%' AND action LIKE '%/visitors/%' AND outcome = 'done' ORDER BY 1`,
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'DELETE /api/v1/visitors/{id}',
    'DELETE /api/v1/visitors/{id}/export',
    'GET /api/v1/visitors/{id}',
    'GET /api/v1/visitors/{id}/export',
    'POST /api/v1/visitors/{id}/export',
  ]);
  const { rows: all } = await database.pool.query('SELECT audit_log::text AS entry FROM auth.audit_log');
  expect(all.filter(({ entry }) => /shared|Zo|large|only-globex/.test(String(entry)))).toEqual([]);
});
