-- Who may reach what (docs/decisions/0012-isolation.md): a role for each kind of function, row-level security that the database
-- alone enforces, tokens with scopes and limits, the audit log.

-- ── Roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Roles belong to the whole server, so another database of it may have made them already. Nobody can log in with them before the
-- deployment gives them a way to: IAM on Aurora, a password on a laptop.

DO $$
DECLARE
  wanted text;
  owner_name text := current_user;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance', 'onevault_migrator'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format(
          'CREATE ROLE %I %s NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION',
          wanted, CASE WHEN wanted = 'onevault_migrator' THEN 'NOLOGIN' ELSE 'LOGIN' END
        );
      EXCEPTION
        -- Another database of this server was faster.
        WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
  END LOOP;

  -- Whoever runs migrations operates the pipeline: replay, conformance and the command line see every tenant.
  IF NOT EXISTS (
    SELECT
    FROM pg_auth_members AS membership
    JOIN pg_roles AS granted ON granted.oid = membership.roleid
    JOIN pg_roles AS member ON member.oid = membership.member
    WHERE granted.rolname = 'onevault_migrator' AND member.rolname = owner_name AND membership.inherit_option
  ) THEN
    EXECUTE format('GRANT onevault_migrator TO %I WITH INHERIT TRUE', owner_name);
  END IF;
  IF NOT pg_has_role('onevault_maintenance', 'onevault_loader', 'USAGE') THEN
    GRANT onevault_loader TO onevault_maintenance WITH INHERIT TRUE;
  END IF;
  -- The synchronous call processes what it has just stored: in a transaction that says so, and in no other.
  IF NOT pg_has_role('onevault_ingest', 'onevault_loader', 'SET') THEN
    GRANT onevault_loader TO onevault_ingest WITH INHERIT FALSE, SET TRUE;
  END IF;
  -- On Aurora, who may log in by IAM.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
    FOREACH wanted IN ARRAY ARRAY['onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance'] LOOP
      EXECUTE format('GRANT rds_iam TO %I', wanted);
    END LOOP;
  END IF;
END
$$;

-- ── The tenant of a transaction ───────────────────────────────────────────────────────────────────────────────────────────

-- Sets the tenant that the callers' roles act for, until the transaction ends.
CREATE FUNCTION auth.act_for(tenant_id text, tenant_hk bytea) RETURNS void
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT set_config('app.tenant', tenant_id, true), set_config('app.tenant_hk', encode(tenant_hk, 'hex'), true);
END;

-- Null when the transaction acts for nobody. After a transaction the setting is left empty, not absent.
CREATE FUNCTION auth.acting_tenant_id() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.tenant', true), '');

CREATE FUNCTION auth.acting_tenant_hk() RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN decode(nullif(current_setting('app.tenant_hk', true), ''), 'hex');

-- 64 bits that stand for a tenant where its name would cost too much in every row.
CREATE FUNCTION raw.tenant_key(tenant_id text) RETURNS bigint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN substring(sha256(convert_to(tenant_id, 'UTF8')) FROM 1 FOR 8)::bigint;

-- ── Tenants where a table named none ──────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE raw.event_registry ADD COLUMN tenant_key bigint;
UPDATE raw.event_registry AS known
SET tenant_key = raw.tenant_key(request.tenant_id)
FROM raw.site_tracking_requests_r AS request
WHERE request.received_timestamp = known.received_timestamp
  AND request.request_id = known.request_id;
-- Nothing says whose the ids of requests are that retention has deleted. The vault's own key still keeps their events once.
DELETE FROM raw.event_registry WHERE tenant_key IS NULL;
ALTER TABLE raw.event_registry ALTER COLUMN tenant_key SET NOT NULL;

ALTER TABLE business.derived_session_slices ADD COLUMN tenant_hk bytea;
UPDATE business.derived_session_slices AS part
SET tenant_hk = hub.tenant_hk
FROM business.site_visitor_h AS hub
WHERE hub.site_visitor_hk = part.site_visitor_hk;
ALTER TABLE business.derived_session_slices ALTER COLUMN tenant_hk SET NOT NULL;

