import { change, type Plant } from '../conformance/plant.ts';

const sites = 'auth.sites';
const raw = 'raw.site_tracking_requests_r';
const newTable = (privileges: string) =>
  `CREATE TABLE business.new_table (tenant_hk bytea, secret text); ${privileges}`;
const definer = (options: string, more = '') =>
  `CREATE FUNCTION business.new_function() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER ${options}
   AS $$ BEGIN RETURN (SELECT count(*) FROM business.site_visitor_h); END $$; ${more}`;
const REVOKE = 'REVOKE ALL ON FUNCTION business.new_function() FROM PUBLIC';
const newFunction = 'business.new_function()';

const onFirstPartition = (statement: string): string =>
  `DO $do$ BEGIN
     EXECUTE format('${statement}', (SELECT min(inhrelid)::regclass FROM pg_inherits WHERE inhparent = '${raw}'::regclass));
   END $do$`;

/** Ways to break each rule, by the rule's name. */
export const breaches: Readonly<Record<string, readonly Plant[]>> = {
  X5_a_table_shows_callers_their_tenant: [
    change(
      'business.new_table',
      'a new table for readers',
      newTable('GRANT SELECT ON business.new_table TO onevault_reader'),
    ),
    change(
      'business.new_table',
      'a new table for the loader',
      newTable('GRANT INSERT ON business.new_table TO onevault_loader'),
    ),
    change(
      'business.new_table',
      'a new table of which readers see a column',
      newTable('GRANT SELECT (secret) ON business.new_table TO onevault_reader'),
    ),
    change(
      'business.new_table',
      'a new table under a rule of its own',
      newTable(`SELECT auth.isolate('business.new_table', 'tenant_hk IS NOT NULL')`),
    ),
    change(sites, 'row-level security switched off', 'ALTER TABLE auth.sites DISABLE ROW LEVEL SECURITY'),
    change(
      sites,
      'row-level security that an owner escapes',
      'ALTER TABLE auth.sites NO FORCE ROW LEVEL SECURITY',
    ),
    change(sites, 'no rule of the tenant', 'DROP POLICY tenant_isolation ON auth.sites'),
    change(
      sites,
      'a rule for one of the callers only',
      'ALTER POLICY tenant_isolation ON auth.sites TO onevault_ingest',
    ),
    change(
      sites,
      'a rule that lets everything in',
      'ALTER POLICY tenant_isolation ON auth.sites WITH CHECK (true)',
    ),
    change(
      sites,
      'a rule that shows everything',
      'ALTER POLICY tenant_isolation ON auth.sites USING (true) WITH CHECK (true)',
    ),
    change(
      sites,
      'a rule that is open to whoever names no tenant',
      'ALTER POLICY tenant_isolation ON auth.sites USING (auth.acting_tenant_hk() IS NULL OR tenant_hk = (SELECT auth.acting_tenant_hk()))',
    ),
    change(
      sites,
      'a rule that other policies widen',
      `DROP POLICY tenant_isolation ON auth.sites;
       CREATE POLICY tenant_isolation ON auth.sites TO onevault_ingest, onevault_reader
       USING (tenant_hk = (SELECT auth.acting_tenant_hk())) WITH CHECK (tenant_hk = (SELECT auth.acting_tenant_hk()))`,
    ),
    change(sites, 'a policy for everybody', 'CREATE POLICY more ON auth.sites USING (true)'),
    change(
      sites,
      'callers among the workers',
      'ALTER POLICY workers ON auth.sites TO onevault_loader, onevault_reader',
    ),
    change(
      'auth.audit_log',
      'a log that callers read',
      'CREATE POLICY more ON auth.audit_log TO onevault_reader USING (true)',
    ),
  ],
  X5_partitions_are_reached_through_their_table: [
    change(
      `${raw}_`,
      'a new partition',
      `CREATE TABLE raw.new_partition PARTITION OF ${raw} FOR VALUES FROM ('1999-01-01') TO ('1999-02-01')`,
    ),
    change(
      `${raw}_`,
      'a partition that readers are given',
      onFirstPartition('GRANT SELECT ON %s TO onevault_reader'),
    ),
    change(
      `${raw}_`,
      'a partition of which readers are given a column',
      onFirstPartition('GRANT SELECT (body) ON %s TO onevault_reader'),
    ),
    change(
      `${raw}_`,
      'a partition with a policy of its own',
      onFirstPartition('CREATE POLICY more ON %s USING (true)'),
    ),
    change(
      `${raw}_`,
      'a partition that its owner reads',
      onFirstPartition('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY'),
    ),
  ],
  X5_views_ask_with_their_readers_rights: [
    change(
      'business.site_session_current',
      'a view with its owner’s rights',
      'ALTER VIEW business.site_session_current RESET (security_invoker)',
    ),
    change(
      'analytics.pageviews',
      'the same, said in words',
      'ALTER VIEW analytics.pageviews SET (security_invoker = off)',
    ),
    change(
      'public.new_view',
      'a new view over a table',
      'CREATE VIEW public.new_view AS SELECT * FROM business.site_event_nl',
    ),
    change(
      'public.new_view',
      'a new view of tenants for readers',
      'CREATE VIEW public.new_view AS SELECT tenant_bk FROM auth.tenant_h; GRANT SELECT ON public.new_view TO onevault_reader',
    ),
    change(
      'public.new_view',
      'a materialised view over a view',
      'CREATE MATERIALIZED VIEW public.new_view AS SELECT * FROM analytics.pageviews',
    ),
    change(
      'public.new_view',
      'a materialised view',
      'CREATE MATERIALIZED VIEW public.new_view AS SELECT tenant_hk, count(*) FROM business.site_event_nl GROUP BY tenant_hk',
    ),
  ],
  X5_functions_with_owners_rights_are_closed: [
    change(
      newFunction,
      'a function that everybody may call',
      definer('SET search_path = pg_catalog, pg_temp'),
    ),
    change(newFunction, 'a function that finds its caller’s objects', definer('', REVOKE)),
    change(
      newFunction,
      'a function that looks into its caller’s temporary schema first',
      definer('SET search_path = pg_catalog', REVOKE),
    ),
    change(
      newFunction,
      'a function that looks into a schema of users',
      definer('SET search_path = public, pg_temp', REVOKE),
    ),
    change(
      'auth.find_caller(bytea)',
      'a path that was reset',
      'ALTER FUNCTION auth.find_caller(bytea) RESET search_path',
    ),
    change(
      'auth.find_caller(bytea)',
      'a right for everybody',
      'GRANT EXECUTE ON FUNCTION auth.find_caller(bytea) TO PUBLIC',
    ),
  ],
  X5_roles_may_do_their_own_work_only: [
    change(
      'onevault_reader',
      'a role that bypasses row-level security',
      'ALTER ROLE onevault_reader BYPASSRLS',
    ),
    change('onevault_ingest', 'a superuser', 'ALTER ROLE onevault_ingest SUPERUSER'),
    change('onevault_loader', 'a role that makes roles', 'ALTER ROLE onevault_loader CREATEROLE'),
    change('onevault_reader', 'a reader that loads', 'GRANT onevault_loader TO onevault_reader'),
    change(
      'onevault_ingest',
      'ingest with the rights of the loader in every transaction',
      'GRANT onevault_loader TO onevault_ingest WITH INHERIT TRUE',
    ),
    change(
      'onevault_ingest',
      'ingest that operates',
      'GRANT onevault_migrator TO onevault_ingest WITH INHERIT FALSE',
    ),
    change('onevault_reader', 'a reader of all data', 'GRANT pg_read_all_data TO onevault_reader'),
    change(
      'onevault_reader',
      'a reader that is its owner',
      `DO $$ BEGIN EXECUTE format('GRANT %I TO onevault_reader', current_user); END $$`,
    ),
    change(
      'onevault_maintenance',
      'a role that owns a table',
      'ALTER TABLE auth.sites OWNER TO onevault_maintenance',
    ),
  ],
  X5_nobody_was_granted_more: [
    change(sites, 'a table for everybody', 'GRANT SELECT ON auth.sites TO PUBLIC'),
    change(
      'business.site_visitor_h',
      'a column for everybody',
      'GRANT SELECT (site_visitor_bk) ON business.site_visitor_h TO PUBLIC',
    ),
    change('analytics.pageviews', 'a view for everybody', 'GRANT SELECT ON analytics.pageviews TO PUBLIC'),
    change(
      'raw.request_id_seq',
      'a sequence that callers set',
      'GRANT UPDATE ON SEQUENCE raw.request_id_seq TO onevault_ingest',
    ),
    change(sites, 'a table that callers change', 'GRANT UPDATE ON auth.sites TO onevault_reader'),
    change(
      'business.site_event_nl',
      'a table that the loader empties',
      'GRANT TRUNCATE ON business.site_event_nl TO onevault_loader',
    ),
    change(
      'business.site_event_nl',
      'events that the loader changes',
      'GRANT UPDATE ON business.site_event_nl TO onevault_loader',
    ),
    change(sites, 'a table that others refer to', 'GRANT REFERENCES ON auth.sites TO onevault_maintenance'),
    change('auth.audit_log', 'a log that callers read', 'GRANT SELECT ON auth.audit_log TO onevault_reader'),
    change('auth.tenant_h', 'all tenants for readers', 'GRANT SELECT ON auth.tenant_h TO onevault_reader'),
    change(
      'auth.tenant_profile_s',
      'all settings for callers',
      'GRANT SELECT (configuration) ON auth.tenant_profile_s TO onevault_ingest',
    ),
    change('raw', 'a schema where callers create', 'GRANT CREATE ON SCHEMA raw TO onevault_ingest'),
    change('analytics', 'a schema where everybody creates', 'GRANT CREATE ON SCHEMA analytics TO PUBLIC'),
  ],
};
