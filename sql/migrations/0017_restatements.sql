-- Restatements (docs/decisions/0021-ledger.md): metrics of a day that were published and changed after that, with what changed and why.

-- ── What is kept of a restatement ─────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE analytics.metric_restatements (
  tenant_hk bytea NOT NULL,
  site_id varchar(100) NOT NULL,
  metric_date date NOT NULL,
  restated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reasons text[] NOT NULL
    CHECK (reasons <@ ARRAY['erasure', 'late_events', 'recomputed', 'replay', 'retention', 'time_zone'] AND cardinality(reasons) > 0),
  -- The columns of analytics.daily_site_metrics that changed. `after` is null when the row is gone: the day has no events any more.
  before jsonb NOT NULL,
  after jsonb,
  PRIMARY KEY (tenant_hk, site_id, metric_date, restated_at)
);
SELECT auth.isolate('analytics.metric_restatements', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT ON analytics.metric_restatements TO onevault_reader;
GRANT SELECT, INSERT, DELETE ON analytics.metric_restatements TO onevault_maintenance;

-- Why days are to be calculated again, and for whom, until they are. Changes only while the day's row in analytics.stale_metric_days is
-- locked, and never outlives it.
CREATE TABLE analytics.stale_day_causes (
  metric_date date NOT NULL,
  tenant_hk bytea NOT NULL,
  reason varchar(20) NOT NULL,
  -- As far as days were published when this became known: what was still to be counted then has not been published since.
  published_until timestamptz NOT NULL,
  PRIMARY KEY (metric_date, tenant_hk, reason)
);
SELECT auth.isolate('analytics.stale_day_causes', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT, INSERT, DELETE ON analytics.stale_day_causes TO onevault_maintenance;

-- From when on the vault has a tenant's events whole. Days that begin earlier keep the metrics that they have.
CREATE TABLE analytics.metric_horizons (
  tenant_hk bytea PRIMARY KEY,
  events_from timestamptz NOT NULL
);
SELECT auth.isolate('analytics.metric_horizons', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT, INSERT, UPDATE ON analytics.metric_horizons TO onevault_maintenance;

-- A day is published once everything that had arrived by its end has been counted. Unlike noted_until this never goes back.
ALTER TABLE analytics.metrics_progress ADD COLUMN published_until timestamptz;
UPDATE analytics.metrics_progress SET published_until = noted_until;
ALTER TABLE analytics.metrics_progress ALTER COLUMN published_until SET NOT NULL;

-- A day is calculated for the tenants that have a cause. The release before this one did not say whose a day was.
INSERT INTO analytics.stale_day_causes (metric_date, tenant_hk, reason, published_until)
SELECT stale.metric_date, tenant.tenant_hk, 'late_events', progress.published_until
FROM analytics.stale_metric_days AS stale
CROSS JOIN analytics.metrics_progress AS progress
CROSS JOIN (SELECT DISTINCT known.tenant_hk FROM auth.tenant_h AS known) AS tenant;

-- ── Why a day is calculated again ─────────────────────────────────────────────────────────────────────────────────────────

-- Has days of a tenant calculated again by the next run. The reason is one of a restatement's. A day that is marked already is locked
-- all the same: a run that takes the mark away waits until what it stands for is committed.
CREATE FUNCTION analytics.mark_stale_days(tenant_hk bytea, days date[], reason text) RETURNS void
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  INSERT INTO analytics.stale_metric_days (metric_date)
  SELECT DISTINCT stale.day
  FROM unnest(mark_stale_days.days) AS stale (day)
  ORDER BY stale.day
  ON CONFLICT (metric_date) DO UPDATE SET metric_date = EXCLUDED.metric_date;
  INSERT INTO analytics.stale_day_causes (metric_date, tenant_hk, reason, published_until)
  SELECT DISTINCT stale.day, mark_stale_days.tenant_hk, mark_stale_days.reason, progress.published_until
  FROM unnest(mark_stale_days.days) AS stale (day)
  CROSS JOIN analytics.metrics_progress AS progress
  ORDER BY stale.day
  ON CONFLICT DO NOTHING;
END;

-- Says that the vault no longer has all events of a tenant from before a time. To be said before the first of them goes.
CREATE FUNCTION analytics.set_metric_horizon(tenant_hk bytea, events_from timestamptz) RETURNS void
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  INSERT INTO analytics.metric_horizons AS horizon (tenant_hk, events_from)
  VALUES (set_metric_horizon.tenant_hk, set_metric_horizon.events_from)
  ON CONFLICT (tenant_hk) DO UPDATE SET events_from = EXCLUDED.events_from
  WHERE horizon.events_from < EXCLUDED.events_from;
END;

-- A site in another zone has other days: those that have metrics, and their neighbours.
CREATE FUNCTION analytics.mark_time_zone() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM analytics.mark_stale_days(
    NEW.tenant_hk,
    ARRAY(
      SELECT metric.metric_date + away.days
      FROM analytics.daily_site_metrics AS metric
      CROSS JOIN generate_series(-1, 1) AS away (days)
      WHERE metric.tenant_hk = NEW.tenant_hk
        AND metric.site_id = NEW.site_id
    ),
    'time_zone'
  );
  RETURN NULL;
END
$$;
CREATE TRIGGER time_zone_changed
  AFTER UPDATE OF time_zone ON auth.sites
  FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone)
  EXECUTE FUNCTION analytics.mark_time_zone();

-- As before, with the reason. Nothing that is pending is behind noted_until, so what had been noted once and is noted again was
-- replayed; a replay sets noted_until back.
CREATE OR REPLACE FUNCTION analytics.note_stale_days() RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  settled_until timestamptz;
  since timestamptz;
  published timestamptz;
  until timestamptz := 'infinity';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('analytics.daily_site_metrics', 0));
  SELECT least(CURRENT_TIMESTAMP - interval '1 hour', min(pending.received_timestamp))
  INTO settled_until
  FROM raw.pending_requests AS pending;
  SELECT progress.noted_until, progress.published_until INTO since, published FROM analytics.metrics_progress AS progress;
  IF settled_until > since + interval '1 day' THEN
    until := since + interval '1 day';
  END IF;

  WITH arrived AS MATERIALIZED (
    SELECT
      event.tenant_hk,
      event.session_slice_hk,
      event.event_timestamp,
      CASE WHEN event.load_date < published THEN 'replay' ELSE 'late_events' END AS reason
    FROM business.site_event_nl AS event
    WHERE event.load_date >= since
      AND event.load_date < until
  ),
  slice AS (
    SELECT arrived.tenant_hk, arrived.session_slice_hk, arrived.reason, min(arrived.event_timestamp) AS first_arrived_at
    FROM arrived
    GROUP BY arrived.tenant_hk, arrived.session_slice_hk, arrived.reason
  ),
  begun AS (
    SELECT slice.*, session.session_start_time
    FROM slice
    LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = slice.session_slice_hk
    CROSS JOIN LATERAL (
      SELECT standing.session_start_time
      FROM business.site_session_current AS standing
      WHERE standing.site_session_hk = coalesce(part.site_session_hk, slice.session_slice_hk)
      LIMIT 1
    ) AS session
  ),
  begun_before AS (
    SELECT begun.tenant_hk, begun.reason, earlier.event_timestamp
    FROM begun
    CROSS JOIN LATERAL (
      -- No condition: for each session the planner would go through the index by arrival, which is short and yet read whole.
      SELECT min(event.event_timestamp) FILTER (WHERE event.load_date < since) AS event_timestamp
      FROM business.site_event_nl AS event
      WHERE event.session_slice_hk = begun.session_slice_hk
    ) AS earlier
    WHERE begun.session_start_time = begun.first_arrived_at
  ),
  -- Days begin at quarters of an hour, wherever the site is.
  moment AS (
    SELECT
      arrived.tenant_hk,
      arrived.reason,
      date_bin('15 minutes', arrived.event_timestamp + after.delay, '2000-01-01 00:00:00+00') AS at
    FROM arrived
    CROSS JOIN (VALUES (interval '0 minutes'), (interval '30 minutes')) AS after (delay)
    UNION
    SELECT begun.tenant_hk, begun.reason, begun.session_start_time FROM begun
    UNION
    SELECT begun_before.tenant_hk, begun_before.reason, begun_before.event_timestamp FROM begun_before
  ),
  stale AS MATERIALIZED (
    SELECT DISTINCT (moment.at AT TIME ZONE zone.time_zone)::date AS metric_date, moment.tenant_hk, moment.reason
    FROM moment
    JOIN (
      SELECT site.tenant_hk, site.time_zone FROM auth.sites AS site
      UNION
      SELECT arrived.tenant_hk, 'UTC' FROM arrived
    ) AS zone ON zone.tenant_hk = moment.tenant_hk
    WHERE moment.at IS NOT NULL
  ),
  marked AS (
    INSERT INTO analytics.stale_metric_days (metric_date)
    SELECT DISTINCT stale.metric_date
    FROM stale
    ORDER BY stale.metric_date
    ON CONFLICT (metric_date) DO UPDATE SET metric_date = EXCLUDED.metric_date
    RETURNING metric_date
  )
  INSERT INTO analytics.stale_day_causes (metric_date, tenant_hk, reason, published_until)
  SELECT stale.metric_date, stale.tenant_hk, stale.reason, published
  FROM stale
  JOIN marked ON marked.metric_date = stale.metric_date
  ORDER BY stale.metric_date, stale.tenant_hk, stale.reason
  ON CONFLICT DO NOTHING;

  UPDATE analytics.metrics_progress AS progress
  SET
    noted_until = CASE WHEN until = 'infinity' THEN settled_until ELSE until END,
    published_until = greatest(published, CASE WHEN until = 'infinity' THEN settled_until ELSE until END);
  RETURN until <> 'infinity';
END
$$;

-- ── Calculating ───────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Brings the rows of one day up to date, of some tenants or, for null, of all. A row that says the same is left as it is. What was
-- published and changes is kept as a restatement. Days that a tenant no longer keeps metrics of stay as retention leaves them, whose
-- cut-offs come with the migration after next.
DROP FUNCTION analytics.record_metrics_of_day(date);
CREATE FUNCTION analytics.record_metrics_of_day(
  day date,
  only_tenants bytea[] DEFAULT NULL,
  OUT rows_changed integer,
  OUT rows_restated integer
)
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog
AS $$
DECLARE
  explained analytics.stale_day_causes[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('analytics.daily_site_metrics', 0));
  -- Marks go by statements of their own before anything is read. Who marks the day from here on waits and marks it anew; what those have
  -- changed who marked it before is then seen.
  PERFORM FROM analytics.stale_metric_days AS stale WHERE stale.metric_date = day FOR UPDATE;
  WITH known AS (
    DELETE FROM analytics.stale_day_causes AS known
    WHERE known.metric_date = day
      AND (only_tenants IS NULL OR known.tenant_hk = ANY (only_tenants))
    RETURNING known
  )
  SELECT array_agg(known.known) INTO explained FROM known;
  DELETE FROM analytics.stale_metric_days AS stale
  WHERE stale.metric_date = day
    AND NOT EXISTS (SELECT FROM analytics.stale_day_causes AS known WHERE known.metric_date = day);

  WITH calculated AS MATERIALIZED (
    SELECT *
    FROM analytics.metrics_of_day(day) AS anew
    WHERE only_tenants IS NULL
       OR anew.tenant_hk = ANY (only_tenants)
  ),
  compared AS MATERIALIZED (
    SELECT
      coalesce(metric.tenant_hk, calculated.tenant_hk) AS tenant_hk,
      coalesce(metric.site_id, calculated.site_id) AS site_id,
      to_jsonb(metric) - ARRAY['id', 'tenant_hk', 'site_id', 'metric_date'] AS before,
      to_jsonb(calculated) - ARRAY['tenant_hk', 'site_id'] AS after
    FROM (
      SELECT *
      FROM analytics.daily_site_metrics AS standing
      WHERE standing.metric_date = day
        AND (only_tenants IS NULL OR standing.tenant_hk = ANY (only_tenants))
    ) AS metric
    FULL JOIN calculated ON calculated.tenant_hk = metric.tenant_hk AND calculated.site_id = metric.site_id
  ),
  changed AS MATERIALIZED (
    SELECT compared.*, util.day_start(day + 1, coalesce(site.time_zone, 'UTC')) AS ends_at
    FROM compared
    LEFT JOIN auth.sites AS site ON site.tenant_hk = compared.tenant_hk AND site.site_id = compared.site_id
    WHERE compared.before IS DISTINCT FROM compared.after
      AND NOT EXISTS (
        SELECT
        FROM analytics.metric_horizons AS horizon
        WHERE horizon.tenant_hk = compared.tenant_hk
          AND horizon.events_from > util.day_start(day, coalesce(site.time_zone, 'UTC'))
      )
      AND NOT EXISTS (
        SELECT
        FROM auth.retention_cut_offs(CURRENT_TIMESTAMP) AS kept
        WHERE kept.tenant_hk = compared.tenant_hk
          AND kept.class = 'marts'
          AND day < (kept.cut_off AT TIME ZONE 'UTC')::date
      )
  ),
  gone AS (
    DELETE FROM analytics.daily_site_metrics AS metric
    USING changed
    WHERE changed.after IS NULL
      AND metric.tenant_hk = changed.tenant_hk
      AND metric.site_id = changed.site_id
      AND metric.metric_date = day
  ),
  written AS (
    INSERT INTO analytics.daily_site_metrics (
      site_id, metric_date, unique_visitors, total_sessions, total_pageviews, bounce_rate, avg_session_duration_seconds,
      avg_pages_per_session, total_events, direct_sessions, search_sessions, social_sessions, referral_sessions, tenant_hk
    )
    SELECT
      calculated.site_id, day, calculated.unique_visitors, calculated.total_sessions, calculated.total_pageviews,
      calculated.bounce_rate, calculated.avg_session_duration_seconds, calculated.avg_pages_per_session,
      calculated.total_events, calculated.direct_sessions, calculated.search_sessions, calculated.social_sessions,
      calculated.referral_sessions, calculated.tenant_hk
    FROM changed
    JOIN calculated ON calculated.tenant_hk = changed.tenant_hk AND calculated.site_id = changed.site_id
    ORDER BY calculated.tenant_hk, calculated.site_id
    ON CONFLICT (tenant_hk, site_id, metric_date) DO UPDATE SET
      unique_visitors = EXCLUDED.unique_visitors,
      total_sessions = EXCLUDED.total_sessions,
      total_pageviews = EXCLUDED.total_pageviews,
      bounce_rate = EXCLUDED.bounce_rate,
      avg_session_duration_seconds = EXCLUDED.avg_session_duration_seconds,
      avg_pages_per_session = EXCLUDED.avg_pages_per_session,
      total_events = EXCLUDED.total_events,
      direct_sessions = EXCLUDED.direct_sessions,
      search_sessions = EXCLUDED.search_sessions,
      social_sessions = EXCLUDED.social_sessions,
      referral_sessions = EXCLUDED.referral_sessions
  ),
  restated AS (
    INSERT INTO analytics.metric_restatements (tenant_hk, site_id, metric_date, reasons, before, after)
    SELECT
      changed.tenant_hk,
      changed.site_id,
      day,
      coalesce(cause.reasons, '{recomputed}'),
      difference.before,
      CASE WHEN changed.after IS NOT NULL THEN difference.after END
    FROM changed
    CROSS JOIN LATERAL (
      SELECT
        jsonb_object_agg(metric.name, changed.before -> metric.name) AS before,
        jsonb_object_agg(metric.name, changed.after -> metric.name) AS after
      FROM jsonb_object_keys(changed.before) AS metric (name)
      WHERE changed.before -> metric.name IS DISTINCT FROM changed.after -> metric.name
    ) AS difference
    CROSS JOIN LATERAL (
      SELECT array_agg(known.reason::text ORDER BY known.reason) AS reasons, min(known.published_until) AS published_until
      FROM unnest(explained) AS known
      WHERE known.tenant_hk = changed.tenant_hk
    ) AS cause
    CROSS JOIN analytics.metrics_progress AS progress
    WHERE changed.before IS NOT NULL
      AND changed.ends_at <= coalesce(cause.published_until, progress.published_until)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM restated) INTO rows_changed, rows_restated;
END
$$;

-- Calculates the metrics of the newest stale day. Answers with the day, null when none is left, how many rows changed and how many of
-- them had been published.
CREATE FUNCTION analytics.refresh_stale_day(OUT metric_date date, OUT rows_changed integer, OUT rows_restated integer)
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('analytics.daily_site_metrics', 0));
  SELECT max(stale.metric_date) INTO metric_date FROM analytics.stale_metric_days AS stale;
  IF metric_date IS NOT NULL THEN
    SELECT recorded.rows_changed, recorded.rows_restated
    INTO rows_changed, rows_restated
    FROM analytics.record_metrics_of_day(
      metric_date,
      ARRAY(SELECT DISTINCT known.tenant_hk FROM analytics.stale_day_causes AS known WHERE known.metric_date = refresh_stale_day.metric_date)
    ) AS recorded;
  END IF;
