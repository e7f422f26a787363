-- What a tenant no longer keeps (docs/decisions/0023-retention.md): how long each class of data stays, what of it may go now, and how
-- the space of whole partitions is given back.

-- ── How long ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The classes that tenants keep for a number of days, and the first instant that each still keeps: a day in UTC begins then, so that
-- every run of a day means the same. A class without a row is kept for ever, and so is one whose setting cannot be read: what is
-- deleted does not come back. What was refused is kept no longer than what was accepted, unless the profile says so.
CREATE FUNCTION auth.retention_cut_offs(as_of timestamptz)
  RETURNS TABLE (tenant_hk bytea, tenant_id text, class text, days integer, cut_off timestamptz)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT
    tenant.tenant_hk,
    tenant.tenant_bk::text,
    kept.class,
    kept.days,
    (date_trunc('day', as_of AT TIME ZONE 'UTC') - make_interval(days => kept.days)) AT TIME ZONE 'UTC'
  FROM auth.tenant_h AS tenant
  CROSS JOIN LATERAL (
    SELECT profile.configuration -> 'site_tracking' AS site_tracking
    FROM auth.tenant_profile_s AS profile
    WHERE profile.tenant_hk = tenant.tenant_hk
      AND profile.load_end_date IS NULL
    ORDER BY profile.load_date DESC
    LIMIT 1
  ) AS settings
  CROSS JOIN LATERAL (
    SELECT
      substring(settings.site_tracking ->> 'data_retention_days' FROM '^[1-9][0-9]{0,4}$')::integer AS raw,
      substring(settings.site_tracking ->> 'staging_retention_days' FROM '^[1-9][0-9]{0,4}$')::integer AS staging,
      substring(settings.site_tracking ->> 'vault_retention_days' FROM '^[1-9][0-9]{0,4}$')::integer AS vault,
      substring(settings.site_tracking ->> 'marts_retention_days' FROM '^[1-9][0-9]{0,4}$')::integer AS marts
  ) AS set
  CROSS JOIN LATERAL (
    VALUES ('staging', coalesce(set.staging, set.raw)), ('raw', set.raw), ('vault', set.vault), ('marts', set.marts)
  ) AS kept (class, days)
  WHERE kept.days IS NOT NULL;
END;

