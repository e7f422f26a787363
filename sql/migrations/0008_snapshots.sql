-- What maintenance does with the accumulators every few minutes: sessions close, snapshots are taken, histories that late
-- observations touched are read again. Each function works on one tenant, takes its lock, and handles at most max_rows keys.

-- Adds what closed sessions say of pages, or takes it back: sign is 1 or -1. Excluded events arrived after the sessions closed.
CREATE FUNCTION business.contribute_sessions(sessions bytea[], excluded_events bytea[], sign integer) RETURNS void
  LANGUAGE sql
BEGIN ATOMIC
  WITH closed AS MATERIALIZED (
    SELECT DISTINCT ON (snapshot.site_session_hk)
      snapshot.site_session_hk,
      snapshot.session_start_time,
      snapshot.session_end_time,
      snapshot.entry_event_hk,
      snapshot.is_bounce,
      snapshot.transaction_completed
    FROM business.site_session_snapshot_s AS snapshot
    WHERE snapshot.site_session_hk = ANY (sessions)
    ORDER BY snapshot.site_session_hk, snapshot.load_date DESC
  ),
  entered AS (
    SELECT
      event.site_page_hk,
      count(*) AS entries,
      count(*) FILTER (WHERE closed.is_bounce) AS bounces,
      count(*) FILTER (WHERE closed.transaction_completed) AS conversions
    FROM closed
    JOIN business.site_event_nl AS event
      ON event.site_event_hk = closed.entry_event_hk AND event.event_timestamp = util.event_time(closed.entry_event_hk)
    WHERE event.event_type = 'page_view'
    GROUP BY event.site_page_hk
  ),
  timed AS (
    SELECT times.site_page_hk, sum(times.timed_views) AS timed_views, sum(times.seconds_on_page) AS seconds_on_page
    FROM business.session_page_times(
      sessions,
      (SELECT min(session_start_time) FROM closed),
      (SELECT max(session_end_time) FROM closed),
      excluded_events
    ) AS times
    GROUP BY times.site_page_hk
  )
  UPDATE business.site_page_acc AS acc
  SET
    entries = acc.entries + sign * coalesce(entered.entries, 0),
    bounces = acc.bounces + sign * coalesce(entered.bounces, 0),
    conversions = acc.conversions + sign * coalesce(entered.conversions, 0),
    timed_views = acc.timed_views + sign * coalesce(timed.timed_views, 0),
    seconds_on_page = acc.seconds_on_page + sign * coalesce(timed.seconds_on_page, 0),
    has_changed = true
  FROM entered
  FULL JOIN timed ON timed.site_page_hk = entered.site_page_hk
  WHERE acc.site_page_hk = coalesce(entered.site_page_hk, timed.site_page_hk);
END;

-- Closes sessions whose last event lies 30 minutes before as_of, and takes the hourly snapshot of those that go on.
-- Returns how many sessions it handled.
CREATE FUNCTION business.close_sessions(tenant bytea, as_of timestamptz, max_rows integer) RETURNS integer
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  closing bytea[];
  going_on bytea[];
BEGIN
  PERFORM business.lock_accumulators(tenant);
  SELECT
    coalesce(array_agg(due.site_session_hk) FILTER (WHERE due.is_over), '{}'),
    coalesce(array_agg(due.site_session_hk) FILTER (WHERE NOT due.is_over), '{}')
  INTO closing, going_on
  FROM (
    SELECT acc.site_session_hk, state.is_over
    FROM business.site_session_acc AS acc
    CROSS JOIN LATERAL (
      SELECT util.event_time(acc.last_event_hk) <= as_of - interval '30 minutes' AS is_over
    ) AS state
    WHERE acc.tenant_hk = tenant
      AND (
        state.is_over
        OR (acc.has_changed AND coalesce(acc.snapshot_at, acc.first_load_date) <= as_of - interval '1 hour')
      )
    ORDER BY acc.site_session_hk
    LIMIT max_rows
  ) AS due;

  WITH taken AS (
    INSERT INTO business.site_session_snapshot_s (
      site_session_hk, load_date, tenant_hk, session_start_time, session_end_time, total_conversion_value, total_events,
      total_page_views, is_bounce, transaction_attempted, transaction_completed, entry_event_hk, exit_event_hk, items_viewed,
      business_context
    )
    SELECT
      live.site_session_hk, live.next_load_date, live.tenant_hk, live.session_start_time, live.session_end_time,
      live.total_conversion_value, live.total_events, live.total_page_views, live.is_bounce, live.transaction_attempted,
      live.transaction_completed, live.entry_event_hk, live.exit_event_hk, live.items_viewed, live.business_context
    FROM business.site_session_live AS live
    WHERE live.site_session_hk = ANY (closing || going_on)
      AND live.has_changed
    RETURNING site_session_hk, load_date
  )
  UPDATE business.site_session_acc AS acc
  SET has_changed = false, snapshot_at = as_of, snapshot_load_date = taken.load_date
  FROM taken
  WHERE acc.site_session_hk = taken.site_session_hk
    AND acc.site_session_hk = ANY (going_on);

  PERFORM business.contribute_sessions(closing, '{}', 1);
  DELETE FROM business.site_session_acc AS acc WHERE acc.site_session_hk = ANY (closing);
  RETURN cardinality(closing) + cardinality(going_on);