ALTER TABLE business.visitor_item_acc ADD COLUMN tenant_hk bytea;
UPDATE business.visitor_item_acc AS acc
SET tenant_hk = hub.tenant_hk
FROM business.site_visitor_h AS hub
WHERE hub.site_visitor_hk = acc.site_visitor_hk;
ALTER TABLE business.visitor_item_acc ALTER COLUMN tenant_hk SET NOT NULL;

ALTER TABLE business.site_visitor_history ADD COLUMN tenant_hk bytea;
UPDATE business.site_visitor_history AS h
SET tenant_hk = hub.tenant_hk
FROM business.site_visitor_h AS hub
WHERE hub.site_visitor_hk = h.site_visitor_hk;
ALTER TABLE business.site_visitor_history ALTER COLUMN tenant_hk SET NOT NULL;

ALTER TABLE business.site_page_history ADD COLUMN tenant_hk bytea;
UPDATE business.site_page_history AS h
SET tenant_hk = hub.tenant_hk
FROM business.site_page_h AS hub
WHERE hub.site_page_hk = h.site_page_hk;
ALTER TABLE business.site_page_history ALTER COLUMN tenant_hk SET NOT NULL;

ALTER TABLE business.business_item_history ADD COLUMN tenant_hk bytea;
UPDATE business.business_item_history AS h
SET tenant_hk = hub.tenant_hk
FROM business.business_item_h AS hub
WHERE hub.business_item_hk = h.business_item_hk;
ALTER TABLE business.business_item_history ALTER COLUMN tenant_hk SET NOT NULL;

-- ── Tokens, origins, use, audit ───────────────────────────────────────────────────────────────────────────────────────────

-- Exact origins such as https://example.com, from which browsers may call; '*' stands for any.
ALTER TABLE auth.sites ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}';
CREATE INDEX sites_origins ON auth.sites USING gin (allowed_origins);

ALTER TABLE auth.api_tokens
  ADD COLUMN token_id uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN token_name varchar(100) NOT NULL DEFAULT '',
  -- To tell tokens apart by what their holder sees; unknown for those of before.
  ADD COLUMN last_four varchar(4),
  -- Null: all that tokens of its kind may.
  ADD COLUMN scopes text[],
  -- Events, or questions, a second; null: what the environment allows.
  ADD COLUMN rate_limit integer CHECK (rate_limit > 0),
  -- At most a minute old.
  ADD COLUMN last_used_at timestamptz,
  ADD CONSTRAINT api_tokens_token_id UNIQUE (token_id);
CREATE INDEX api_tokens_tenant ON auth.api_tokens (tenant_hk);
CREATE INDEX api_tokens_origins ON auth.api_tokens USING gin (allowed_origins);

-- What each token used of its rate, by window. Worth nothing after a crash.
CREATE UNLOGGED TABLE auth.token_usage (
  token_hash bytea NOT NULL,
  window_start timestamptz NOT NULL,
  used bigint NOT NULL,
  PRIMARY KEY (token_hash, window_start)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Every administrative act and every refusal by its reason, without payloads and without personal data.
CREATE TABLE auth.audit_log (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  occurred_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- Absent when nobody knows whose call it was.
  tenant_hk bytea,
  -- token:<token id>, operator:<database user>, or anonymous.
  actor varchar(100) NOT NULL,
  -- The route, or what an operator did, such as token.create.
  action varchar(100) NOT NULL,
  outcome varchar(10) NOT NULL CHECK (outcome IN ('done', 'refused')),
  reason varchar(50),
  subject varchar(300),
  -- Equal refusals within a moment are one row.
  times integer NOT NULL DEFAULT 1 CHECK (times > 0)
);
CREATE INDEX audit_log_tenant ON auth.audit_log (tenant_hk, occurred_at);
CREATE INDEX audit_log_time ON auth.audit_log USING brin (occurred_at);

-- ── Row-level security ────────────────────────────────────────────────────────────────────────────────────────────────────

-- Puts a table under the rule: whoever stores or asks for a caller sees the tenant of the transaction, whatever other policy may
-- come; the pipeline's own workers see all; nobody else sees a row, not even the table's owner. Without `tenant_rule` no caller
-- gets any row. Each new table of ours goes through here; the schema lint of the tests fails otherwise.
CREATE FUNCTION auth.isolate(relation regclass, tenant_rule text) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
  EXECUTE format(
    'CREATE POLICY workers ON %s TO onevault_loader, onevault_maintenance, onevault_migrator USING (true) WITH CHECK (true)', relation
  );
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s AS RESTRICTIVE TO onevault_ingest, onevault_reader USING (%s) WITH CHECK (%2$s)',
    relation, coalesce(tenant_rule, 'false')
  );
  IF tenant_rule IS NOT NULL THEN
    EXECUTE format('CREATE POLICY callers ON %s TO onevault_ingest, onevault_reader USING (true) WITH CHECK (true)', relation);
  END IF;
