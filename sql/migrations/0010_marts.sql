-- The marts of the analytics schema and the analytics functions for SQL clients (docs/decisions/0011-marts.md). The marts are
-- views over the vault; only the daily metrics are a table. Marts show people; what bots did stands in events_log, with its reason.

CREATE SCHEMA IF NOT EXISTS analytics;
CREATE SCHEMA IF NOT EXISTS api;

-- The day of a metric is a day of the site. No zone is further than 14 hours from UTC; the check refuses what is no zone at all.
ALTER TABLE auth.sites
  ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
  ADD CONSTRAINT sites_time_zone CHECK (
    (timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE time_zone) - timestamp '2000-01-01 00:00:00'
      BETWEEN interval '-15 hours' AND interval '15 hours'
  );

-- ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A number for an event, the same for ever: 63 bits of the hash in its key. Among ten million events the chance of one equal pair
-- is one in 200,000; event_id is the exact key.
CREATE FUNCTION analytics.row_id(site_event_hk bytea) RETURNS bigint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN substring(site_event_hk FROM 13 FOR 8)::bigint & 9223372036854775807;

-- Where a visit came from, paid or not.
CREATE FUNCTION analytics.referrer_type(channel text) RETURNS varchar(50)
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN regexp_replace(channel, '^paid_', '');