END
$$;

-- Daily snapshots of visitors that changed. Returns how many it looked at.
CREATE FUNCTION business.snapshot_visitors(tenant bytea, as_of timestamptz, max_rows integer) RETURNS integer
  LANGUAGE sql
BEGIN ATOMIC
  SELECT business.lock_accumulators(tenant);
  WITH due AS (
    SELECT acc.site_visitor_hk, acc.snapshot_load_date
    FROM business.site_visitor_acc AS acc
    WHERE acc.tenant_hk = tenant
      AND acc.has_changed
      AND (acc.snapshot_at IS NULL OR acc.snapshot_at <= as_of - interval '1 day')
    LIMIT max_rows
  ),
  taken AS (
    INSERT INTO business.site_visitor_snapshot_s (
      site_visitor_hk, load_date, tenant_hk, first_visit_date, last_visit_date, lifetime_value, total_sessions,
      total_page_views, total_transactions, favorite_items, visitor_segment
    )
    SELECT
      live.site_visitor_hk, live.next_load_date, live.tenant_hk, live.first_visit_date, live.last_visit_date,
      live.lifetime_value, live.total_sessions, live.total_page_views, live.total_transactions, live.favorite_items,
      live.visitor_segment
    FROM due
    JOIN business.site_visitor_live AS live ON live.site_visitor_hk = due.site_visitor_hk
    -- An event may leave every figure as it was: a row that repeats the one before it is not written.
    WHERE NOT EXISTS (
      SELECT 1
      FROM business.site_visitor_snapshot_s AS previous
      WHERE previous.site_visitor_hk = live.site_visitor_hk
        AND previous.load_date = due.snapshot_load_date
        AND (
          previous.first_visit_date, previous.last_visit_date, previous.lifetime_value, previous.total_sessions,
          previous.total_page_views, previous.total_transactions, previous.favorite_items, previous.visitor_segment
        ) IS NOT DISTINCT FROM (
          live.first_visit_date, live.last_visit_date, live.lifetime_value, live.total_sessions, live.total_page_views,
          live.total_transactions, live.favorite_items, live.visitor_segment
        )
    )
    RETURNING site_visitor_hk, load_date
  ),
  noted AS (
    UPDATE business.site_visitor_acc AS acc
    SET has_changed = false, snapshot_at = as_of, snapshot_load_date = coalesce(taken.load_date, acc.snapshot_load_date)
    FROM due
    LEFT JOIN taken ON taken.site_visitor_hk = due.site_visitor_hk
    WHERE acc.site_visitor_hk = due.site_visitor_hk
    RETURNING 1
  )
  SELECT count(*)::integer FROM noted;
END;

-- Hourly snapshots of pages that changed. Returns how many it looked at.
CREATE FUNCTION business.snapshot_pages(tenant bytea, as_of timestamptz, max_rows integer) RETURNS integer
  LANGUAGE sql
