-- What the analytics calls of the HTTP API ask. All of it runs as onevault_reader, which sees the tenant of its transaction only.

-- When a day begins: the first instant that has its date. Clocks that are set back over midnight show it twice, and AT TIME ZONE takes
-- the second. A day that a zone left out begins, and ends, where the next does.
CREATE FUNCTION util.day_start(day date, time_zone text) RETURNS timestamptz
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT
      CASE
        WHEN ((midnight.instant - interval '1 hour') AT TIME ZONE time_zone)::date = day THEN midnight.instant - interval '1 hour'
        ELSE midnight.instant
      END
    FROM (SELECT day::timestamp AT TIME ZONE time_zone AS instant) AS midnight
  );

-- As before, with the days as above.
CREATE OR REPLACE FUNCTION analytics.read_question(tenant_name text, options jsonb) RETURNS analytics.question
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog
AS $$
DECLARE
  question analytics.question;
  from_text text := analytics.option_text(options, 'dateFrom', 'date_from');
  to_text text := analytics.option_text(options, 'dateTo', 'date_to');
  days_text text := analytics.option_text(options, 'days');
BEGIN
  IF options IS NULL OR jsonb_typeof(options) <> 'object' THEN
    question.refusal := 'not_an_object';
    RETURN question;
  END IF;

  question.tenant_id := coalesce(nullif(raw.trim_blanks(tenant_name), ''), raw.session_tenant());
  SELECT tenant.tenant_hk
  INTO question.tenant_hk
  FROM auth.tenant_h AS tenant
  WHERE tenant.tenant_bk = question.tenant_id
  ORDER BY tenant.load_date
  LIMIT 1;
  IF question.tenant_hk IS NULL THEN
    question.refusal := CASE WHEN question.tenant_id IS NULL THEN 'missing_tenant' ELSE 'unknown_tenant' END;
    RETURN question;
  END IF;

  question.site_id := analytics.option_text(options, 'site', 'siteId', 'site_id');
  question.time_zone := 'UTC';
  IF question.site_id IS NOT NULL THEN
    SELECT site.time_zone
    INTO question.time_zone
    FROM auth.sites AS site
    WHERE site.tenant_hk = question.tenant_hk
      AND site.site_id = question.site_id;
    IF question.time_zone IS NULL THEN
      question.refusal := 'unknown_site';
      RETURN question;
    END IF;
  END IF;

  IF NOT coalesce(analytics.is_day(from_text), true) OR NOT coalesce(analytics.is_day(to_text), true) THEN
    question.refusal := 'invalid_date';
    RETURN question;
  END IF;
  IF days_text IS NOT NULL AND (days_text !~ '^\d{1,4}$' OR days_text::integer NOT BETWEEN 1 AND 3660) THEN
    question.refusal := 'invalid_days';
    RETURN question;
  END IF;
  question.date_to := coalesce(to_text::date, (CURRENT_TIMESTAMP AT TIME ZONE question.time_zone)::date);
  question.date_from := coalesce(from_text::date, question.date_to - coalesce(days_text::integer - 1, 30));
  IF question.date_from > question.date_to OR question.date_to - question.date_from > 3660 THEN
    question.refusal := 'invalid_date_range';
    RETURN question;
  END IF;
  question.from_time := util.day_start(question.date_from, question.time_zone);
  question.until_time := util.day_start(question.date_to + 1, question.time_zone);
  RETURN question;
END
$$;