END
$$;
REVOKE ALL ON FUNCTION auth.isolate(regclass, text) FROM PUBLIC;

-- The sub-select makes it one look at the setting for a whole statement, and an index condition.
SELECT auth.isolate(relation::regclass, 'tenant_hk = (SELECT auth.acting_tenant_hk())')
FROM unnest(ARRAY[
  'auth.sites',
  'auth.visitor_salts',
  'business.session_slice_h',
  'business.site_visitor_h',
  'business.site_page_h',
  'business.business_item_h',
  'business.session_slice_visitor_l',
  'business.site_event_nl',
  'business.event_business_item_nl',
  'business.site_visitor_state_r',
  'business.site_page_state_r',
  'business.business_item_state_r',
  'business.traffic_source_r',
  'business.site_visitor_history',
  'business.site_page_history',
  'business.business_item_history',
  'business.derived_session_slices',
  'business.site_session_acc',
  'business.site_visitor_acc',
  'business.site_page_acc',
  'business.business_item_acc',
  'business.visitor_item_acc',
  'business.late_observations',
  'business.site_session_snapshot_s',
  'business.site_visitor_snapshot_s',
  'business.site_page_snapshot_s',
  'business.business_item_snapshot_s',
  'analytics.daily_site_metrics'
]) AS relation;

SELECT auth.isolate(relation::regclass, 'tenant_id = (SELECT auth.acting_tenant_id())')
FROM unnest(ARRAY['raw.site_tracking_requests_r', 'raw.pending_requests', 'staging.quarantined_events']) AS relation;

SELECT auth.isolate('raw.event_registry', 'tenant_key = (SELECT raw.tenant_key(auth.acting_tenant_id()))');

SELECT auth.isolate(relation::regclass, NULL)
FROM unnest(ARRAY[
  'auth.api_tokens',
  'auth.token_usage',
  'staging.site_events_staging',
  'business.site_page_visitors',
  'analytics.stale_metric_days',
  'analytics.metrics_progress'
]) AS relation;

-- Callers write what happened to a call, whose tenant may be unknown, and read nothing of it.
ALTER TABLE auth.audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY workers ON auth.audit_log TO onevault_loader, onevault_maintenance, onevault_migrator USING (true) WITH CHECK (true);
CREATE POLICY callers ON auth.audit_log FOR INSERT TO onevault_ingest, onevault_reader
  WITH CHECK (actor = 'anonymous' OR actor LIKE 'token:%');

-- How many events of a tenant the vault holds is asked of its visitors.
CREATE INDEX site_visitor_acc_tenant ON business.site_visitor_acc (tenant_hk);

-- A partition is reached through its parent only: it has no grants, and no policy that would let anybody see a row.
CREATE FUNCTION auth.isolate_partitions() RETURNS integer
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  partition regclass;
  isolated integer := 0;
BEGIN
  FOR partition IN
    SELECT child.oid::regclass
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent IN ('raw.site_tracking_requests_r'::regclass, 'business.site_event_nl'::regclass)
      AND NOT (child.relrowsecurity AND child.relforcerowsecurity)
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
    isolated := isolated + 1;
  END LOOP;
  RETURN isolated;
END
$$;
SELECT auth.isolate_partitions();

-- Making a partition takes the owner of the table.
ALTER FUNCTION raw.ensure_request_partitions(integer) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION business.ensure_event_partitions(integer) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;

-- A view shows what its reader may see, not what its owner may.
DO $$
DECLARE
  view text;
