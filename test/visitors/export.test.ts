import { randomUUID } from 'node:crypto';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { exportedTables, notExported } from '../../lambdas/lifecycle/privacy-jobs/export-tables.ts';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { signerOf } from '../../lambdas/tenancy/signed-document.ts';
import { requestJob } from '../../lambdas/visitors/visitor-jobs.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { track as trackInSql } from '../support/sql-api.ts';

const [ANNA, BERT] = ['marker-anna', 'marker-bert'];
const HOUR = 3_600_000;

let database: TestDatabase;
let tenant: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  tenant = await createTenant(database.pool, 'acme');
});
afterAll(() => database.drop());

const numbered = (mark: string, what: string) => `${mark}-${what}`;

/** An event whose every word says whose it is. */
const event = (mark: string, what: string, at: number, more: object = {}) => ({
  event_id: randomUUID(),
  event_type: 'page_view',
  visitor_id: mark,
  timestamp: new Date(at).toISOString(),
  page_url: `https://shop.example/${numbered(mark, what)}?q=${numbered(mark, 'query')}`,
  page_title: numbered(mark, 'title'),
  evt_label: numbered(mark, 'label'),
  utm_campaign: numbered(mark, 'campaign'),
  timezone: numbered(mark, 'zone'),
  user_agent: `Mozilla/5.0 ${numbered(mark, 'agent')}`,
  client_ip: mark === ANNA ? '198.51.100.1' : '198.51.100.2',
  items: [{ item_id: numbered(mark, 'item'), item_name: numbered(mark, 'item-name'), price: 3 }],
  note: numbered(mark, what),
  ...more,
});

const file = z.object({ name: z.string(), rows: z.number(), bytes: z.number(), sha256: z.string() });
const manifestShape = z.looseObject({
  tenant_id: z.string(),
  visitor_id: z.string(),
  rows: z.number(),
  shared_sessions: z.number(),
  files: z.array(file),
});

