import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { onevault } from '../../support/onevault-process.ts';
import { RetentionGround } from '../../support/retention-ground.ts';

const asOf = new Date();
let database: TestDatabase;
let ground: RetentionGround;
beforeAll(async () => {
  database = await createDatabase();
  ground = await RetentionGround.make(database, asOf);
  for (const arrival of ground.edges(0)) {
    if (arrival.tenant !== 'keeps') await ground.load(arrival.tenant, await ground.land(arrival));
  }
});
afterAll(() => database.drop());

const run = (...argv: string[]) => onevault(argv, { environment: { SYSTEM_DATABASE_URL: database.url } });
const held = async () => [await ground.holdings('short'), await ground.holdings('long')];

const counted = z.array(
  z.object({ tenant_id: z.string(), class: z.string(), rows: z.number(), cut_off: z.string() }),
);
const report = z.object({ expiries: counted, weeks_dropped: z.number(), is_done: z.literal(true) });
const kept = z.array(
  z.object({
    tenant_id: z.string(),
    class: z.string(),
    days: z.number().nullable(),
    oldest: z.coerce.date().nullable(),
  }),
);
const rowsOf = (found: z.infer<typeof counted>) =>
  new Map(found.map((each) => [`${each.tenant_id} ${each.class}`, each.rows]));

it('counts what would go, and deletes nothing, with --dry-run and without consent', async () => {
  const before = await held();
  const [dry, asked] = await Promise.all([
    run('retention', 'run', '--dry-run', '--json'),
    run('retention', 'run'),
  ]);
  const rows = rowsOf(counted.parse(JSON.parse(dry.stdout)));
  expect([...rows.keys()].sort()).toEqual([
    'long marts',
    'long raw',
    'long staging',
    'long vault',
    'short marts',
    'short raw',
    'short staging',
    'short vault',
  ]);
  expect(rows.get('short vault')).toBeGreaterThan(5);
  expect(asked).toMatchObject({ exitCode: 1, stdout: '' });
  expect(asked.stderr).toMatch(/short +vault +\S+ +\d+\n/);
  expect(asked.stderr).toContain('Nothing was deleted. Pass --yes to delete it');
  expect(await held()).toEqual(before);
});

it('deletes what was counted, of the tenant and the class that are named and no others', async () => {
  const [, ofLong] = await held();
  const dry = await run('retention', 'run', '--dry-run', '--json', '--tenant', 'short', '--class', 'vault');
  const done = await run('retention', 'run', '--yes', '--json', '--tenant', 'short', '--class', 'vault');
  expect(done).toMatchObject({ exitCode: 0, stderr: '' });
  const { expiries, weeks_dropped } = report.parse(JSON.parse(done.stdout));
  expect(rowsOf(expiries)).toEqual(rowsOf(counted.parse(JSON.parse(dry.stdout))));
  expect(expiries[0]?.cut_off).toBe(new Date(ground.cutOff('short', 'vault')).toISOString());
  expect(weeks_dropped).toBe(0);
  const [ofShort, stillOfLong] = await held();
  expect(ofShort?.vault).toEqual(ground.expected('short', []).vault);
  expect(stillOfLong).toEqual(ofLong);
});

it('a replay finds what has expired, leaves it out, and mends the rest', async () => {
  const { rows } = await database.pool.query(
    `DELETE FROM business.site_event_nl WHERE site_event_hk = (
       SELECT max(site_event_hk) FROM business.site_event_nl JOIN business.site_visitor_h USING (site_visitor_hk, tenant_hk)
       JOIN auth.tenant_h USING (tenant_hk) WHERE tenant_bk = 'short' AND site_visitor_bk = 'edge-0'
     ) RETURNING site_event_bk`,
  );
  expect(rows).toHaveLength(1);
  const mended = await run('replay', '--json', '--quiet', '--tenant', 'short');
  const found = z
    .object({ expired: z.number(), missing: z.number() })
    .parse(JSON.parse(mended.stdout.split('\n')[0] ?? ''));
  expect(found.missing).toBe(1);
  expect(found.expired).toBeGreaterThan(5);
  expect((await ground.holdings('short')).vault).toEqual(ground.expected('short', []).vault);
  // A request comes back as a whole, and what of it has expired goes again.
  const { rows: progress } = await database.pool.query(
    `SELECT completed_cut_off FROM auth.retention_progress JOIN auth.tenant_h USING (tenant_hk)
     WHERE tenant_bk = 'short' AND class = 'vault'`,
  );
  expect(progress).toEqual([{ completed_cut_off: null }]);
});

it('shows how long each class is kept, and what is oldest', async () => {
  const shown = await run('retention', '--json', '--tenant', 'short');
  const classes = kept.parse(JSON.parse(shown.stdout));
  expect(classes.map((row) => [row.class, row.days])).toEqual([
    ['raw', 4],
    ['staging', 3],
    ['vault', 3],
    ['marts', 5],
  ]);
  expect(classes[2]?.oldest).toEqual(new Date(ground.cutOff('short', 'vault')));
});

it('refuses what it does not know', async () => {
  const refused = await Promise.all([
    run('retention', 'run', '--class', 'logs'),
    run('retention', 'run', '--tenant', 'nobody'),
    run('retention', 'erase'),
  ]);
  expect(refused.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
  expect(refused.map(({ stderr }) => stderr).join('')).toBe(
    `onevault: --class takes staging, raw, marts, vault, not "logs".
onevault: There is no tenant "nobody". See: onevault tenant list
onevault: retention has no action "erase"; it has show, run.
`,
  );
});