BEGIN
  FOREACH view IN ARRAY ARRAY[
    'raw.site_tracking_events_r', 'staging.pipeline_dashboard',
    'business.site_session_h', 'business.session_visitor_l', 'business.site_event_h', 'business.event_session_l',
    'business.event_page_l', 'business.event_business_item_l', 'business.site_event_facts', 'business.site_event_details_s',
    'business.site_session_live', 'business.site_session_facts', 'business.site_session_details_s', 'business.site_session_current',
    'business.site_visitor_live', 'business.site_visitor_details_s', 'business.site_visitor_current',
    'business.site_page_live', 'business.site_page_details_s', 'business.site_page_current',
    'business.business_item_live', 'business.business_item_details_s', 'business.business_item_current',
    'business.tenants_in_motion',
    'analytics.event_facts', 'analytics.session_facts', 'analytics.user_sessions', 'analytics.pageviews', 'analytics.user_events',
    'analytics.form_submissions', 'analytics.events_log', 'analytics.active_sessions', 'analytics.page_performance',
    'analytics.traffic_sources'
  ] LOOP
    EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', view);
  END LOOP;
END
$$;

-- ── What callers ask before their tenant is known ─────────────────────────────────────────────────────────────────────────
-- These run with their owner's rights, and answer one question each.

-- Who holds a token, with what the tenant and its site have set. Notes the use of the token, once a minute at the most.
CREATE FUNCTION auth.find_caller(token_hash bytea)
  RETURNS TABLE (
    token_id uuid,
    tenant_id text,
    tenant_hk bytea,
    site_id text,
    token_kind text,
    scopes text[],
    token_origins text[],
    site_origins text[],
    rate_limit integer,
    expires_at timestamptz,
    site_tracking jsonb
  )
  LANGUAGE sql VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH found AS MATERIALIZED (
    SELECT token.*
    FROM auth.api_tokens AS token
    WHERE token.token_hash = find_caller.token_hash
      AND token.revoked_at IS NULL
      AND (token.expires_at IS NULL OR token.expires_at > statement_timestamp())
  ),
  due AS MATERIALIZED (
    -- Nobody waits for another who notes the same use, nor for an operator who changes the token.
    SELECT token.token_hash
    FROM auth.api_tokens AS token
    WHERE token.token_hash = (SELECT found.token_hash FROM found)
      AND (token.last_used_at IS NULL OR token.last_used_at < statement_timestamp() - interval '1 minute')
    FOR UPDATE SKIP LOCKED
  ),
  noted AS (
    UPDATE auth.api_tokens AS token
    SET last_used_at = statement_timestamp()
    FROM due
    WHERE token.token_hash = due.token_hash
  )
  SELECT
    found.token_id,
    tenant.tenant_bk::text,
    tenant.tenant_hk,
    found.site_id::text,
    found.token_kind::text,
    found.scopes,
    found.allowed_origins,
    site.allowed_origins,
    found.rate_limit,
    found.expires_at,
    (
      SELECT profile.configuration -> 'site_tracking'
      FROM auth.tenant_profile_s AS profile
      WHERE profile.tenant_hk = found.tenant_hk
        AND profile.load_end_date IS NULL
      ORDER BY profile.load_date DESC
      LIMIT 1
    )
  FROM found
  JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = found.tenant_hk
  JOIN auth.sites AS site ON site.tenant_hk = found.tenant_hk AND site.site_id = found.site_id;
END;

-- Whether any site lists the origin: all that can be said before a browser has sent its token.
CREATE FUNCTION auth.is_known_origin(origin text) RETURNS boolean
  LANGUAGE sql STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT
    EXISTS (SELECT FROM auth.sites AS site WHERE site.allowed_origins && ARRAY[origin, '*'])
    OR EXISTS (
      SELECT
      FROM auth.api_tokens AS token
      WHERE token.allowed_origins && ARRAY[origin, '*']
        AND token.revoked_at IS NULL
        AND (token.expires_at IS NULL OR token.expires_at > statement_timestamp())
    );
END;

-- Counts what a token uses in a window and returns what it has used there by now, in all processes together.
CREATE FUNCTION auth.count_use(token_hash bytea, window_start timestamptz, cost bigint) RETURNS bigint
  LANGUAGE sql VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  INSERT INTO auth.token_usage AS usage (token_hash, window_start, used)
  VALUES (count_use.token_hash, count_use.window_start, greatest(count_use.cost, 0))
  ON CONFLICT (token_hash, window_start) DO UPDATE SET used = usage.used + EXCLUDED.used
  RETURNING usage.used;