BEGIN ATOMIC
  SELECT business.lock_accumulators(tenant);
  WITH due AS (
    SELECT acc.site_page_hk, acc.snapshot_load_date
    FROM business.site_page_acc AS acc
    WHERE acc.tenant_hk = tenant
      AND acc.has_changed
      AND (acc.snapshot_at IS NULL OR acc.snapshot_at <= as_of - interval '1 hour')
    LIMIT max_rows
  ),
  taken AS (
    INSERT INTO business.site_page_snapshot_s (
      site_page_hk, load_date, tenant_hk, total_views, unique_visitors, avg_time_on_page, bounce_rate, conversion_rate
    )
    SELECT
      live.site_page_hk, live.next_load_date, live.tenant_hk, live.total_views, live.unique_visitors,
      live.avg_time_on_page, live.bounce_rate, live.conversion_rate
    FROM due
    JOIN business.site_page_live AS live ON live.site_page_hk = due.site_page_hk
    -- An event may leave every figure as it was: a row that repeats the one before it is not written.
    WHERE NOT EXISTS (
      SELECT 1
      FROM business.site_page_snapshot_s AS previous
      WHERE previous.site_page_hk = live.site_page_hk
        AND previous.load_date = due.snapshot_load_date
        AND (
          previous.total_views, previous.unique_visitors, previous.avg_time_on_page, previous.bounce_rate,
          previous.conversion_rate
        ) IS NOT DISTINCT FROM (
          live.total_views, live.unique_visitors, live.avg_time_on_page, live.bounce_rate, live.conversion_rate
        )
    )
    RETURNING site_page_hk, load_date
  ),
  noted AS (
    UPDATE business.site_page_acc AS acc
    SET has_changed = false, snapshot_at = as_of, snapshot_load_date = coalesce(taken.load_date, acc.snapshot_load_date)
    FROM due
    LEFT JOIN taken ON taken.site_page_hk = due.site_page_hk
    WHERE acc.site_page_hk = due.site_page_hk
    RETURNING 1
  )
  SELECT count(*)::integer FROM noted;
END;

-- Hourly snapshots of items that changed. Returns how many it looked at.
CREATE FUNCTION business.snapshot_items(tenant bytea, as_of timestamptz, max_rows integer) RETURNS integer
  LANGUAGE sql
BEGIN ATOMIC
  SELECT business.lock_accumulators(tenant);
  WITH due AS (
    SELECT acc.business_item_hk, acc.snapshot_load_date
    FROM business.business_item_acc AS acc
    WHERE acc.tenant_hk = tenant
      AND acc.has_changed
      AND (acc.snapshot_at IS NULL OR acc.snapshot_at <= as_of - interval '1 hour')
    LIMIT max_rows
  ),
  taken AS (
    INSERT INTO business.business_item_snapshot_s (
      business_item_hk, load_date, tenant_hk, total_interactions, total_conversions, popularity_score, conversion_rate
    )
    SELECT
      live.business_item_hk, live.next_load_date, live.tenant_hk, live.total_interactions, live.total_conversions,
      live.popularity_score, live.conversion_rate
    FROM due
    JOIN business.business_item_live AS live ON live.business_item_hk = due.business_item_hk
    -- An event may leave every figure as it was: a row that repeats the one before it is not written.
    WHERE NOT EXISTS (
      SELECT 1
      FROM business.business_item_snapshot_s AS previous
      WHERE previous.business_item_hk = live.business_item_hk
        AND previous.load_date = due.snapshot_load_date
        AND (
          previous.total_interactions, previous.total_conversions, previous.popularity_score, previous.conversion_rate
        ) IS NOT DISTINCT FROM (
          live.total_interactions, live.total_conversions, live.popularity_score, live.conversion_rate
        )
    )
    RETURNING business_item_hk, load_date
  ),
  noted AS (
    UPDATE business.business_item_acc AS acc
    SET has_changed = false, snapshot_at = as_of, snapshot_load_date = coalesce(taken.load_date, acc.snapshot_load_date)
    FROM due
    LEFT JOIN taken ON taken.business_item_hk = due.business_item_hk
    WHERE acc.business_item_hk = due.business_item_hk
    RETURNING 1
  )
  SELECT count(*)::integer FROM noted;
END;

-- Tenants for which one of the functions above may have something to do.
CREATE VIEW business.tenants_in_motion AS
SELECT tenant_hk FROM business.site_session_acc
UNION
SELECT tenant_hk FROM business.site_visitor_acc WHERE has_changed
UNION
SELECT tenant_hk FROM business.site_page_acc WHERE has_changed
UNION
SELECT tenant_hk FROM business.business_item_acc WHERE has_changed
UNION
SELECT tenant_hk FROM business.late_observations;