-- How far retention has come, by tenant and class.
CREATE TABLE auth.retention_progress (
  tenant_hk bytea NOT NULL,
  class varchar(10) NOT NULL CHECK (class IN ('staging', 'raw', 'vault', 'marts')),
  -- What is older than this may be gone.
  cut_off timestamptz NOT NULL,
  -- What is older than this is gone, but for what has to wait.
  completed_cut_off timestamptz,
  completed_at timestamptz,
  PRIMARY KEY (tenant_hk, class)
);
SELECT auth.isolate('auth.retention_progress', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT, INSERT, UPDATE ON auth.retention_progress TO onevault_maintenance;

-- How many events of a day of arrival retention has taken out of the vault or the quarantine, whether the raw layer still has them or not.
CREATE TABLE raw.expired_tally (
  tenant_id varchar(255) NOT NULL,
  received_day date NOT NULL,
  kind varchar(20) NOT NULL CHECK (kind IN ('vaulted', 'quarantined')),
  events bigint NOT NULL CHECK (events > 0),
  PRIMARY KEY (tenant_id, received_day, kind)
);
SELECT auth.isolate('raw.expired_tally', 'tenant_id = (SELECT auth.acting_tenant_id())');
GRANT SELECT, INSERT, UPDATE, DELETE ON raw.expired_tally TO onevault_maintenance;

-- ── What may go ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Each names what one tenant has of a class before its cut-off. What arrived on a day whose ledger is not settled waits until it is:
-- the ledger counts what is there.

-- Requests of which every event has found its place: those on their way to the vault stay, and those with an event in quarantine.
CREATE FUNCTION raw.expired_requests(tenant text, cut_off timestamptz)
  RETURNS TABLE (received_timestamp timestamptz, request_id bigint, event_count integer)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT request.received_timestamp, request.request_id, request.event_count
  FROM raw.site_tracking_requests_r AS request
  WHERE request.tenant_id = tenant
    AND request.received_timestamp < cut_off
    AND NOT EXISTS (SELECT FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
    AND NOT EXISTS (
      SELECT
      FROM staging.quarantined_events AS quarantined
      WHERE quarantined.raw_event_id >= request.request_id * 1024
        AND quarantined.raw_event_id < (request.request_id + 1) * 1024
    )
    AND raw.is_ledger_settled(tenant, (request.received_timestamp AT TIME ZONE 'UTC')::date);
END;

-- Refused events by their arrival: a replay that refuses them again does not make them younger.
CREATE FUNCTION staging.expired_quarantine(tenant text, cut_off timestamptz) RETURNS TABLE (quarantine_id bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT quarantined.quarantine_id
  FROM staging.quarantined_events AS quarantined
  WHERE quarantined.tenant_id = tenant
    AND quarantined.received_timestamp < cut_off
    AND raw.is_ledger_settled(tenant, (quarantined.received_timestamp AT TIME ZONE 'UTC')::date);
END;

-- Events by the time they happened, visitor by visitor: what was counted of a visitor is then taken back at once.
CREATE FUNCTION business.expired_events(tenant text, tenant_hk bytea, cut_off timestamptz)
  RETURNS TABLE (site_event_hk bytea, load_date timestamptz)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT expired.site_event_hk, expired.load_date
  FROM (
    SELECT acc.site_visitor_hk
    FROM business.site_visitor_acc AS acc
    WHERE acc.tenant_hk = expired_events.tenant_hk
      AND acc.first_event_at < cut_off
    ORDER BY acc.first_event_at
  ) AS visitor
  CROSS JOIN LATERAL (
    SELECT event.site_event_hk, event.load_date
    FROM business.session_slice_visitor_l AS link
    JOIN business.site_event_nl AS event
      ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
    WHERE link.site_visitor_hk = visitor.site_visitor_hk
      AND event.event_timestamp < cut_off
      -- Years before the cut-off that the tenant has nothing in are not looked at.
      AND event.event_timestamp >= (
        SELECT oldest.first_event_at
        FROM business.site_visitor_acc AS oldest
        WHERE oldest.tenant_hk = expired_events.tenant_hk
        ORDER BY oldest.first_event_at
        LIMIT 1
      )
      AND raw.is_ledger_settled(tenant, (event.load_date AT TIME ZONE 'UTC')::date)
    -- Keeps the look-ups behind the visitors: a plan led by time would read the events of all tenants.
    OFFSET 0
  ) AS expired;
END;

-- Led by the tenant as the index before it, and on to the visitors that go back furthest.
CREATE INDEX site_visitor_acc_first_event ON business.site_visitor_acc (tenant_hk, first_event_at);
DROP INDEX business.site_visitor_acc_tenant;

CREATE INDEX quarantined_events_arrival ON staging.quarantined_events (tenant_id, received_timestamp);

-- ── Whole partitions ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- These run with their owner's rights and judge for themselves: they cannot be told to drop what has to stay. They give up after a
-- tenth of a second (55P03) when somebody works with the tables: who waits for such a lock keeps everybody behind it waiting too.

-- Whether the owner of these functions sees the rows of every tenant. Without that every partition would look empty.
CREATE FUNCTION auth.require_sight() RETURNS void
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT pg_has_role(current_user, 'onevault_migrator', 'USAGE') THEN
    RAISE EXCEPTION 'The owner of the tables is no member of onevault_migrator: grant it, so that it sees what a partition holds.'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION auth.require_sight() FROM PUBLIC;

-- Whether the raw layer has to keep something that arrived between two times.
CREATE FUNCTION raw.keeps_between(from_time timestamptz, until_time timestamptz, as_of timestamptz) RETURNS boolean
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE tenant AS (
    -- From each tenant straight to the next: a week has millions of requests and few tenants.
    SELECT min(request.tenant_id::text) AS tenant_id
    FROM raw.site_tracking_requests_r AS request
    WHERE request.received_timestamp >= from_time
      AND request.received_timestamp < until_time
    UNION ALL
    SELECT (
      SELECT request.tenant_id::text
      FROM raw.site_tracking_requests_r AS request
      WHERE request.received_timestamp >= from_time
        AND request.received_timestamp < until_time
        AND request.tenant_id > tenant.tenant_id
      ORDER BY request.tenant_id
      LIMIT 1
    )
    FROM tenant
    WHERE tenant.tenant_id IS NOT NULL
  ),
  tenant_day AS (
    SELECT tenant.tenant_id, day.begins_at
    FROM tenant
    -- Days of UTC, in whatever zone the session is.
    CROSS JOIN generate_series(from_time, until_time - interval '24 hours', interval '24 hours') AS day (begins_at)
    WHERE EXISTS (
      SELECT
      FROM raw.site_tracking_requests_r AS request
      WHERE request.tenant_id = tenant.tenant_id
        AND request.received_timestamp >= day.begins_at
        AND request.received_timestamp < day.begins_at + interval '24 hours'
    )
  )
  SELECT
    EXISTS (
      SELECT
      FROM tenant_day
      LEFT JOIN auth.retention_cut_offs(as_of) AS kept ON kept.tenant_id = tenant_day.tenant_id AND kept.class = 'raw'
      WHERE kept.cut_off IS NULL
         OR tenant_day.begins_at >= kept.cut_off
         OR NOT raw.is_ledger_settled(tenant_day.tenant_id, (tenant_day.begins_at AT TIME ZONE 'UTC')::date)
    )
    OR EXISTS (
      SELECT
      FROM raw.pending_requests AS pending
      WHERE pending.received_timestamp >= from_time
        AND pending.received_timestamp < until_time
    )
    OR EXISTS (
      SELECT
      FROM staging.quarantined_events AS quarantined
      WHERE quarantined.received_timestamp >= from_time
        AND quarantined.received_timestamp < until_time
        AND quarantined.raw_event_id IS NOT NULL
    );
END;

-- Drops the partition of a week that is over and of which nothing has to stay. Returns whether it did.
CREATE FUNCTION raw.drop_expired_week(week_start date, as_of timestamptz) RETURNS boolean
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '100ms'
AS $$
DECLARE
  now_at_most timestamptz := least(as_of, CURRENT_TIMESTAMP);
  from_time timestamptz := week_start::timestamp AT TIME ZONE 'UTC';
  until_time timestamptz := (week_start + 7)::timestamp AT TIME ZONE 'UTC';
  partition_name text := 'site_tracking_requests_r_' || to_char(week_start, 'YYYYMMDD');
BEGIN
  PERFORM auth.require_sight();
  -- Arrivals bear the time of the server, whose clock may be set back a little.
  IF until_time > now_at_most - interval '1 day' OR NOT EXISTS (
    SELECT
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = 'raw.site_tracking_requests_r'::regclass
      AND child.relname = partition_name
  ) THEN
    RETURN false;
  END IF;
  -- Nothing comes in or changes while it is looked at; those who read or add elsewhere are not concerned.
  EXECUTE format('LOCK TABLE ONLY raw.%I IN SHARE MODE', partition_name);
  IF raw.keeps_between(from_time, until_time, now_at_most) THEN
    RETURN false;
  END IF;
  EXECUTE format('ALTER TABLE raw.site_tracking_requests_r DETACH PARTITION raw.%I', partition_name);
  -- From here on nobody sees the week. A replay or an erasure that saw it has ended, and may have marked a request of it.
  IF raw.keeps_between(from_time, until_time, now_at_most) THEN
    RAISE EXCEPTION 'A request of the week was marked meanwhile.' USING ERRCODE = 'lock_not_available';
  END IF;
  EXECUTE format('DROP TABLE raw.%I', partition_name);
  RETURN true;
END
$$;

-- Gives back the space of a partition of events that is over and empty. It stays for late events. Returns whether it did.
CREATE FUNCTION business.empty_event_partition(range_start date, range_end date) RETURNS boolean
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '100ms'
AS $$
DECLARE
  partition_name text := 'site_event_nl_' || to_char(range_start, CASE
    WHEN range_end = range_start + interval '1 year' THEN 'YYYY'
    ELSE 'YYYYMM'
  END);
BEGIN
  PERFORM auth.require_sight();
  IF range_end::timestamp AT TIME ZONE 'UTC' > CURRENT_TIMESTAMP OR NOT EXISTS (
    SELECT
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = 'business.site_event_nl'::regclass
      AND child.relname = partition_name
  ) THEN
    RETURN false;
  END IF;
  -- Loads that wait to add to it go on when this transaction ends, which is at once.
  EXECUTE format('LOCK TABLE ONLY business.%I IN SHARE MODE', partition_name);
  IF EXISTS (
    SELECT
    FROM business.site_event_nl AS event
    WHERE event.event_timestamp >= range_start::timestamp AT TIME ZONE 'UTC'
      AND event.event_timestamp < range_end::timestamp AT TIME ZONE 'UTC'
  ) THEN
    RETURN false;
  END IF;
  EXECUTE format('TRUNCATE ONLY business.%I', partition_name);
  PERFORM auth.forget_statistics(format('business.%I', partition_name)::regclass);
  RETURN true;
END
$$;

-- ── Statistics ────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What the planner remembers of values in a table. ANALYZE leaves it as it was where no row is left.
CREATE FUNCTION auth.forget_statistics(relation regclass) RETURNS void
  LANGUAGE sql
BEGIN ATOMIC
  SELECT pg_clear_attribute_stats(schema.nspname, emptied.relname, attribute.attname, emptied.relkind = 'p')
  FROM pg_class AS emptied
  JOIN pg_namespace AS schema ON schema.oid = emptied.relnamespace
  JOIN pg_attribute AS attribute ON attribute.attrelid = emptied.oid
  WHERE emptied.oid = relation
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped;
END;
REVOKE ALL ON FUNCTION auth.forget_statistics(regclass) FROM PUBLIC;

-- Looks at a table anew after much of it has gone. Of a partitioned table its own statistics only, which nothing else brings up to date.
CREATE FUNCTION auth.refresh_statistics(relation regclass) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '1s'
AS $$
DECLARE
  is_empty boolean;
BEGIN
  PERFORM auth.require_sight();
  IF NOT EXISTS (SELECT FROM pg_policy AS policy WHERE policy.polrelid = relation AND policy.polname = 'workers') THEN
    RAISE EXCEPTION 'Name a table of the pipeline.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  EXECUTE format('ANALYZE ONLY %s', relation);
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', relation) INTO is_empty;
  IF is_empty THEN
    PERFORM auth.forget_statistics(relation);
  END IF;
END
$$;

REVOKE ALL ON FUNCTION
  raw.drop_expired_week(date, timestamptz), business.empty_event_partition(date, date), auth.refresh_statistics(regclass)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  raw.drop_expired_week(date, timestamptz), business.empty_event_partition(date, date), auth.refresh_statistics(regclass)
  TO onevault_maintenance;

-- ── By hand ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Deletes what all tenants have in the raw layer from before a day, whatever their profiles say: the start of the day that many days
-- ago, in UTC. Requests that are on their way to the vault or partly in quarantine stay, as does what the ledger has not settled.
-- Ids stay registered: a retry is still known. What is deleted can no longer be replayed, so it stops at a replay. Commits as it goes, so it cannot be called
-- within a transaction; called again, it goes on.
DROP PROCEDURE analytics.cleanup_processed_events(integer, bigint);
CREATE PROCEDURE analytics.cleanup_processed_events(IN retention_days integer, INOUT events_deleted bigint DEFAULT NULL)
  LANGUAGE plpgsql
AS $$
DECLARE
  requests_at_once CONSTANT integer := 1000;
  cut_off CONSTANT timestamptz :=
    (date_trunc('day', CURRENT_TIMESTAMP AT TIME ZONE 'UTC') - make_interval(days => retention_days)) AT TIME ZONE 'UTC';
  tenant record;
  requests bigint;
  events bigint;
BEGIN
  IF retention_days IS NULL OR retention_days < 0 THEN
    RAISE EXCEPTION 'retention_days is a number of days, at least 0' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  events_deleted := 0;
  FOR tenant IN SELECT known.tenant_bk::text AS id, known.tenant_hk AS hk FROM auth.tenant_h AS known ORDER BY known.tenant_hk LOOP
    INSERT INTO auth.retention_progress AS progress (tenant_hk, class, cut_off)
    VALUES (tenant.hk, 'raw', cut_off)
    ON CONFLICT (tenant_hk, class) DO UPDATE SET cut_off = greatest(progress.cut_off, EXCLUDED.cut_off);
    LOOP
      -- A replay has counted what the raw layer has, or will.
      IF NOT pg_try_advisory_xact_lock_shared(hashtextextended('onevault.replay', 0)) THEN
        RAISE EXCEPTION 'A replay is under way: call this again when it has ended.' USING ERRCODE = 'lock_not_available';
      END IF;
      -- An erasure or a rebuild of this tenant has ended, or begins after this.
      PERFORM business.lock_accumulators(tenant.hk);
      WITH expired AS MATERIALIZED (
        SELECT request.received_timestamp, request.request_id
        FROM raw.expired_requests(tenant.id, cut_off) AS request
        LIMIT requests_at_once
      ),
      deleted AS (
        DELETE FROM raw.site_tracking_requests_r AS request
        USING expired
        WHERE request.received_timestamp = expired.received_timestamp
          AND request.request_id = expired.request_id
        RETURNING request.event_count
      )
      SELECT count(*), coalesce(sum(deleted.event_count), 0) INTO requests, events FROM deleted;
      events_deleted := events_deleted + events;
      COMMIT;
      EXIT WHEN requests < requests_at_once;
    END LOOP;
  END LOOP;
END
$$;