/** Asks for an export, has it made, and unpacks it. */
async function exportOf(visitorId: string) {
  const jobId = await inTenant(database.as(databaseRoles.reader), tenant, (client) =>
    requestJob(client, 'export', visitorId, 'token:test'),
  );
  await runPrivacyJobs(database.as(databaseRoles.maintenance), silent, [jobId]);
  const { rows } = await database.pool.query(
    'SELECT job_state, failure, visitor_id, archive FROM auth.privacy_jobs WHERE job_id = $1',
    [jobId],
  );
  expect(rows).toMatchObject([{ job_state: 'done', failure: null, visitor_id: null }]);
  const files = Object.entries(unzipSync(rows[0].archive)).map(([name, bytes]): [string, string] => [
    name,
    strFromU8(bytes),
  ]);
  const unpacked = new Map(files);
  return {
    jobId,
    files: unpacked,
    text: files.map(([, text]) => text).join('\n'),
    manifest: manifestShape.parse(JSON.parse(unpacked.get('manifest.json') ?? 'null')),
    rows: (name: string): unknown[] =>
      (unpacked.get(`${name}.jsonl`) ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  };
}

it('an export leaves out a batch’s own fields where they name somebody else', async () => {
  await tenant.track({
    visitor_id: 'somebody-else',
    events: [
      { event_type: 'click', visitor_id: 'guest' },
      { event_type: 'click', evt_label: 'theirs' },
    ],
  });
  const { text } = await exportOf('guest');
  expect(text).toContain('guest');
  expect(text).not.toContain('somebody-else');
  expect((await exportOf('somebody-else')).text).toContain('theirs');
});

describe('an export of one of two visitors who did the same', () => {
  /** What each left, by the place where it is: as it has to be found again. */
  const left = [
    'vaulted',
    'in-one-batch',
    'shared-session',
    'closed-session',
    'quarantined',
    'contested',
    'staged',
    'landed',
  ];
  beforeAll(async () => {
    const now = Date.now();
    const contested = new Map([ANNA, BERT].map((mark) => [mark, randomUUID()]));
    for (const mark of [ANNA, BERT]) {
      await tenant.track([
        event(mark, 'vaulted', now - 60_000),
        event(mark, 'closed-session', now - 3 * HOUR, { session_id: numbered(mark, 'session') }),
      ]);
      await tenant.track(event(mark, 'first', now - 50_000, { event_id: contested.get(mark) }));
      await tenant.track(event(mark, 'contested', now - 50_000, { event_id: contested.get(mark) }));
      // Without a page it passes the door of SQL, and staging sets it aside.
      await trackInSql(database.pool, {
        tenantId: 'acme',
        ...event(mark, 'quarantined', now, { page_url: '', session_id: numbered(mark, 'session') }),
      });
    }
    await tenant.track([ANNA, BERT].map((mark) => event(mark, 'in-one-batch', now - 40_000)));
    await tenant.track(
      [ANNA, BERT].map((mark) => event(mark, 'shared-session', now, { session_id: 'shared' })),
    );
    const { rows } = await database.pool.query('SELECT request_id::text FROM raw.pending_requests');
    await tenant.load(await tenant.stage(rows.map(({ request_id }) => String(request_id))));
    await takeSnapshots(database.as(databaseRoles.maintenance), silent, new Date(now));
    const staged = await tenant.land([ANNA, BERT].map((mark) => event(mark, 'staged', now)));
    await tenant.stage(staged.pending.map(({ requestId }) => requestId));
    await tenant.land([ANNA, BERT].map((mark) => event(mark, 'landed', now)));
  });

  it.each([
    [ANNA, BERT],
    [BERT, ANNA],
  ])('holds everything of %s and nothing of %s', async (mine, other) => {
    const { text, files } = await exportOf(mine);
    for (const what of [...left, 'query', 'title', 'label', 'campaign', 'zone', 'agent', 'item', 'item-name'])
      expect(text, what).toContain(numbered(mine, what));
    expect([...files].filter(([, content]) => content.includes(other)).map(([name]) => name)).toEqual([]);
    const { rows } = await database.pool.query(
      `SELECT encode(secret, 'hex') AS secret FROM auth.visitor_keys
       UNION ALL SELECT encode(salt, 'hex') FROM auth.visitor_salts
       UNION ALL SELECT encode(token_hash, 'hex') FROM auth.api_tokens`,
    );
    expect(rows.filter(({ secret }) => text.includes(secret))).toEqual([]);
  });

  it('holds each row of every table that is keyed by the visitor, each once', async () => {
    const { rows, manifest } = await exportOf(ANNA);
    const { rows: visitors } = await database.pool.query(
      'SELECT site_visitor_hk FROM business.site_visitor_h WHERE site_visitor_bk = $1',
      [ANNA],
    );
    const counted = exportedTables.filter(({ reach }) => reach === 'visitor' || reach === 'own_slice');
    for (const { table } of counted) {
      const there = await database.pool.query(
        `SELECT count(*)::int AS n FROM ${table} WHERE site_visitor_hk = $1`,
        [visitors[0]?.site_visitor_hk],
      );
      expect({ table, rows: rows(table).length }).toEqual({ table, rows: there.rows[0]?.n });
    }
    expect(rows('raw.site_tracking_events_r')).toHaveLength(8);
    expect(rows('staging.quarantined_events')).toHaveLength(2);
    expect(rows('business.event_business_item_nl')).toHaveLength(5);
    // The closed session and the open one; of the shared one Anna's own events only.
    expect(rows('analytics.session_facts')).toHaveLength(2);
    expect(rows('business.site_session_snapshot_s').length).toBeGreaterThan(0);
    expect(manifest.shared_sessions).toBe(1);
  });

  it('has a signed manifest with the rows and the hash of every file', async () => {
    const { files, manifest, jobId } = await exportOf(ANNA);
    expect(manifest).toMatchObject({ tenant_id: 'acme', visitor_id: ANNA, job_id: jobId });
    expect(manifest.files.map(({ name }) => name).sort()).toEqual(
      [...files.keys()].filter((name) => name !== 'manifest.json').sort(),
    );
    for (const { name, rows, bytes } of manifest.files) {
      const text = files.get(name) ?? '';
      expect({ name, rows, bytes }).toEqual({
        name,
        rows: text.split('\n').length - 1,
        bytes: Buffer.byteLength(text),
      });
    }
    expect(manifest.rows).toBe(manifest.files.reduce((sum, { rows }) => sum + rows, 0));
    expect(signerOf(manifest)).toMatch(/^[0-9a-f]{64}$/);
    expect(signerOf({ ...manifest, rows: manifest.rows + 1 })).toBeNull();
  });
});

it('a visitor whose id is an e-mail address is found by it, though the vault has a pseudonym', async () => {
  const visitor = 'jane.doe@example.com';
  await tenant.track(
    event(visitor, 'mail', Date.now(), { page_url: 'https://shop.example/mail', client_ip: '10.0.0.1' }),
  );
  const { rows } = await database.pool.query(
    'SELECT FROM business.site_visitor_h WHERE site_visitor_bk = $1',
    [visitor],
  );
  expect(rows).toEqual([]);
  const { rows: exported } = await exportOf(visitor);
  expect(exported('business.site_visitor_h')).toHaveLength(1);
  expect(exported('raw.site_tracking_events_r')).toHaveLength(1);
});

it('an export of nobody known is an empty one', async () => {
  const { files, manifest } = await exportOf('nobody');
  expect([...files.keys()]).toEqual(['manifest.json']);
  expect(manifest).toMatchObject({ rows: 0, files: [] });
});

it('no table that names visitors, sessions or events is forgotten by the export', async () => {
  const { rows } = await database.pool.query(
    `SELECT DISTINCT attribute.attrelid::regclass::text AS name
     FROM pg_attribute AS attribute
     JOIN pg_class AS relation ON relation.oid = attribute.attrelid
     WHERE relation.relnamespace::regnamespace::text IN ('auth', 'raw', 'staging', 'business', 'analytics')
       AND relation.relkind IN ('r', 'p') AND NOT relation.relispartition
       AND attribute.attname ~
         '(visitor|session|slice|event)_(hk|bk|ids?|key|ip_hash|mark)$|^(request_id|parent_hk|original_bytes|salt|secret)$'
     ORDER BY 1`,
  );
  const known = new Set([
    ...exportedTables.map(({ table }) => table),
    ...Object.keys(notExported),
    'raw.site_tracking_requests_r',
    'staging.quarantined_events',
  ]);
  const named = rows.map(({ name }) => String(name));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  // What is left out is left out for a reason, and is there.
  expect(Object.keys(notExported).filter((name) => !named.includes(name))).toEqual([]);
});