-- Local time with the offset then in force, such as 2026-10-25T02:00:00+02:00.
CREATE FUNCTION analytics.local_time(instant timestamptz, time_zone text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT
      to_char(clock.here, 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN clock.here < clock.utc THEN '-' ELSE '+' END
        || to_char(greatest(clock.here - clock.utc, clock.utc - clock.here), 'HH24:MI')
    FROM (SELECT instant AT TIME ZONE time_zone AS here, instant AT TIME ZONE 'UTC' AS utc) AS clock
  );

-- The local hours, days, weeks or months between two local midnights, numbered from 1; the first begins where the range does. An
-- hour that the clocks show twice is two buckets, and a day that they leave out is none. No zone changes its clocks but on a quarter of
-- an hour.
CREATE FUNCTION analytics.buckets(from_time timestamptz, until_time timestamptz, time_zone text, granularity text)
  RETURNS TABLE (ordinal integer, bucket_start timestamptz, name text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT
    row_number() OVER (ORDER BY start.instant)::integer,
    start.instant,
    analytics.local_time(start.instant, time_zone)
  FROM (
    SELECT min(quarter.instant) AS instant
    FROM generate_series(from_time, until_time - interval '15 minutes', interval '15 minutes') AS quarter (instant)
    WHERE granularity = 'hour'
    GROUP BY
      date_trunc('hour', quarter.instant AT TIME ZONE time_zone),
      (quarter.instant AT TIME ZONE time_zone) - (quarter.instant AT TIME ZONE 'UTC')
    UNION ALL
    SELECT DISTINCT greatest(util.day_start(unit.here::date, time_zone), from_time)
    FROM generate_series(
      date_trunc(granularity, from_time AT TIME ZONE time_zone),
      until_time AT TIME ZONE time_zone,
      ('1 ' || granularity)::interval
    ) AS unit (here)
    WHERE granularity <> 'hour'
      AND greatest(util.day_start(unit.here::date, time_zone), from_time) < until_time
  ) AS start;
END;

-- Every session as it stands, with what its entry event says of origin and device. LIMIT keeps the entry event a look-up by its
-- key for each session: a join might read all events.
CREATE VIEW analytics.session_origins WITH (security_invoker = true) AS
SELECT
  session.site_session_hk,
  session.session_start_time,
  session.session_end_time,
  session.session_duration_seconds,
  session.total_page_views,
  session.total_events,
  session.is_bounce,
  session.transaction_completed,
  session.total_conversion_value,
  entry.site_id,
  entry.site_visitor_hk,
  entry.page_path AS entry_path,
  session.exit_event_hk,
  (
    SELECT exit_view.page_path
    FROM business.site_event_facts AS exit_view
    WHERE exit_view.site_event_hk = session.exit_event_hk
      AND exit_view.event_timestamp = util.event_time(session.exit_event_hk)
    LIMIT 1
  ) AS exit_path,
  entry.channel,
  coalesce(entry.utm_source, entry.referrer_host) AS source,
  entry.utm_campaign AS campaign,
  device.device_type,
  device.browser_name,
  device.operating_system,
  device.screen_resolution
FROM business.site_session_current AS session
CROSS JOIN LATERAL (
  SELECT
    event.site_id,
    event.site_visitor_hk,
    event.visitor_state_id,
    event.page_path,
    event.channel,
    event.utm_source,
    event.referrer_host,
    event.utm_campaign
  FROM business.site_event_facts AS event
  WHERE event.site_event_hk = session.entry_event_hk
    AND event.event_timestamp = util.event_time(session.entry_event_hk)
  LIMIT 1
) AS entry
LEFT JOIN business.site_visitor_state_r AS device
  ON device.site_visitor_hk = entry.site_visitor_hk AND device.visitor_state_id = entry.visitor_state_id;

-- The events that a question is about: of one tenant, between two times, and as its filters say; a filter that is null leaves
-- nothing out. Bots: no, yes or all. The planner puts the body in the place of the call, so that what a statement neither filters
-- by nor reads costs nothing. Sessions are looked up only for a filter by what they began with, each of them once.
CREATE FUNCTION analytics.selected_events(
  tenant bytea,
  site text,
  from_time timestamptz,
  until_time timestamptz,
  bot text,
  pages text[],
  types text[],
  items text[],
  countries text[],
  channels text[],
  sources text[],
  campaigns text[],
  devices text[],
  browsers text[],
  systems text[]
)
  RETURNS TABLE (
    site_event_hk bytea,
    site_session_hk bytea,
    site_visitor_hk bytea,
    site_page_hk bytea,
    load_date timestamptz,
    event_timestamp timestamptz,
    event_type text,
    event_action text,
    event_label text,
    event_value integer,
    page_path text
  )
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT
    facts.site_event_hk,
    facts.site_session_hk,
    facts.site_visitor_hk,
    nullif(facts.site_page_hk, decode(repeat('00', 20), 'hex')),
    facts.load_date,
    facts.event_timestamp,
    facts.event_type,
    facts.event_action,
    facts.event_label,
    facts.event_value,
    facts.page_path
  FROM business.site_event_facts AS facts
  WHERE facts.tenant_hk = tenant
    AND facts.event_timestamp >= from_time
    AND facts.event_timestamp < until_time
    AND (site IS NULL OR facts.site_id = site)
    AND (bot = 'all' OR (facts.bot_reason IS NOT NULL) = (bot = 'yes'))
    AND (pages IS NULL OR facts.page_path = ANY (pages))
    AND (types IS NULL OR facts.event_type = ANY (types))
    AND (countries IS NULL OR facts.custom_properties ->> 'country' = ANY (countries))
    AND (
      items IS NULL
      OR EXISTS (
        SELECT 1
        FROM business.event_business_item_nl AS link
        JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
        WHERE link.site_event_hk = facts.site_event_hk
          AND item.business_item_bk = ANY (items)
      )
    )
    AND (
      coalesce(channels, sources, campaigns, devices, browsers, systems) IS NULL
      OR facts.site_session_hk IN (
        SELECT seen.site_session_hk
        FROM (
          SELECT DISTINCT event.site_session_hk
          FROM business.site_event_facts AS event
          WHERE event.tenant_hk = tenant
            AND event.event_timestamp >= from_time
            AND event.event_timestamp < until_time
        ) AS seen
        CROSS JOIN LATERAL (
          SELECT session.*
          FROM analytics.session_origins AS session
          WHERE session.site_session_hk = seen.site_session_hk
          LIMIT 1
        ) AS origin
        WHERE (channels IS NULL OR origin.channel = ANY (channels))
          AND (sources IS NULL OR origin.source = ANY (sources))
          AND (campaigns IS NULL OR origin.campaign = ANY (campaigns))
          AND (devices IS NULL OR coalesce(origin.device_type, 'unknown') = ANY (devices))
          AND (browsers IS NULL OR coalesce(origin.browser_name, 'unknown') = ANY (browsers))
          AND (systems IS NULL OR coalesce(origin.operating_system, 'unknown') = ANY (systems))
      )
    );
END;

-- How many steps of a list were taken one after the other, of the numbers of the steps in the order in which they happened.
CREATE FUNCTION analytics.next_step(taken integer, step integer) RETURNS integer
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN taken + (step = taken + 1)::integer;
CREATE AGGREGATE analytics.steps_taken(integer) (SFUNC = analytics.next_step, STYPE = integer, INITCOND = '0');

-- As before, now with every filter.
DROP FUNCTION analytics.event_overview(bytea, text, timestamptz, timestamptz);
CREATE FUNCTION analytics.event_overview(
  tenant bytea,
  site text,
  from_time timestamptz,
  until_time timestamptz,
  bot text DEFAULT 'no',
  pages text[] DEFAULT NULL,
  types text[] DEFAULT NULL,
  items text[] DEFAULT NULL,
  countries text[] DEFAULT NULL,
  channels text[] DEFAULT NULL,
  sources text[] DEFAULT NULL,
  campaigns text[] DEFAULT NULL,
  devices text[] DEFAULT NULL,
  browsers text[] DEFAULT NULL,
  systems text[] DEFAULT NULL
) RETURNS jsonb
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH event AS MATERIALIZED (
    SELECT
      chosen.site_event_hk,
      chosen.site_session_hk,
      chosen.site_visitor_hk,
      chosen.site_page_hk,
      chosen.event_type,
      chosen.event_action,
      chosen.event_label,
      chosen.event_value
    FROM analytics.selected_events(
      tenant, site, from_time, until_time, bot, pages, types, items, countries, channels, sources, campaigns, devices, browsers,
      systems
    ) AS chosen
  ),
  total AS (
    SELECT
      count(*) AS events,
      count(DISTINCT event.site_session_hk) AS sessions,
      count(DISTINCT event.site_visitor_hk) AS visitors,
      count(DISTINCT event.site_page_hk) AS pages,
      count(*) FILTER (WHERE event.event_type = 'page_view') AS page_views,
      count(*) FILTER (WHERE event.event_type = 'item_interaction') AS item_interactions,
      count(*) FILTER (WHERE event.event_type = 'contact_interaction') AS contact_interactions,
      coalesce(sum(event.event_value), 0) AS conversion_value
    FROM event
  ),
  step AS (
    SELECT
      count(DISTINCT event.site_session_hk) FILTER (WHERE event.event_action = 'start') AS starting_sessions,
      count(DISTINCT event.site_session_hk) FILTER (WHERE event.event_action = 'complete') AS completing_sessions,
      count(*) FILTER (WHERE event.event_action = 'start') AS starts,
      count(*) FILTER (WHERE event.event_action = 'progress') AS progresses,
      count(*) FILTER (WHERE event.event_action = 'complete') AS completes
    FROM event
    WHERE event.event_type = 'transaction_step'
  ),
  session AS (
    SELECT avg(standing.session_duration_seconds) AS duration, avg(standing.total_page_views) AS page_views
    FROM (SELECT DISTINCT event.site_session_hk FROM event) AS seen
    CROSS JOIN LATERAL (
      SELECT session.session_duration_seconds, session.total_page_views
      FROM business.site_session_current AS session
      WHERE session.site_session_hk = seen.site_session_hk
      LIMIT 1
    ) AS standing
  ),
  -- An interaction counts under its label or, without one, for each of its items; these share its value, so that sums stay.
  named AS (
    SELECT event.event_label::text AS item_name, event.event_value::numeric AS item_value
    FROM event
    WHERE event.event_type = 'item_interaction'
      AND event.event_label IS NOT NULL
    UNION ALL
    SELECT state.item_name, event.event_value::numeric / count(*) OVER (PARTITION BY link.site_event_hk)
    FROM event
    JOIN business.event_business_item_nl AS link ON link.site_event_hk = event.site_event_hk
    JOIN business.business_item_state_r AS state
      ON state.business_item_hk = link.business_item_hk AND state.item_state_id = link.item_state_id
    WHERE event.event_type = 'item_interaction'
      AND event.event_label IS NULL
  ),
  item AS (
    SELECT
      named.item_name,
      count(*) AS interactions,
      trim_scale(round(coalesce(sum(named.item_value), 0), 2)) AS conversion_value
    FROM named
    GROUP BY named.item_name
    ORDER BY count(*) DESC, sum(named.item_value) DESC NULLS LAST, named.item_name
    LIMIT 10
  )
  SELECT jsonb_build_object(
    'overview', jsonb_build_object(
      'totalSessions', total.sessions,
      'uniqueVisitors', total.visitors,
      'totalEvents', total.events,
      'pageViews', total.page_views,
      'avgSessionDurationMinutes', round(coalesce(session.duration, 0) / 60, 2),
      'avgPagesPerSession', round(coalesce(session.page_views, 0), 2)
    ),
    'interactions', jsonb_build_object(
      'itemInteractions', total.item_interactions,
      'contactInteractions', total.contact_interactions,
      'uniquePagesVisited', total.pages
    ),
    'conversions', jsonb_build_object(
      'transactionStarts', step.starting_sessions,
      'completedTransactions', step.completing_sessions,
      'totalConversionValue', total.conversion_value,
      'conversionRate', business.percentage(step.completing_sessions, step.starting_sessions)
    ),
    'topItems', (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object(
            'item_name', item.item_name, 'interactions', item.interactions, 'conversion_value', item.conversion_value
          )
          ORDER BY item.interactions DESC, item.conversion_value DESC, item.item_name
        ),
        '[]'
      )
      FROM item
    ),
    'conversionFunnel', jsonb_build_object(
      'funnel_start', step.starts,
      'funnel_progress', step.progresses,
      'funnel_complete', step.completes,
      'conversion_rate', business.percentage(step.completes, step.starts)
    )
  )
  FROM total
  CROSS JOIN step
  CROSS JOIN session;
END;

REVOKE ALL ON FUNCTION
  util.day_start(date, text),
  analytics.local_time(timestamptz, text),
  analytics.buckets(timestamptz, timestamptz, text, text),
  analytics.next_step(integer, integer),
  analytics.steps_taken(integer),
  analytics.selected_events(
    bytea, text, timestamptz, timestamptz, text, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]
  ),
  analytics.event_overview(
    bytea, text, timestamptz, timestamptz, text, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]
  )
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  util.day_start(date, text),
  analytics.local_time(timestamptz, text),
  analytics.buckets(timestamptz, timestamptz, text, text),
  analytics.next_step(integer, integer),
  analytics.steps_taken(integer),
  analytics.selected_events(
    bytea, text, timestamptz, timestamptz, text, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]
  ),
  analytics.event_overview(
    bytea, text, timestamptz, timestamptz, text, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]
  )
TO onevault_reader, onevault_migrator;
GRANT SELECT ON analytics.session_origins TO onevault_reader;
