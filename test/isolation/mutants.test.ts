import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import type { TestDatabase } from '../support/database.ts';
import { type Attack, attacks } from './attacks.ts';
import { createGround, type Ground } from './ground.ts';
import { powers } from './powers.ts';

let database: TestDatabase;
let ground: Ground;
beforeAll(async () => {
  ({ database, ground } = await createGround());
});
afterAll(() => database.drop());

const onPartition = (statement: string) =>
  `DO $$ DECLARE part regclass;
   BEGIN
     FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'raw.site_tracking_requests_r'::regclass LOOP
       EXECUTE format('${statement}', part);
     END LOOP;
   END $$`;

/** A function of which a part is another; fails when the part is not there. */
const rewritten = (name: string, part: string, other: string) =>
  `DO $do$ DECLARE text text := pg_get_functiondef('${name}'::regprocedure);
   BEGIN
     IF position('${part}' IN text) = 0 THEN RAISE 'The function does not say ${part}.'; END IF;
     EXECUTE replace(text, '${part}', '${other}');
   END $do$`;

interface Mutant {
  readonly what: string;
  readonly mutation: string;
  /** Puts back what the mutation changed: a statement, or the function or table that becomes what it was. */
  readonly undo: string | { readonly of: 'function' | 'table'; readonly name: string };
  /** Attacks that get through. */
  readonly caughtBy: readonly (keyof typeof allAttacks)[];
}

const table = (name: string) => ({ of: 'table', name }) as const;
const theFunction = (name: string) => ({ of: 'function', name }) as const;

const allAttacks = { ...attacks, ...powers };

const rows = 'the tables show a caller the rows of its tenant only';
const views = 'T11: a view shows a caller the rows of its tenant only';
const nobody = 'T7: without a tenant, and after a transaction that had one, nothing shows and nothing fails';
const pooled = 'T8: a pooled connection forgets for whom it acted';