END
$$;

-- As before, for functions of the release before and for SQL clients: called until it returns false, it notes which days newly arrived
-- events changed when nothing is left, and calculates days, the newest of them, otherwise. Never both: what arrived within the hour is
-- noted every time, and who waits for a day to be calculated must hold none that is noted.
CREATE OR REPLACE FUNCTION analytics.refresh_stale_metrics(max_days integer DEFAULT 7) RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  is_behind boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('analytics.daily_site_metrics', 0));
  IF NOT EXISTS (SELECT FROM analytics.stale_metric_days) THEN
    is_behind := analytics.note_stale_days();
    RETURN is_behind OR EXISTS (SELECT FROM analytics.stale_metric_days);
  END IF;
  -- In the order in which days are marked, whoever marks some meanwhile.
  PERFORM
  FROM analytics.stale_metric_days AS stale
  WHERE stale.metric_date IN (
    SELECT newest.metric_date FROM analytics.stale_metric_days AS newest ORDER BY newest.metric_date DESC LIMIT max_days
  )
  ORDER BY stale.metric_date
  FOR UPDATE;
  FOR round IN 1..max_days LOOP
    EXIT WHEN (SELECT refreshed.metric_date IS NULL FROM analytics.refresh_stale_day() AS refreshed);
  END LOOP;
  RETURN EXISTS (SELECT FROM analytics.stale_metric_days);
END
$$;

REVOKE ALL ON FUNCTION
  analytics.mark_stale_days(bytea, date[], text), analytics.set_metric_horizon(bytea, timestamptz), analytics.mark_time_zone(),
  analytics.record_metrics_of_day(date, bytea[]), analytics.refresh_stale_day()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  analytics.mark_stale_days(bytea, date[], text), analytics.set_metric_horizon(bytea, timestamptz),
  analytics.record_metrics_of_day(date, bytea[]), analytics.refresh_stale_day()
  TO onevault_maintenance, onevault_migrator;
GRANT EXECUTE ON FUNCTION util.day_start(date, text) TO onevault_maintenance;