CREATE FUNCTION analytics.without_www(host text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN regexp_replace(host, '^www\.', '');

-- A member of an event's own properties as text, a list (of classes, say) with blanks between.
CREATE FUNCTION analytics.property_text(value jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE jsonb_typeof(value)
    WHEN 'array' THEN (
      SELECT string_agg(word.text, ' ' ORDER BY word.ordinality)
      FROM jsonb_array_elements_text(value) WITH ORDINALITY AS word (text, ordinality)
    )
    ELSE value #>> '{}'
  END;

-- The one tenant that the marts show in this session, or null for all: set app.default_tenant_id. An unknown tenant shows nothing.
-- This saves a filter in every question; it is no protection.
CREATE FUNCTION analytics.shown_tenant() RETURNS bytea
  LANGUAGE sql STABLE
  SET search_path = pg_catalog
  RETURN CASE
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
  END;

-- ── What the marts are made of ────────────────────────────────────────────────────────────────────────────────────────────

-- Every event with the names of its session and visitor. The session is found from the event's slice, so that a question about one
-- session reaches its events through their index, and a question about a time reads the events of that time only.
CREATE VIEW analytics.event_facts AS
SELECT
  analytics.row_id(event.site_event_hk) AS id,
  event.site_event_hk,
  event.site_event_bk AS event_id,
  event.tenant_hk,
  event.site_id,
  event.session_slice_hk,
  coalesce(part.site_session_hk, slice.session_slice_hk) AS site_session_hk,
  coalesce(first_slice.session_slice_bk, slice.session_slice_bk) AS session_id,
  part.site_session_hk AS derived_session_hk,
  part.slice_start,
  event.site_visitor_hk,
  visitor.site_visitor_bk AS visitor_id,
  event.visitor_state_id,
  event.load_date,
  event.event_timestamp,
  event.event_type,
  event.page_url,
  event.page_path,
  event.page_title,
  event.page_referrer,
  coalesce(
    analytics.without_www(event.referrer_host)
      = analytics.without_www(substring(page.site_page_bk FROM '^[^/]*//(\[[^]]*\]|[^/:]*)')),
    false
  ) AS internal_referrer,
  event.channel,
  event.utm_source,
  event.utm_medium,
  event.utm_campaign,
  event.utm_content,
  event.utm_term,
  event.scroll_depth,
  event.time_on_page,
  event.custom_properties,
  coalesce(event.custom_properties, '{}') || jsonb_strip_nulls(
    jsonb_build_object(
      'event_category', event.event_category,
      'event_action', event.event_action,
      'event_label', event.event_label,
      'event_value', event.event_value,
      'scroll_depth', event.scroll_depth,
      'time_on_page', event.time_on_page,
      'click_x', event.click_x,
      'click_y', event.click_y,
      'business_item_type', event.business_item_type,
      'transaction_funnel_step', event.transaction_funnel_step,
      'conversion_funnel_stage', event.conversion_funnel_stage
    )
  ) AS event_data,
  event.bot_reason
FROM business.site_event_facts AS event
JOIN business.session_slice_h AS slice ON slice.session_slice_hk = event.session_slice_hk
LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = slice.session_slice_hk
LEFT JOIN business.session_slice_h AS first_slice ON first_slice.session_slice_hk = part.site_session_hk
LEFT JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = event.site_visitor_hk
LEFT JOIN business.site_page_h AS page ON page.site_page_hk = event.site_page_hk;

-- Every session as it stands, with what its entry event says of origin and device. LIMIT keeps the entry event a look-up by its
-- key for each session: a join might read all events.
CREATE VIEW analytics.session_facts AS
SELECT
  session.site_session_hk,
  named.session_slice_bk AS session_id,
  session.tenant_hk,
  entry.site_id,
  entry.site_visitor_hk,
  visitor.site_visitor_bk AS visitor_id,
  session.is_open,
  -- Whether the session may go on; when its snapshot is taken is another matter.
  session.is_open AND coalesce(util.event_time(acc.last_event_hk) > CURRENT_TIMESTAMP - interval '30 minutes', false) AS is_active,
  session.session_start_time,
  session.session_end_time,
  session.session_duration_seconds,
  session.total_page_views,
  session.total_events,
  session.is_bounce,
  session.transaction_completed,
  session.total_conversion_value,
  session.entry_event_hk,
  session.exit_event_hk,
  entry.page_url AS entry_url,
  entry.page_path AS entry_path,
  entry.page_title AS entry_title,
  entry.page_referrer,
  analytics.referrer_type(entry.channel) AS referrer_type,
  coalesce(entry.utm_source, entry.referrer_host) AS referrer_platform,
  entry.utm_source,
  entry.utm_medium,
  entry.utm_campaign,
  entry.utm_content,
  entry.utm_term,
  device.user_agent,
  device.device_type,
  device.language,
  device.timezone,
  device.screen_resolution,
  device.viewport_size,
  device.device_pixel_ratio,
  entry.bot_reason
FROM business.site_session_current AS session
JOIN business.session_slice_h AS named ON named.session_slice_hk = session.site_session_hk
CROSS JOIN LATERAL (
  SELECT event.*
  FROM business.site_event_facts AS event
  WHERE event.site_event_hk = session.entry_event_hk
    AND event.event_timestamp = util.event_time(session.entry_event_hk)
  LIMIT 1
) AS entry
LEFT JOIN business.site_session_acc AS acc ON acc.site_session_hk = session.site_session_hk
LEFT JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = entry.site_visitor_hk
LEFT JOIN business.site_visitor_state_r AS device
  ON device.site_visitor_hk = entry.site_visitor_hk AND device.visitor_state_id = entry.visitor_state_id;

-- ── The marts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW analytics.user_sessions AS
SELECT
  session_id,
  visitor_id,
  site_id,
  session_start_time AS session_start,
  CASE WHEN is_active THEN NULL ELSE session_end_time END AS session_end,
  session_duration_seconds AS duration_seconds,
  total_page_views AS pageview_count,
  total_events AS event_count,
  is_bounce AS bounce,
  entry_url,
  entry_path,
  entry_title,
  (
    SELECT exit_view.page_url
    FROM business.site_event_facts AS exit_view
    WHERE exit_view.site_event_hk = session.exit_event_hk
      AND exit_view.event_timestamp = util.event_time(session.exit_event_hk)
    LIMIT 1
  ) AS exit_url,
  (
    SELECT exit_view.page_path
    FROM business.site_event_facts AS exit_view
    WHERE exit_view.site_event_hk = session.exit_event_hk
      AND exit_view.event_timestamp = util.event_time(session.exit_event_hk)
    LIMIT 1
  ) AS exit_path,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_content,
  utm_term,
  referrer_type,
  referrer_platform,
  page_referrer AS original_referrer,
  user_agent,
  language AS browser_language,
  timezone,
  substring(screen_resolution FROM '^(\d{1,6})\D+\d{1,6}$')::integer AS screen_width,
  substring(screen_resolution FROM '^\d{1,6}\D+(\d{1,6})$')::integer AS screen_height,
  substring(viewport_size FROM '^(\d{1,6})\D+\d{1,6}$')::integer AS viewport_width,
  substring(viewport_size FROM '^\d{1,6}\D+(\d{1,6})$')::integer AS viewport_height,
  device_pixel_ratio,
  tenant_hk,
  site_session_hk,
  is_open
FROM analytics.session_facts AS session
WHERE bot_reason IS NULL
  AND ((SELECT analytics.shown_tenant()) IS NULL OR tenant_hk = (SELECT analytics.shown_tenant()));

-- The view that follows is looked up in the event's own slice and, for a session that no client named, in the slices behind it.
CREATE VIEW analytics.pageviews AS
SELECT
  viewed.id,
  viewed.session_id,
  viewed.visitor_id,
  viewed.site_id,
  viewed.page_url AS url,
  coalesce(viewed.page_path, viewed.page_url) AS path,
  viewed.page_title AS title,
  nullif(substring(viewed.page_url FROM '^[^?#]*\?([^#]*)'), '') AS query_params,
  nullif(substring(viewed.page_url FROM '#(.*)$'), '') AS hash_fragment,
  viewed.event_timestamp AS view_timestamp,
  business.page_view_seconds(viewed.event_timestamp, later.next_view_at, later.last_event_at, viewed.time_on_page)
    AS time_on_page_seconds,
  viewed.page_referrer AS referrer,
  viewed.internal_referrer,
  viewed.utm_source,
  viewed.utm_medium,
  viewed.utm_campaign,
  viewed.utm_content,
  viewed.utm_term,
  viewed.tenant_hk,
  viewed.event_id
FROM analytics.event_facts AS viewed
LEFT JOIN LATERAL (
  SELECT
    min(event.event_timestamp)
      FILTER (WHERE event.event_type = 'page_view' AND event.site_event_hk > viewed.site_event_hk) AS next_view_at,
    max(event.event_timestamp) AS last_event_at
  FROM (
    SELECT viewed.session_slice_hk
    UNION ALL
    SELECT behind.session_slice_hk
    FROM business.derived_session_slices AS behind
    WHERE behind.site_session_hk = viewed.derived_session_hk
      AND behind.slice_start > viewed.slice_start
  ) AS slice
  JOIN business.site_event_nl AS event ON event.session_slice_hk = slice.session_slice_hk
  WHERE event.event_timestamp >= viewed.event_timestamp
) AS later ON true
WHERE viewed.event_type = 'page_view'
  AND viewed.bot_reason IS NULL
  AND ((SELECT analytics.shown_tenant()) IS NULL OR viewed.tenant_hk = (SELECT analytics.shown_tenant()));

CREATE VIEW analytics.user_events AS
SELECT
  id,
  session_id,
  visitor_id,
  site_id,
  event_type,
  event_timestamp,
  page_url,
  page_path,
  event_data,
  analytics.property_text(coalesce(custom_properties -> 'element_tag', custom_properties #> '{element,tag}')) AS element_tag,
  analytics.property_text(coalesce(custom_properties -> 'element_classes', custom_properties #> '{element,classes}'))
    AS element_classes,
  analytics.property_text(coalesce(custom_properties -> 'element_id', custom_properties #> '{element,id}')) AS element_id,
  scroll_depth AS scroll_percentage,
  analytics.property_text(custom_properties -> 'form_id') AS form_id,
  tenant_hk,
  event_id
FROM analytics.event_facts
WHERE event_type <> 'page_view'
  AND bot_reason IS NULL
  AND ((SELECT analytics.shown_tenant()) IS NULL OR tenant_hk = (SELECT analytics.shown_tenant()));

CREATE VIEW analytics.form_submissions AS
SELECT
  event.id,
  event.session_id,
  event.visitor_id,
  event.site_id,
  event.form_id,
  analytics.property_text(event.event_data -> 'form_action') AS form_action,
  analytics.property_text(event.event_data -> 'form_method') AS form_method,
  event.page_url,
  event.page_path,
  event.event_timestamp AS submit_timestamp,
  CASE
    WHEN event.event_data ->> 'field_count' ~ '^\d{1,9}$' THEN (event.event_data ->> 'field_count')::integer
    WHEN jsonb_typeof(form.data) = 'object' THEN (SELECT count(*)::integer FROM jsonb_object_keys(form.data))
    WHEN jsonb_typeof(form.data) = 'array' THEN jsonb_array_length(form.data)
  END AS field_count,
  form.data AS form_data,
  event.tenant_hk,
  event.event_id
FROM analytics.user_events AS event
CROSS JOIN LATERAL (SELECT coalesce(event.event_data -> 'form_data', event.event_data -> 'fields') AS data) AS form
WHERE event.event_type = 'form_submit';

-- Events of the vault, and those on their way to it, which nothing but their payload is known of yet. The payload is the one that
-- arrived while the raw layer keeps it, and what the vault holds of it after that. Both halves have the same types: a filter would
-- not reach the tables below them otherwise.
CREATE VIEW analytics.events_log AS
SELECT
  event.id,
  event.event_id,
  event.event_type,
  event.session_id,
  event.visitor_id,
  event.site_id,
  event.event_timestamp AS "timestamp",
  event.page_url AS url,
  event.page_path AS path,
  state.user_agent,
  NULL::inet AS ip_address,
  coalesce(
    (
      SELECT arrived.raw_payload
      FROM raw.site_tracking_events_r AS arrived
      JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = arrived.tenant_id
      WHERE arrived.received_timestamp = event.load_date
        AND arrived.event_id = event.event_id
        AND tenant.tenant_hk = event.tenant_hk
      LIMIT 1
    ),
    event.event_data || jsonb_strip_nulls(
      jsonb_build_object(
        'event_id', event.event_id,
        'event_type', event.event_type,
        'session_id', event.session_id,
        'visitor_id', event.visitor_id,
        'timestamp', to_char(event.event_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'page_url', event.page_url,
        'page_title', event.page_title,
        'page_referrer', event.page_referrer
      )
    )
  ) AS raw_event_data,
  event.load_date AS created_at,
  event.load_date AS processed_at,
  event.tenant_hk,
  event.bot_reason
FROM analytics.event_facts AS event
LEFT JOIN business.site_visitor_state_r AS state
  ON state.site_visitor_hk = event.site_visitor_hk AND state.visitor_state_id = event.visitor_state_id
WHERE (SELECT analytics.shown_tenant()) IS NULL
   OR event.tenant_hk = (SELECT analytics.shown_tenant())
UNION ALL
SELECT
  -- An event's key holds the first bytes of this hash behind six bytes of time, so the number stays when the event is loaded.
  analytics.row_id('\x000000000000'::bytea || util.hash_key(waiting.tenant_id, waiting.event_id::text)),
  waiting.event_id,
  CASE named.event_type WHEN 'pageview' THEN 'page_view' ELSE left(named.event_type, 50) END::varchar,
  left(waiting.raw_payload ->> 'session_id', 300)::varchar,
  left(waiting.raw_payload ->> 'visitor_id', 255)::varchar,
  waiting.site_id,
  waiting.received_timestamp,
  coalesce(waiting.raw_payload ->> 'page_url', waiting.raw_payload ->> 'url'),
  NULL::text,
  waiting.user_agent,
  NULL::inet,
  waiting.raw_payload,
  waiting.received_timestamp,
  NULL::timestamptz,
  tenant.tenant_hk,
  NULL::varchar
FROM raw.pending_requests AS pending
JOIN raw.site_tracking_events_r AS waiting
  ON waiting.received_timestamp = pending.received_timestamp AND waiting.raw_event_id / 1024 = pending.request_id
JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = waiting.tenant_id
CROSS JOIN LATERAL (
  SELECT coalesce(waiting.raw_payload ->> 'event_type', waiting.raw_payload ->> 'evt_type') AS event_type
) AS named
WHERE waiting.processing_status IN ('PENDING', 'PROCESSING')
  AND ((SELECT analytics.shown_tenant()) IS NULL OR tenant.tenant_hk = (SELECT analytics.shown_tenant()));

-- ── Views of the last half hour and of the last 30 days ───────────────────────────────────────────────────────────────────

CREATE VIEW analytics.active_sessions AS
SELECT session.*, CURRENT_TIMESTAMP - session.session_start AS session_age
FROM analytics.user_sessions AS session
WHERE session.is_open
  AND session.session_end IS NULL;

-- Reads all events of the 30 days at once, where pageviews would look up each view by itself. A bounce rate is that of the sessions
-- which began in these days and entered here.
CREATE VIEW analytics.page_performance AS
WITH event AS (
  SELECT facts.*, max(facts.event_timestamp) OVER (PARTITION BY facts.site_session_hk) AS last_event_at
  FROM analytics.event_facts AS facts
  WHERE facts.event_timestamp > CURRENT_TIMESTAMP - interval '30 days'
    AND ((SELECT analytics.shown_tenant()) IS NULL OR facts.tenant_hk = (SELECT analytics.shown_tenant()))
),
viewed AS (
  SELECT
    event.tenant_hk,
    event.site_id,
    coalesce(event.page_path, event.page_url) AS path,
    event.site_session_hk,
    event.bot_reason,
    business.page_view_seconds(
      event.event_timestamp,
      lead(event.event_timestamp) OVER (PARTITION BY event.site_session_hk ORDER BY event.site_event_hk),
      event.last_event_at,
      event.time_on_page
    ) AS seconds
  FROM event
  WHERE event.event_type = 'page_view'
),
page AS (
  SELECT
    viewed.tenant_hk,
    viewed.site_id,
    viewed.path,
    count(*) AS views,
    avg(viewed.seconds) AS seconds,
    count(DISTINCT viewed.site_session_hk) AS sessions
  FROM viewed
  WHERE viewed.bot_reason IS NULL
  GROUP BY viewed.tenant_hk, viewed.site_id, viewed.path
),
entered AS (
  SELECT
    session.tenant_hk,
    session.site_id,
    coalesce(session.entry_path, session.entry_url) AS path,
    round(count(*) FILTER (WHERE session.is_bounce)::numeric / count(*), 4) AS bounce_rate
  FROM analytics.session_facts AS session
  WHERE session.session_start_time > CURRENT_TIMESTAMP - interval '30 days'
    AND session.total_page_views > 0
    AND session.bot_reason IS NULL
    AND ((SELECT analytics.shown_tenant()) IS NULL OR session.tenant_hk = (SELECT analytics.shown_tenant()))
  GROUP BY session.tenant_hk, session.site_id, coalesce(session.entry_path, session.entry_url)
)
SELECT
  page.site_id,
  page.path,
  page.views AS total_views,
  page.seconds AS avg_time_on_page,
  page.sessions AS unique_sessions,
  entered.bounce_rate,
  page.tenant_hk
FROM page
LEFT JOIN entered ON entered.tenant_hk = page.tenant_hk AND entered.site_id = page.site_id AND entered.path = page.path;

CREATE VIEW analytics.traffic_sources AS
SELECT
  site_id,
  referrer_type,
  count(*) AS sessions,
  count(DISTINCT visitor_id) AS unique_visitors,
  avg(duration_seconds) AS avg_session_duration,
  avg(pageview_count) AS avg_pages_per_session,
  tenant_hk
FROM analytics.user_sessions
WHERE session_start > CURRENT_TIMESTAMP - interval '30 days'
GROUP BY tenant_hk, site_id, referrer_type;

-- ── Daily metrics ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE analytics.daily_site_metrics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id varchar(100) NOT NULL,
  metric_date date NOT NULL,
  unique_visitors integer NOT NULL DEFAULT 0,
  total_sessions integer NOT NULL DEFAULT 0,
  total_pageviews integer NOT NULL DEFAULT 0,
  -- A share of the sessions, null on a day on which none began; so are the averages.
  bounce_rate numeric(5, 4),
  avg_session_duration_seconds integer,
  avg_pages_per_session numeric(8, 2),
  total_events integer NOT NULL DEFAULT 0,
  direct_sessions integer NOT NULL DEFAULT 0,
  search_sessions integer NOT NULL DEFAULT 0,
  social_sessions integer NOT NULL DEFAULT 0,
  referral_sessions integer NOT NULL DEFAULT 0,
  tenant_hk bytea NOT NULL,
  UNIQUE (tenant_hk, site_id, metric_date)
);
CREATE INDEX daily_site_metrics_date ON analytics.daily_site_metrics (metric_date);

-- Days whose metrics are to be calculated again.
CREATE TABLE analytics.stale_metric_days (
  metric_date date PRIMARY KEY
);

-- Events that arrived before this time have had their days noted. One row.
CREATE TABLE analytics.metrics_progress (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  noted_until timestamptz NOT NULL
);
INSERT INTO analytics.metrics_progress (noted_until)
SELECT coalesce(min(received_timestamp), CURRENT_TIMESTAMP)
FROM raw.site_tracking_requests_r;

-- The metrics of one day, of every site: events by the day they happened on, sessions by the day they began on. A day is one of the
-- site, so it is looked for among the events of its day in UTC and 15 hours around.
CREATE FUNCTION analytics.metrics_of_day(day date)
  RETURNS TABLE (
    tenant_hk bytea,
    site_id varchar(100),
    unique_visitors integer,
    total_sessions integer,
    total_pageviews integer,
    bounce_rate numeric,
    avg_session_duration_seconds integer,
    avg_pages_per_session numeric,
    total_events integer,
    direct_sessions integer,
    search_sessions integer,
    social_sessions integer,
    referral_sessions integer
  )
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH happened AS (
    SELECT
      event.tenant_hk,
      event.site_id,
      count(DISTINCT event.site_visitor_hk) AS visitors,
      count(*) FILTER (WHERE event.event_type = 'page_view') AS page_views,
      count(*) AS events
    FROM business.site_event_nl AS event
    LEFT JOIN auth.sites AS site ON site.tenant_hk = event.tenant_hk AND site.site_id = event.site_id
    WHERE event.event_timestamp >= day::timestamp AT TIME ZONE 'UTC' - interval '15 hours'
      AND event.event_timestamp < day::timestamp AT TIME ZONE 'UTC' + interval '39 hours'
      AND (event.event_timestamp AT TIME ZONE coalesce(site.time_zone, 'UTC'))::date = day
      AND event.bot_reason IS NULL
    GROUP BY event.tenant_hk, event.site_id
  ),
  began AS (
    SELECT
      session.tenant_hk,
      session.site_id,
      count(*) AS sessions,
      round(count(*) FILTER (WHERE session.is_bounce)::numeric / count(*), 4) AS bounce_rate,
      avg(session.session_duration_seconds) AS duration,
      avg(session.total_page_views) AS pages,
      count(*) FILTER (WHERE session.referrer_type = 'direct') AS direct,
      count(*) FILTER (WHERE session.referrer_type = 'search') AS search,
      count(*) FILTER (WHERE session.referrer_type = 'social') AS social,
      count(*) FILTER (WHERE session.referrer_type = 'referral') AS referral
    FROM analytics.session_facts AS session
    LEFT JOIN auth.sites AS site ON site.tenant_hk = session.tenant_hk AND site.site_id = session.site_id
    WHERE session.session_start_time >= day::timestamp AT TIME ZONE 'UTC' - interval '15 hours'
      AND session.session_start_time < day::timestamp AT TIME ZONE 'UTC' + interval '39 hours'
      AND (session.session_start_time AT TIME ZONE coalesce(site.time_zone, 'UTC'))::date = day
      AND session.bot_reason IS NULL
    GROUP BY session.tenant_hk, session.site_id
  )
  SELECT
    coalesce(happened.tenant_hk, began.tenant_hk),
    coalesce(happened.site_id, began.site_id),
    coalesce(happened.visitors, 0)::integer,
    coalesce(began.sessions, 0)::integer,
    coalesce(happened.page_views, 0)::integer,
    began.bounce_rate,
    round(began.duration)::integer,
    round(began.pages, 2),
    coalesce(happened.events, 0)::integer,
    coalesce(began.direct, 0)::integer,
    coalesce(began.search, 0)::integer,
    coalesce(began.social, 0)::integer,
    coalesce(began.referral, 0)::integer
  FROM happened
  FULL JOIN began ON began.tenant_hk = happened.tenant_hk AND began.site_id = happened.site_id;
END;

-- Brings the rows of one day up to date. A row that says the same is left as it is.
CREATE FUNCTION analytics.record_metrics_of_day(day date) RETURNS void
  LANGUAGE sql
BEGIN ATOMIC
  SELECT pg_advisory_xact_lock(hashtextextended('analytics.daily_site_metrics', 0));
  WITH calculated AS MATERIALIZED (
    SELECT * FROM analytics.metrics_of_day(day)
  ),
  gone AS (
    DELETE FROM analytics.daily_site_metrics AS metric
    WHERE metric.metric_date = day
      AND NOT EXISTS (
        SELECT 1
        FROM calculated
        WHERE calculated.tenant_hk = metric.tenant_hk AND calculated.site_id = metric.site_id
      )
  )
  MERGE INTO analytics.daily_site_metrics AS metric
  USING calculated
  ON metric.tenant_hk = calculated.tenant_hk AND metric.site_id = calculated.site_id AND metric.metric_date = day
  WHEN MATCHED AND (
    metric.unique_visitors, metric.total_sessions, metric.total_pageviews, metric.bounce_rate,
    metric.avg_session_duration_seconds, metric.avg_pages_per_session, metric.total_events, metric.direct_sessions,
    metric.search_sessions, metric.social_sessions, metric.referral_sessions
  ) IS DISTINCT FROM (
    calculated.unique_visitors, calculated.total_sessions, calculated.total_pageviews, calculated.bounce_rate,
    calculated.avg_session_duration_seconds, calculated.avg_pages_per_session, calculated.total_events,
    calculated.direct_sessions, calculated.search_sessions, calculated.social_sessions, calculated.referral_sessions
  ) THEN UPDATE SET
    unique_visitors = calculated.unique_visitors,
    total_sessions = calculated.total_sessions,
    total_pageviews = calculated.total_pageviews,
    bounce_rate = calculated.bounce_rate,
    avg_session_duration_seconds = calculated.avg_session_duration_seconds,
    avg_pages_per_session = calculated.avg_pages_per_session,
    total_events = calculated.total_events,
    direct_sessions = calculated.direct_sessions,
    search_sessions = calculated.search_sessions,
    social_sessions = calculated.social_sessions,
    referral_sessions = calculated.referral_sessions
  WHEN NOT MATCHED THEN INSERT (
    site_id, metric_date, unique_visitors, total_sessions, total_pageviews, bounce_rate, avg_session_duration_seconds,
    avg_pages_per_session, total_events, direct_sessions, search_sessions, social_sessions, referral_sessions, tenant_hk
  ) VALUES (
    calculated.site_id, day, calculated.unique_visitors, calculated.total_sessions, calculated.total_pageviews,
    calculated.bounce_rate, calculated.avg_session_duration_seconds, calculated.avg_pages_per_session,
    calculated.total_events, calculated.direct_sessions, calculated.search_sessions, calculated.social_sessions,
    calculated.referral_sessions, calculated.tenant_hk
  );
END;

-- Notes the days that newly arrived events changed: the events' own days, the day on which their session begins, and the day on
-- which it began before they came. Half an hour behind a late event another session may have begun that is now part of this one.
-- Nothing that is still pending is behind the time that is remembered, nor what a transaction of the last hour may yet commit.
-- Takes one day of arrivals at a time while it is behind. Returns whether there are more.
CREATE FUNCTION analytics.note_stale_days() RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  settled_until timestamptz;
  since timestamptz;
  until timestamptz := 'infinity';
BEGIN
  SELECT least(CURRENT_TIMESTAMP - interval '1 hour', min(pending.received_timestamp))
  INTO settled_until
  FROM raw.pending_requests AS pending;
  SELECT progress.noted_until INTO since FROM analytics.metrics_progress AS progress;
  IF settled_until > since + interval '1 day' THEN
    until := since + interval '1 day';
  END IF;

  WITH arrived AS MATERIALIZED (
    SELECT event.tenant_hk, event.session_slice_hk, event.event_timestamp
    FROM business.site_event_nl AS event
    WHERE event.load_date >= since
      AND event.load_date < until
  ),
  slice AS (
    SELECT arrived.tenant_hk, arrived.session_slice_hk, min(arrived.event_timestamp) AS first_arrived_at
    FROM arrived
    GROUP BY arrived.tenant_hk, arrived.session_slice_hk
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
    SELECT begun.tenant_hk, earlier.event_timestamp
    FROM begun
    CROSS JOIN LATERAL (
      SELECT min(event.event_timestamp) AS event_timestamp
      FROM business.site_event_nl AS event
      WHERE event.session_slice_hk = begun.session_slice_hk
        AND event.load_date < since
    ) AS earlier
    WHERE begun.session_start_time = begun.first_arrived_at
  ),
  -- Days begin at quarters of an hour, wherever the site is.
  moment AS (
    SELECT arrived.tenant_hk, date_bin('15 minutes', arrived.event_timestamp + after.delay, '2000-01-01 00:00:00+00') AS at
    FROM arrived
    CROSS JOIN (VALUES (interval '0 minutes'), (interval '30 minutes')) AS after (delay)
    UNION
    SELECT begun.tenant_hk, begun.session_start_time FROM begun
    UNION
    SELECT begun_before.tenant_hk, begun_before.event_timestamp FROM begun_before
  )
  INSERT INTO analytics.stale_metric_days (metric_date)
  SELECT DISTINCT (moment.at AT TIME ZONE zone.time_zone)::date AS metric_date
  FROM moment
  JOIN (
    SELECT site.tenant_hk, site.time_zone FROM auth.sites AS site
    UNION
    SELECT arrived.tenant_hk, 'UTC' FROM arrived
  ) AS zone ON zone.tenant_hk = moment.tenant_hk
  WHERE moment.at IS NOT NULL
  ORDER BY metric_date
  ON CONFLICT DO NOTHING;

  UPDATE analytics.metrics_progress AS progress
  SET noted_until = CASE WHEN until = 'infinity' THEN settled_until ELSE until END;
  RETURN until <> 'infinity';
END
$$;

-- Calculates the metrics of days that changed since it last ran, newest first, at most max_days of them.
-- Returns whether there is more to do: call it again.
CREATE FUNCTION analytics.refresh_stale_metrics(max_days integer DEFAULT 7) RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  is_behind boolean;
  stale_day date;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('analytics.daily_site_metrics', 0));
  is_behind := analytics.note_stale_days();
  FOR stale_day IN
    SELECT stale.metric_date FROM analytics.stale_metric_days AS stale ORDER BY stale.metric_date DESC LIMIT max_days
  LOOP
    PERFORM analytics.record_metrics_of_day(stale_day);
    DELETE FROM analytics.stale_metric_days AS stale WHERE stale.metric_date = stale_day;
  END LOOP;
  RETURN is_behind OR EXISTS (SELECT 1 FROM analytics.stale_metric_days);
END
$$;

-- ── The procedures ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Each answers with how much it did.

-- Calculates the metrics of the days from start_date to end_date, both included, for every site.
CREATE PROCEDURE analytics.calculate_daily_metrics(
  IN start_date date,
  IN end_date date,
  INOUT days_calculated integer DEFAULT NULL
)
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
BEGIN
  IF start_date IS NULL OR end_date IS NULL OR NOT isfinite(start_date) OR NOT isfinite(end_date) OR start_date > end_date THEN
    RAISE EXCEPTION 'start_date and end_date are two days, the first not after the last'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  days_calculated := end_date - start_date + 1;
  IF days_calculated > 3660 THEN
    RAISE EXCEPTION 'from start_date to end_date are at most 3660 days: call once for each part'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM analytics.record_metrics_of_day(start_date + offset_days)
  FROM generate_series(0, days_calculated - 1) AS offset_days;
END
$$;

-- Makes the requests that have waited longest due at the next sweep, whenever they were last rung for, until they hold batch_size
-- events. The functions behind the queues process them: the rules of validation are there.
CREATE PROCEDURE analytics.process_events_batch(IN batch_size integer DEFAULT 1000, INOUT events_due bigint DEFAULT NULL)
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
BEGIN
  IF batch_size IS NULL OR batch_size < 1 THEN
    RAISE EXCEPTION 'batch_size is a number of events, at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  WITH waiting AS MATERIALIZED (
    SELECT pending.request_id, pending.received_timestamp, pending.event_count
    FROM raw.pending_requests AS pending
    ORDER BY pending.received_timestamp, pending.request_id
    LIMIT batch_size
    FOR UPDATE SKIP LOCKED
  ),
  counted AS (
    SELECT
      waiting.request_id,
      sum(waiting.event_count) OVER (ORDER BY waiting.received_timestamp, waiting.request_id) - waiting.event_count AS events_before
    FROM waiting
  ),
  due AS (
    UPDATE raw.pending_requests AS pending
    SET rung_at = '-infinity'
    FROM counted
    WHERE pending.request_id = counted.request_id
      AND counted.events_before < batch_size
    RETURNING pending.event_count
  )
  SELECT coalesce(sum(due.event_count), 0) INTO events_due FROM due;
END
$$;

-- Closes the sessions that have been silent for 30 minutes and takes the snapshots that are due, as maintenance does. Tenants are
-- taken in the order in which the loader takes them.
CREATE PROCEDURE analytics.update_active_sessions(INOUT sessions_handled bigint DEFAULT NULL)
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  keys_at_once CONSTANT integer := 2000;
  tenant bytea;
  handled integer;
BEGIN
  sessions_handled := 0;
  FOR tenant IN SELECT motion.tenant_hk FROM business.tenants_in_motion AS motion ORDER BY motion.tenant_hk LOOP
    LOOP
      handled := business.close_sessions(tenant, CURRENT_TIMESTAMP, keys_at_once);
      sessions_handled := sessions_handled + handled;
      EXIT WHEN handled < keys_at_once;
    END LOOP;
    LOOP
      EXIT WHEN business.snapshot_visitors(tenant, CURRENT_TIMESTAMP, keys_at_once) < keys_at_once;
    END LOOP;
    LOOP
      EXIT WHEN business.snapshot_pages(tenant, CURRENT_TIMESTAMP, keys_at_once) < keys_at_once;
    END LOOP;
    LOOP
      EXIT WHEN business.snapshot_items(tenant, CURRENT_TIMESTAMP, keys_at_once) < keys_at_once;
    END LOOP;
  END LOOP;
END
$$;

-- Deletes the requests of the raw layer that arrived more than retention_days ago and are in the vault, every event of them. Ids
-- stay registered: a retry is still known. What is deleted can no longer be replayed.
CREATE PROCEDURE analytics.cleanup_processed_events(IN retention_days integer, INOUT events_deleted bigint DEFAULT NULL)
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
BEGIN
  IF retention_days IS NULL OR retention_days < 0 THEN
    RAISE EXCEPTION 'retention_days is a number of days, at least 0' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  WITH deleted AS (
    DELETE FROM raw.site_tracking_requests_r AS request
    WHERE request.received_timestamp < CURRENT_TIMESTAMP - make_interval(days => retention_days)
      AND NOT EXISTS (SELECT 1 FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
      AND NOT EXISTS (
        SELECT 1
        FROM staging.quarantined_events AS quarantined
        WHERE quarantined.raw_event_id >= request.request_id * 1024
          AND quarantined.raw_event_id < (request.request_id + 1) * 1024
      )
    RETURNING request.event_count
  )
  SELECT coalesce(sum(deleted.event_count), 0) INTO events_deleted FROM deleted;
END
$$;

-- ── Analytics for SQL clients ─────────────────────────────────────────────────────────────────────────────────────────────

-- What a question is about once it is understood; refusal says why it is not.
CREATE TYPE analytics.question AS (
  refusal text,
  tenant_id text,
  tenant_hk bytea,
  site_id text,
  time_zone text,
  date_from date,
  date_to date,
  from_time timestamptz,
  until_time timestamptz
);

-- What the caller should change. Codes are part of the API: they are never renamed.
CREATE FUNCTION analytics.refusal(code text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN jsonb_build_object(
    'success', false,
    'error_code', code,
    'message', CASE code
      WHEN 'not_an_object' THEN 'Ask with a JSON object, such as {"tenantId": "demo", "dateFrom": "2026-01-01"}.'
      WHEN 'unknown_site' THEN 'The tenant has no such site in auth.sites; leave "site" out to ask about all.'
      WHEN 'invalid_date' THEN 'dateFrom and dateTo are days such as 2026-01-31, in the years 2000 to 9999.'
      WHEN 'invalid_days' THEN 'days is a whole number from 1 to 3660.'
      WHEN 'invalid_date_range' THEN 'dateFrom is not after dateTo, and at most 3660 days before it.'
      ELSE raw.refusal_text(code) ->> 'message'
    END
  );

-- A member of the question as text; empty text counts as absent.
CREATE FUNCTION analytics.option_text(options jsonb, VARIADIC names text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT raw.trim_blanks(options ->> name.text)
    FROM unnest(names) WITH ORDINALITY AS name (text, ordinality)
    WHERE raw.trim_blanks(options ->> name.text) <> ''
    ORDER BY name.ordinality
    LIMIT 1
  );

CREATE FUNCTION analytics.is_day(value text) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN value ~ '^[2-9]\d{3}-\d{2}-\d{2}$' AND pg_input_is_valid(value, 'date');

-- Reads {"site", "dateFrom", "dateTo", "days"}, all optional. Days are days of the site, of UTC without one. The last 30 days and
-- today unless it says otherwise; days counts the last one in.
CREATE FUNCTION analytics.read_question(tenant_name text, options jsonb) RETURNS analytics.question
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
  question.from_time := question.date_from::timestamp AT TIME ZONE question.time_zone;
  question.until_time := (question.date_to + 1)::timestamp AT TIME ZONE question.time_zone;
  RETURN question;
END
$$;

-- What every answer says of itself.
CREATE FUNCTION analytics.answer(question analytics.question, message text, data jsonb) RETURNS jsonb
  LANGUAGE sql STABLE
  RETURN jsonb_build_object(
    'success', true,
    'message', message,
    'data', data || jsonb_build_object(
      'dateRange', jsonb_build_object('from', question.date_from, 'to', question.date_to),
      'metadata', jsonb_build_object(
        'tenant_id', question.tenant_id,
        'site', question.site_id,
        'time_zone', question.time_zone,
        'generated_at', raw.iso_time(statement_timestamp()),
        'data_freshness', 'real_time'
      )
    )
  );

-- Counts of one tenant's events between two times, each event once, and of the sessions they belong to.
CREATE FUNCTION analytics.event_overview(tenant bytea, site text, from_time timestamptz, until_time timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH event AS MATERIALIZED (
    SELECT
      facts.site_event_hk,
      facts.site_session_hk,
      facts.site_visitor_hk,
      nullif(facts.site_page_hk, decode(repeat('00', 20), 'hex')) AS site_page_hk,
      facts.event_type,
      facts.event_action,
      facts.event_label,
      facts.event_value
    FROM business.site_event_facts AS facts
    WHERE facts.tenant_hk = tenant
      AND facts.event_timestamp >= from_time
      AND facts.event_timestamp < until_time
      AND (site IS NULL OR facts.site_id = site)
      AND facts.bot_reason IS NULL
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

-- The sessions of one tenant that began between two times.
CREATE FUNCTION analytics.session_overview(tenant bytea, site text, time_zone text, from_time timestamptz, until_time timestamptz)
  RETURNS jsonb
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH session AS MATERIALIZED (
    SELECT
      facts.visitor_id,
      facts.is_active,
      (facts.session_start_time AT TIME ZONE time_zone)::date AS day,
      facts.session_duration_seconds,
      facts.total_page_views,
      facts.total_events,
      facts.is_bounce,
      facts.transaction_completed,
      facts.total_conversion_value,
      facts.entry_path,
      facts.referrer_type,
      facts.device_type
    FROM analytics.session_facts AS facts
    WHERE facts.tenant_hk = tenant
      AND facts.session_start_time >= from_time
      AND facts.session_start_time < until_time
      AND (site IS NULL OR facts.site_id = site)
      AND facts.bot_reason IS NULL
  ),
  by_day AS (
    SELECT
      calendar.day,
      count(session.day) AS sessions,
      count(DISTINCT session.visitor_id) AS visitors,
      coalesce(sum(session.total_page_views), 0) AS page_views
    FROM (
      SELECT (from_time AT TIME ZONE time_zone)::date + days AS day
      FROM generate_series(0, (until_time AT TIME ZONE time_zone)::date - (from_time AT TIME ZONE time_zone)::date - 1) AS days
    ) AS calendar
    LEFT JOIN session ON session.day = calendar.day
    GROUP BY calendar.day
  ),
  by_source AS (
    SELECT session.referrer_type, count(*) AS sessions, count(*) FILTER (WHERE session.is_bounce) AS bounces
    FROM session
    GROUP BY session.referrer_type
  ),
  by_entry AS (
    SELECT session.entry_path, count(*) AS sessions, count(*) FILTER (WHERE session.is_bounce) AS bounces
    FROM session
    WHERE session.entry_path IS NOT NULL
    GROUP BY session.entry_path
    ORDER BY count(*) DESC, session.entry_path
    LIMIT 10
  ),
  by_device AS (
    SELECT coalesce(session.device_type, 'unknown') AS device_type, count(*) AS sessions
    FROM session
    GROUP BY coalesce(session.device_type, 'unknown')
  )
  SELECT jsonb_build_object(
    'summary', (
      SELECT jsonb_build_object(
        'totalSessions', count(*),
        'activeSessions', count(*) FILTER (WHERE session.is_active),
        'uniqueVisitors', count(DISTINCT session.visitor_id),
        'bounceRate', business.percentage(count(*) FILTER (WHERE session.is_bounce), count(*)),
        'avgSessionDurationMinutes', round(coalesce(avg(session.session_duration_seconds), 0) / 60, 2),
        'avgPagesPerSession', round(coalesce(avg(session.total_page_views), 0), 2),
        'avgEventsPerSession', round(coalesce(avg(session.total_events), 0), 2),
        'convertedSessions', count(*) FILTER (WHERE session.transaction_completed),
        'conversionRate', business.percentage(count(*) FILTER (WHERE session.transaction_completed), count(*)),
        'totalConversionValue', coalesce(sum(session.total_conversion_value), 0)
      )
      FROM session
    ),
    'daily', (
      SELECT jsonb_agg(
        jsonb_build_object(
          'date', by_day.day, 'sessions', by_day.sessions, 'uniqueVisitors', by_day.visitors, 'pageViews', by_day.page_views
        )
        ORDER BY by_day.day
      )
      FROM by_day
    ),
    'trafficSources', (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object(
            'source', by_source.referrer_type,
            'sessions', by_source.sessions,
            'bounceRate', business.percentage(by_source.bounces, by_source.sessions)
          )
          ORDER BY by_source.sessions DESC, by_source.referrer_type
        ),
        '[]'
      )
      FROM by_source
    ),
    'entryPages', (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object(
            'path', by_entry.entry_path,
            'sessions', by_entry.sessions,
            'bounceRate', business.percentage(by_entry.bounces, by_entry.sessions)
          )
          ORDER BY by_entry.sessions DESC, by_entry.entry_path
        ),
        '[]'
      )
      FROM by_entry
    ),
    'devices', (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object('deviceType', by_device.device_type, 'sessions', by_device.sessions)
          ORDER BY by_device.sessions DESC, by_device.device_type
        ),
        '[]'
      )
      FROM by_device
    )
  );
END;

-- Analytics of a tenant's events, by the time they happened: {"tenantId", "dateFrom", "dateTo", "days", "site"}.
CREATE FUNCTION api.track_analytics(p_request jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog
AS $$
DECLARE
  question analytics.question := analytics.read_question(analytics.option_text(p_request, 'tenantId', 'tenant_id'), p_request);
BEGIN
  IF question.refusal IS NOT NULL THEN
    RETURN analytics.refusal(question.refusal);
  END IF;
  RETURN analytics.answer(
    question,
    'Site analytics',
    analytics.event_overview(question.tenant_hk, question.site_id, question.from_time, question.until_time)
  );
END
$$;

-- Analytics of a tenant's sessions, by the day they began on: {"days", "dateFrom", "dateTo", "site"}, all optional.
CREATE FUNCTION api.get_session_analytics(p_tenant_id text, p_options jsonb DEFAULT '{}') RETURNS jsonb
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog
AS $$
DECLARE
  question analytics.question := analytics.read_question(p_tenant_id, p_options);
BEGIN
  IF question.refusal IS NOT NULL THEN
    RETURN analytics.refusal(question.refusal);
  END IF;
  RETURN analytics.answer(
    question,
    'Session analytics',
    analytics.session_overview(
      question.tenant_hk, question.site_id, question.time_zone, question.from_time, question.until_time
    )
  );
END
$$;