END;

-- The key of the tenant that a transaction acts for, or of the one its session shows: nobody learns of another this way.
CREATE OR REPLACE FUNCTION analytics.shown_tenant() RETURNS bytea
  LANGUAGE sql STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(
    auth.acting_tenant_hk(),
    CASE
      WHEN raw.session_tenant() IS NOT NULL THEN coalesce(
        (
          SELECT tenant.tenant_hk
          FROM auth.tenant_h AS tenant
          WHERE tenant.tenant_bk = raw.session_tenant()
          ORDER BY tenant.load_date
          LIMIT 1
        ),
        '\x'
      )
    END
  );
END;

-- Whether a tenant tracks at all, as its profile says. What cannot be read counts as no, as in lambdas/tenancy/settings.ts.
CREATE FUNCTION auth.is_tracking_enabled(tenant_id text) RETURNS boolean
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT NOT EXISTS (
    SELECT
    FROM auth.tenant_h AS tenant
    JOIN auth.tenant_profile_s AS profile ON profile.tenant_hk = tenant.tenant_hk AND profile.load_end_date IS NULL
    WHERE tenant.tenant_bk = is_tracking_enabled.tenant_id
      AND CASE jsonb_typeof(coalesce(profile.configuration -> 'site_tracking', '{}'))
        WHEN 'object' THEN coalesce(profile.configuration #> '{site_tracking,enabled}', 'true') <> 'true'
        WHEN 'null' THEN false
        ELSE true
      END
  );
END;

REVOKE ALL ON FUNCTION
  auth.isolate_partitions(), raw.ensure_request_partitions(integer), business.ensure_event_partitions(integer),
  auth.find_caller(bytea), auth.is_known_origin(text), auth.count_use(bytea, timestamptz, bigint), analytics.shown_tenant()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.find_caller(bytea), auth.is_known_origin(text), auth.count_use(bytea, timestamptz, bigint)
  TO onevault_ingest, onevault_reader;
GRANT EXECUTE ON FUNCTION analytics.shown_tenant() TO onevault_reader, onevault_maintenance, onevault_migrator;
GRANT EXECUTE ON FUNCTION
  auth.isolate_partitions(), raw.ensure_request_partitions(integer), business.ensure_event_partitions(integer)
  TO onevault_maintenance;

-- ── Grants ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

GRANT USAGE ON SCHEMA auth, util, raw, staging, business, analytics, api
  TO onevault_ingest, onevault_loader, onevault_reader, onevault_maintenance;

GRANT INSERT ON raw.site_tracking_requests_r, raw.pending_requests, staging.quarantined_events, auth.audit_log TO onevault_ingest;
GRANT SELECT, INSERT ON raw.event_registry, auth.visitor_salts TO onevault_ingest;
GRANT USAGE ON SEQUENCE raw.request_id_seq TO onevault_ingest;

GRANT SELECT ON auth.tenant_h, raw.site_tracking_requests_r TO onevault_loader;
GRANT SELECT, UPDATE, DELETE ON raw.pending_requests TO onevault_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON staging.site_events_staging TO onevault_loader;
GRANT SELECT, INSERT ON staging.quarantined_events TO onevault_loader;
-- What happened stays as it is: rows of the raw vault are written once.
GRANT SELECT, INSERT ON
  business.session_slice_h, business.site_visitor_h, business.site_page_h, business.business_item_h,
  business.session_slice_visitor_l, business.site_event_nl, business.event_business_item_nl,
  business.site_visitor_state_r, business.site_page_state_r, business.business_item_state_r, business.traffic_source_r,
  business.site_visitor_history, business.site_page_history, business.business_item_history, business.site_page_visitors,
  business.site_session_snapshot_s, business.site_visitor_snapshot_s, business.site_page_snapshot_s,
  business.business_item_snapshot_s
  TO onevault_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON
  business.derived_session_slices, business.site_session_acc, business.site_visitor_acc, business.site_page_acc,
  business.business_item_acc, business.visitor_item_acc, business.late_observations
  TO onevault_loader;

-- Maintenance has all that the loader has.
GRANT SELECT ON
  auth.sites, auth.tenant_profile_s, raw.site_tracking_events_r, staging.pipeline_dashboard,
  business.site_event_facts, business.site_session_live, business.site_session_current, business.site_visitor_live,
  business.site_page_live, business.business_item_live, business.tenants_in_motion,
  analytics.event_facts, analytics.session_facts
  TO onevault_maintenance;
GRANT DELETE ON raw.site_tracking_requests_r, staging.quarantined_events TO onevault_maintenance;
GRANT SELECT, DELETE ON auth.visitor_salts, auth.token_usage, auth.audit_log TO onevault_maintenance;
GRANT SELECT, INSERT, UPDATE, DELETE ON
  analytics.daily_site_metrics, analytics.stale_metric_days, analytics.metrics_progress TO onevault_maintenance;

GRANT SELECT ON
  util.schema_migrations, auth.sites,
  raw.site_tracking_requests_r, raw.pending_requests, raw.site_tracking_events_r,
  staging.quarantined_events, staging.pipeline_dashboard,
  business.session_slice_h, business.site_visitor_h, business.site_page_h, business.business_item_h,
  business.session_slice_visitor_l, business.site_event_nl, business.event_business_item_nl,
  business.site_visitor_state_r, business.site_page_state_r, business.business_item_state_r, business.traffic_source_r,
  business.site_visitor_history, business.site_page_history, business.business_item_history,
  business.derived_session_slices, business.site_session_acc, business.site_visitor_acc, business.site_page_acc,
  business.business_item_acc, business.visitor_item_acc,
  business.site_session_snapshot_s, business.site_visitor_snapshot_s, business.site_page_snapshot_s,
  business.business_item_snapshot_s,
  business.site_session_h, business.session_visitor_l, business.site_event_h, business.event_session_l, business.event_page_l,
  business.event_business_item_l, business.site_event_facts, business.site_event_details_s, business.site_session_live,
  business.site_session_facts, business.site_session_details_s, business.site_session_current, business.site_visitor_live,
  business.site_visitor_details_s, business.site_visitor_current, business.site_page_live, business.site_page_details_s,
  business.site_page_current, business.business_item_live, business.business_item_details_s, business.business_item_current,
  analytics.event_facts, analytics.session_facts, analytics.user_sessions, analytics.pageviews, analytics.user_events,
  analytics.form_submissions, analytics.active_sessions, analytics.page_performance, analytics.traffic_sources,
  analytics.daily_site_metrics
  TO onevault_reader;
-- The registry leads from an event's id to its request.
GRANT SELECT ON raw.event_registry TO onevault_reader;
GRANT INSERT ON auth.audit_log TO onevault_reader;

-- ── Landing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- As before, and each id names its tenant.
CREATE OR REPLACE FUNCTION raw.land_request(
  tenant_id text,
  site_id text,
  record_source text,
  user_agent text,
  visitor_ip_hash bytea,
  visitor_key bytea,
  bodies bytea,
  event_keys uuid[],
  event_ids uuid[],
  payload_fingerprints bigint[],
  first_bytes integer[],
  byte_lengths integer[],
  contexts text[],
  envelope jsonb,
  has_doorbell boolean
) RETURNS TABLE (index integer, request_id bigint, is_conflict boolean, is_raced boolean)
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  WITH sent AS MATERIALIZED (
    SELECT
      e.*,
      row_number() OVER occurrence AS occurrence,
      first_value(e.payload_fingerprint) OVER occurrence AS first_fingerprint
    FROM unnest(
      land_request.event_keys, land_request.event_ids, land_request.payload_fingerprints,
      land_request.first_bytes, land_request.byte_lengths, land_request.contexts
    ) WITH ORDINALITY AS e (event_key, event_id, payload_fingerprint, first_byte, byte_length, context, position)
    WINDOW occurrence AS (PARTITION BY e.event_key ORDER BY e.position)
  ),
  request AS MATERIALIZED (
    SELECT
      nextval('raw.request_id_seq') AS request_id,
      -- Whole milliseconds, so that JavaScript and Postgres mean the same instant.
      date_trunc('milliseconds', statement_timestamp()) AS received_timestamp
  ),
  registered AS (
    INSERT INTO raw.event_registry (event_key, payload_fingerprint, request_id, received_timestamp, tenant_key)
    SELECT
      sent.event_key, sent.payload_fingerprint, request.request_id, request.received_timestamp,
      raw.tenant_key(land_request.tenant_id)
    FROM sent
    CROSS JOIN request
    WHERE sent.occurrence = 1
    ORDER BY sent.event_key
    ON CONFLICT (event_key) DO NOTHING
    RETURNING event_key
  ),
  judged AS MATERIALIZED (
    SELECT
      sent.*,
      sent.is_registered AND sent.occurrence = 1 AS is_new,
      coalesce(standing.payload_fingerprint <> sent.payload_fingerprint, false) AS is_conflict,
      standing.payload_fingerprint IS NULL AS is_raced
    -- IN and no join: a plan that serves sets of every size would pair each row with each.
    FROM (SELECT sent.*, sent.event_key IN (SELECT registered.event_key FROM registered) AS is_registered FROM sent) AS sent
    LEFT JOIN raw.event_registry AS known ON known.event_key = sent.event_key
    -- The payload that stands under the id: from before, or from this request's first event of the id.
    CROSS JOIN LATERAL (
      SELECT coalesce(known.payload_fingerprint, CASE WHEN sent.is_registered THEN sent.first_fingerprint END)
    ) AS standing (payload_fingerprint)
  ),
  kept AS MATERIALIZED (
    SELECT judged.*, row_number() OVER (ORDER BY judged.position) - 1 AS ordinal
    FROM judged
    WHERE judged.is_new
  ),
  landed AS (
    INSERT INTO raw.site_tracking_requests_r (
      received_timestamp, request_id, tenant_id, site_id, event_count, visitor_ip_hash, visitor_key, user_agent,
      record_source, event_ids, byte_lengths, body, envelope, event_context
    )
    SELECT
      min(request.received_timestamp),
      min(request.request_id),
      land_request.tenant_id,
      land_request.site_id,
      count(*),
      land_request.visitor_ip_hash,
      land_request.visitor_key,
      land_request.user_agent,
      land_request.record_source,
      array_agg(kept.event_id ORDER BY kept.ordinal),
      array_agg(kept.byte_length ORDER BY kept.ordinal),
      string_agg(
        substring(land_request.bodies FROM kept.first_byte FOR kept.byte_length), '\x0a'::bytea ORDER BY kept.ordinal
      ),
      land_request.envelope,
      jsonb_object_agg(kept.ordinal, kept.context::jsonb) FILTER (WHERE kept.context IS NOT NULL)
    FROM kept
    CROSS JOIN request
    HAVING count(*) > 0
  ),
  marked AS (
    INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
    SELECT
      min(request.request_id),
      min(request.received_timestamp),
      land_request.tenant_id,
      count(*),
      -- An hour is the longest that the sweeper may be told to wait.
      min(request.received_timestamp) - CASE WHEN land_request.has_doorbell THEN interval '0' ELSE interval '1 hour' END
    FROM kept
    CROSS JOIN request
    HAVING count(*) > 0
  ),
  quarantined AS (
    INSERT INTO staging.quarantined_events (
      tenant_id, event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source
    )
    SELECT
      land_request.tenant_id,
      judged.event_id,
      request.received_timestamp,
      'INGEST',
      'id_conflict',
      ARRAY['The event id is known with another payload; the first one counts.'],
      substring(land_request.bodies FROM judged.first_byte FOR judged.byte_length),
      land_request.record_source
    FROM judged
    CROSS JOIN request
    WHERE judged.is_conflict
    ON CONFLICT DO NOTHING
  )
  SELECT
    (judged.position - 1)::integer,
    CASE WHEN judged.is_new THEN request.request_id END,
    judged.is_conflict,
    judged.is_raced
  FROM judged
  CROSS JOIN request
  ORDER BY judged.position;
END;

-- Lands a request for the tenant of a caller, in one statement that acts for this tenant only.
CREATE FUNCTION raw.land_request_for(
  tenant_hk bytea,
  tenant_id text,
  site_id text,
  record_source text,
  user_agent text,
  visitor_ip_hash bytea,
  visitor_key bytea,
  bodies bytea,
  event_keys uuid[],
  event_ids uuid[],
  payload_fingerprints bigint[],
  first_bytes integer[],
  byte_lengths integer[],
  contexts text[],
  envelope jsonb
) RETURNS TABLE (index integer, request_id bigint, is_conflict boolean, is_raced boolean)
  LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM auth.act_for(land_request_for.tenant_id, land_request_for.tenant_hk);
  RETURN QUERY
    SELECT landed.index, landed.request_id, landed.is_conflict, landed.is_raced
    FROM raw.land_request(
      land_request_for.tenant_id, land_request_for.site_id, land_request_for.record_source, land_request_for.user_agent,
      land_request_for.visitor_ip_hash, land_request_for.visitor_key, land_request_for.bodies, land_request_for.event_keys,
      land_request_for.event_ids, land_request_for.payload_fingerprints, land_request_for.first_bytes,
      land_request_for.byte_lengths, land_request_for.contexts, land_request_for.envelope, true
    ) AS landed;
END
$$;

-- Why an event cannot be landed, or null. What else is wrong with it shows after staging.
CREATE OR REPLACE FUNCTION raw.event_refusal(tenant_id text, envelope jsonb, event jsonb) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
  keys bigint;
BEGIN
  IF jsonb_typeof(event) <> 'object' THEN
    RETURN 'not_an_object';
  END IF;
  IF jsonb_path_exists(coalesce(envelope, '{}') || event, 'strict $.**{64} ? (@.type() == "object" || @.type() == "array")') THEN
    RETURN 'too_deep';
  END IF;
  SELECT count(*)
  INTO keys
  FROM (VALUES (event), (envelope)) AS part (value)
  CROSS JOIN jsonb_path_query(part.value, 'strict $.** ? (@.type() == "object").keyvalue()');
  IF keys > 500 THEN
    RETURN 'too_many_keys';
  END IF;
  IF jsonb_typeof(event -> 'events') = 'array' THEN
    RETURN 'nested_batch';
  END IF;
  IF raw.named_tenant(event) <> tenant_id THEN
    RETURN 'other_tenant';
  END IF;
  IF NOT auth.is_tracking_enabled(tenant_id) THEN
    RETURN 'tracking_disabled';
  END IF;
  RETURN NULL;
END
$$;

-- What the caller should change, and where. Codes are part of the API: they are never renamed.
CREATE OR REPLACE FUNCTION raw.refusal_text(code text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE code
    WHEN 'missing_tenant'
      THEN '{"pointer": "/tenantId", "message": "Name the tenant: send tenantId, or set app.default_tenant_id."}'::jsonb
    WHEN 'unknown_tenant' THEN '{"pointer": "/tenantId", "message": "There is no such tenant in auth.tenant_h."}'
    WHEN 'other_tenant'
      THEN '{"pointer": "/tenantId", "message": "One call serves one tenant: send this event in a call of its own."}'
    WHEN 'not_an_event' THEN '{"pointer": "", "message": "Send an event, an array of events, or {\"events\": [ … ]}."}'
    WHEN 'no_events' THEN '{"pointer": "/events", "message": "The batch holds no events."}'
    WHEN 'body_too_large' THEN '{"pointer": "", "message": "A request has at most 1048576 bytes; send fewer events at once."}'
    WHEN 'too_many_events' THEN '{"pointer": "", "message": "A request holds at most 1000 events."}'
    WHEN 'envelope_too_large' THEN jsonb_build_object(
      'pointer', '',
      'message', 'The fields beside "events" have at most 8192 bytes; move them into the events they belong to.'
    )
    WHEN 'tracking_disabled'
      THEN '{"pointer": "", "message": "Tracking is off for this tenant: set site_tracking.enabled in its profile."}'
    WHEN 'not_an_object' THEN '{"pointer": "", "message": "An event is a JSON object."}'
    WHEN 'too_deep' THEN '{"pointer": "", "message": "An event nests at most 64 levels."}'
    WHEN 'too_many_keys' THEN '{"pointer": "", "message": "An event has at most 500 keys."}'
    WHEN 'nested_batch' THEN '{"pointer": "/events", "message": "A batch cannot hold another batch."}'
    WHEN 'id_conflict' THEN jsonb_build_object(
      'pointer', '/event_id',
      'message', 'This event id is known with another payload. The first one counts; this one is kept in quarantine.'
    )
  END;