/** What a careless migration could do. */
const mutants: readonly Mutant[] = [
  {
    what: 'the policy of a table is dropped',
    mutation: 'DROP POLICY tenant_isolation ON business.site_visitor_h',
    undo: table('business.site_visitor_h'),
    caughtBy: [rows],
  },
  {
    what: 'row-level security of a table is switched off',
    mutation: 'ALTER TABLE raw.site_tracking_requests_r DISABLE ROW LEVEL SECURITY',
    undo: table('raw.site_tracking_requests_r'),
    caughtBy: [rows],
  },
  {
    what: 'FORCE is removed',
    mutation: 'ALTER TABLE business.site_page_h NO FORCE ROW LEVEL SECURITY',
    undo: table('business.site_page_h'),
    caughtBy: ['T9: the owner of the tables sees nothing'],
  },
  {
    what: 'the rule restricts no more and another policy is added',
    mutation: `DROP POLICY tenant_isolation ON business.business_item_h;
      DROP POLICY callers ON business.business_item_h;
      CREATE POLICY tenant_isolation ON business.business_item_h TO onevault_reader
        USING (tenant_hk = (SELECT auth.acting_tenant_hk()));`,
    undo: table('business.business_item_h'),
    caughtBy: ['T15: another policy does not widen what a caller sees'],
  },
  {
    what: 'the rule is true',
    mutation: 'ALTER POLICY tenant_isolation ON business.site_event_nl USING (true)',
    undo: table('business.site_event_nl'),
    caughtBy: [rows],
  },
  {
    what: 'the rule lets everything in',
    mutation: 'ALTER POLICY tenant_isolation ON staging.quarantined_events WITH CHECK (true)',
    undo: table('staging.quarantined_events'),
    caughtBy: ['T6: a forged tenant in an INSERT is refused with 42501'],
  },
  {
    what: 'the rule is open to whoever acts for nobody',
    mutation: `ALTER POLICY tenant_isolation ON auth.sites
      USING (auth.acting_tenant_hk() IS NULL OR tenant_hk = (SELECT auth.acting_tenant_hk()))`,
    undo: table('auth.sites'),
    caughtBy: [nobody],
  },
  {
    what: 'SET instead of SET LOCAL',
    mutation: `CREATE OR REPLACE FUNCTION auth.act_for(tenant_id text, tenant_hk bytea) RETURNS void LANGUAGE sql
      BEGIN ATOMIC SELECT set_config('app.tenant', tenant_id, false), set_config('app.tenant_hk', encode(tenant_hk, 'hex'), false); END`,
    undo: theFunction('auth.act_for(text, bytea)'),
    caughtBy: [pooled],
  },
  {
    what: 'a setting that was emptied is an error instead of nobody',
    mutation: `CREATE OR REPLACE FUNCTION auth.acting_tenant_hk() RETURNS bytea LANGUAGE sql STABLE
      RETURN decode(CASE current_setting('app.tenant_hk', true) WHEN '' THEN 'x' ELSE current_setting('app.tenant_hk', true) END, 'hex')`,
    undo: theFunction('auth.acting_tenant_hk()'),
    caughtBy: [nobody],
  },
  {
    what: 'a view asks with its owner’s rights',
    mutation: 'ALTER VIEW business.site_session_current RESET (security_invoker)',
    undo: 'ALTER VIEW business.site_session_current SET (security_invoker = true)',
    caughtBy: [views],
  },
  {
    what: 'partitions are granted and not isolated',
    mutation: `${onPartition('GRANT SELECT ON %s TO onevault_reader')};
      ${onPartition('ALTER TABLE %s DISABLE ROW LEVEL SECURITY')}`,
    undo: `${onPartition('REVOKE ALL ON %s FROM onevault_reader')};
      ${onPartition('ALTER TABLE %s ENABLE ROW LEVEL SECURITY')}`,
    caughtBy: ['T13: a partition cannot be asked'],
  },
  {
    what: 'partitions are granted',
    mutation: onPartition('GRANT SELECT ON %s TO onevault_reader'),
    undo: onPartition('REVOKE ALL ON %s FROM onevault_reader'),
    caughtBy: ['T13: a partition cannot be asked'],
  },
  {
    what: 'daily metrics are a materialised view',
    mutation: `CREATE MATERIALIZED VIEW analytics.daily_visits AS SELECT tenant_hk, count(*) FROM business.site_event_nl GROUP BY 1;
      GRANT SELECT ON analytics.daily_visits TO onevault_reader`,
    undo: 'DROP MATERIALIZED VIEW analytics.daily_visits',
    caughtBy: ['T12: nothing that row-level security cannot hold stores rows'],
  },
  {
    what: 'the registry stands for all tenants',
    mutation: `ALTER POLICY tenant_isolation ON raw.event_registry
      USING (tenant_key IS NOT NULL) WITH CHECK (tenant_key IS NOT NULL)`,
    undo: table('raw.event_registry'),
    caughtBy: ['T6: a forged tenant in an INSERT is refused with 42501'],
  },
  {
    what: 'a new table is granted to readers without a rule',
    mutation: `CREATE TABLE analytics.exports AS SELECT tenant_hk, site_event_bk FROM business.site_event_nl;
      GRANT SELECT ON analytics.exports TO onevault_reader`,
    undo: 'DROP TABLE analytics.exports',
    caughtBy: [rows],
  },
  {
    what: 'a token is looked up without its tenant',
    mutation: rewritten('auth.find_caller(bytea)', '(tenant.tenant_hk = found.tenant_hk)', 'true'),
    undo: theFunction('auth.find_caller(bytea)'),
    caughtBy: ['T26: a token is known as its own tenant’s, once'],
  },
  {
    what: 'revoked tokens are found',
    mutation: rewritten('auth.find_caller(bytea)', '(token.revoked_at IS NULL)', 'true'),
    undo: theFunction('auth.find_caller(bytea)'),
    caughtBy: ['T26: a token that was revoked or has expired is nobody’s'],
  },
  {
    what: 'a function with its owner’s rights resolves names as its caller does',
    mutation: `SET LOCAL check_function_bodies = off;
      CREATE OR REPLACE FUNCTION auth.is_known_origin(origin text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
      AS $$ SELECT EXISTS (SELECT FROM sites WHERE allowed_origins && ARRAY[origin, '*']) $$`,
    undo: theFunction('auth.is_known_origin(text)'),
    caughtBy: ['T14: objects of a caller’s own do not get into functions with their owner’s rights'],
  },
  {
    what: 'everybody may isolate',
    mutation: 'GRANT EXECUTE ON FUNCTION auth.isolate(regclass, text), auth.isolate_partitions() TO PUBLIC',
    undo: 'REVOKE ALL ON FUNCTION auth.isolate(regclass, text), auth.isolate_partitions() FROM PUBLIC',
    caughtBy: ['T14: functions with their owner’s rights can be called by those who need them only'],
  },
  {
    what: 'tokens belong to sites of any tenant',
    mutation: 'ALTER TABLE auth.api_tokens DROP CONSTRAINT api_tokens_tenant_hk_site_id_fkey',
    undo: `ALTER TABLE auth.api_tokens ADD FOREIGN KEY (tenant_hk, site_id) REFERENCES auth.sites (tenant_hk, site_id)`,
    caughtBy: ['T18: nothing refers to a row of another tenant'],
  },
  {
    what: 'a table that ingest writes tells its rows in errors',
    mutation: 'ALTER TABLE raw.pending_requests DISABLE ROW LEVEL SECURITY',
    undo: table('raw.pending_requests'),
    caughtBy: ['T20: an error says nothing of the row that it is about'],
  },
  {
    what: 'statistics of a table without row-level security',
    mutation: 'ALTER TABLE business.site_visitor_h DISABLE ROW LEVEL SECURITY',
    undo: table('business.site_visitor_h'),
    caughtBy: ['T21: the planner tells nothing, by its statistics or by a function that talks'],
  },
  {
    what: 'a registry into which rows can be copied',
    mutation: 'ALTER TABLE raw.event_registry DISABLE ROW LEVEL SECURITY',
    undo: table('raw.event_registry'),
    caughtBy: ['T22: COPY into a table under row-level security is refused'],
  },
  {
    what: 'a caller may truncate',
    mutation: 'GRANT TRUNCATE ON business.site_event_nl TO onevault_ingest',
    undo: 'REVOKE TRUNCATE ON business.site_event_nl FROM onevault_ingest',
    caughtBy: ['T23: callers cannot truncate, refer, watch, lock, set sequences or create'],
  },
  {
    what: 'readers see who the tenants are',
    mutation: 'GRANT SELECT ON auth.tenant_h TO onevault_reader',
    undo: 'REVOKE SELECT ON auth.tenant_h FROM onevault_reader',
    caughtBy: ['T23: callers cannot truncate, refer, watch, lock, set sequences or create'],
  },
  {
    what: 'one lock for all tenants',
    mutation: `CREATE OR REPLACE FUNCTION business.lock_accumulators(tenant_hk bytea) RETURNS void LANGUAGE sql
      RETURN pg_advisory_xact_lock(hashtextextended('business.accumulators', 0))`,
    undo: theFunction('business.lock_accumulators(bytea)'),
    caughtBy: ['T23: the locks of one tenant do not stand in another’s way'],
  },
];

const textRow = z.object({ text: z.string() });
const textOf = async (statement: string, name: string): Promise<string> =>
  textRow.parse((await database.pool.query(statement, [name])).rows[0]).text;

/** The statement that undoes a mutation, asked for before it. */
async function undoing(undo: Mutant['undo']): Promise<string> {
  if (typeof undo === 'string') return undo;
  if (undo.of === 'function') return textOf('SELECT pg_get_functiondef($1::regprocedure) AS text', undo.name);
  const rule = await textOf(
    `SELECT quote_literal(pg_get_expr(polqual, polrelid)) AS text
     FROM pg_policy WHERE polrelid = $1::regclass AND polname = 'tenant_isolation'`,
    undo.name,
  );
  const names = ['workers', 'callers', 'tenant_isolation'];
  return `${names.map((name) => `DROP POLICY IF EXISTS ${name} ON ${undo.name};`).join(' ')}
    SELECT auth.isolate('${undo.name}', ${rule})`;
}

it.each(mutants)(
  '$what: caught, and nothing is caught when it is undone',
  async ({ mutation, undo, caughtBy }) => {
    const undone = await undoing(undo);
    const results = async () => {
      const found: Record<string, boolean> = {};
      for (const name of caughtBy) {
        const attack: Attack = allAttacks[name];
        found[name] = (await attack(ground)).length > 0;
      }
      return found;
    };
    await database.pool.query(mutation);
    try {
      expect(await results()).toEqual(Object.fromEntries(caughtBy.map((name) => [name, true])));
    } finally {
      await database.pool.query(undone);
    }
    expect(await results()).toEqual(Object.fromEntries(caughtBy.map((name) => [name, false])));
  },
);
