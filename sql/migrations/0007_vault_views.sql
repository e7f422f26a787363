-- The plan's names and columns over the physical tables, and the business rules that snapshots, live values and marts share.

-- ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Loading, scrolling and looking away happen by themselves; everything else a visitor does on purpose.
CREATE FUNCTION business.is_interaction(event_type text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN event_type NOT IN ('page_view', 'page_visibility', 'scroll', 'scroll_depth');

-- Seconds of engagement that a client claims, within a day.
CREATE FUNCTION business.engagement_seconds(time_on_page integer) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN least(greatest(coalesce(time_on_page, 0), 0), 86400);

-- Seconds of one page view: to the next page view of the session, or, for its last, the engagement that followed. Null when
-- nothing is known of it.
CREATE FUNCTION business.page_view_seconds(viewed_at timestamptz, next_view_at timestamptz, last_event_at timestamptz, time_on_page integer)
  RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN next_view_at IS NOT NULL THEN floor(extract(epoch FROM next_view_at - viewed_at))::integer
    ELSE nullif(
      greatest(floor(extract(epoch FROM last_event_at - viewed_at))::integer, business.engagement_seconds(time_on_page)),
      0
    )
  END;

-- A visit without a second step: one page view, no interaction, less than ten seconds.
CREATE FUNCTION business.is_bounce(page_views integer, interactions integer, session_length interval) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN page_views = 1 AND interactions = 0 AND session_length < interval '10 seconds';

CREATE FUNCTION business.percentage(part bigint, whole bigint) RETURNS numeric(5, 2)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  -- Two decimals always: the text of a figure goes into the hash of its row.
  RETURN CASE WHEN whole > 0 THEN round(least(100.0 * part / whole, 100.0), 2) ELSE 0.00 END;

CREATE FUNCTION business.visitor_segment(total_sessions integer, total_transactions integer) RETURNS varchar(100)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN total_transactions > 1 THEN 'repeat_customer'
    WHEN total_transactions = 1 THEN 'customer'
    WHEN total_sessions > 1 THEN 'returning'
    ELSE 'new'
  END;

-- A conversion says as much of an item as ten interactions.
CREATE FUNCTION business.popularity_score(total_interactions bigint, total_conversions bigint) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN total_interactions + 10 * total_conversions;

-- Whether an event says something of its visitor: page views do, and what the browser alone can tell does.
CREATE FUNCTION business.describes_visitor(event_type text, state business.site_visitor_state_r) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN event_type = 'page_view'
    OR coalesce(state.screen_resolution, state.viewport_size, state.timezone, state.language) IS NOT NULL
    OR state.do_not_track IS NOT NULL
    OR state.device_pixel_ratio IS NOT NULL;

-- The path in a page's business key, for events that say nothing of their page but its address.
CREATE FUNCTION business.page_path(page_bk text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN regexp_replace(page_bk, '^[a-z][a-z0-9+.-]*://[^/]*', '');

-- The items a visitor dealt with most, at most five, ties by name. Texts are put in the order of their bytes, here and in sessions:
-- by the database's own order one history would hash differently in two databases.
CREATE FUNCTION business.favorite_items(visitor_hk bytea) RETURNS text[]
  LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT array_agg(favorite.business_item_bk::text ORDER BY favorite.interactions DESC, favorite.business_item_bk COLLATE "C")
  FROM (
    SELECT item.business_item_bk, acc.interactions
    FROM business.visitor_item_acc AS acc
    JOIN business.business_item_h AS item ON item.business_item_hk = acc.business_item_hk
    WHERE acc.site_visitor_hk = visitor_hk
    ORDER BY acc.interactions DESC, item.business_item_bk COLLATE "C"
    LIMIT 5
  ) AS favorite;
END;

-- ── Hubs and links ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A session is its first slice; the slices that follow it in an unbroken chain are no sessions of their own.
CREATE VIEW business.site_session_h AS
SELECT
  slice.session_slice_hk AS site_session_hk,
  slice.session_slice_bk AS site_session_bk,
  slice.tenant_hk,
  slice.load_date,
  slice.record_source
FROM business.session_slice_h AS slice
WHERE NOT EXISTS (
  SELECT 1
  FROM business.derived_session_slices AS part
  WHERE part.session_slice_hk = slice.session_slice_hk
    AND part.site_session_hk <> slice.session_slice_hk
);

CREATE VIEW business.session_visitor_l AS
SELECT
  link.link_session_visitor_hk,
  link.session_slice_hk AS site_session_hk,
  link.site_visitor_hk,
  link.tenant_hk,
  link.load_date,
  link.record_source
FROM business.session_slice_visitor_l AS link
WHERE NOT EXISTS (
  SELECT 1
  FROM business.derived_session_slices AS part
  WHERE part.session_slice_hk = link.session_slice_hk
    AND part.site_session_hk <> link.session_slice_hk
);

CREATE VIEW business.site_event_h AS
SELECT site_event_hk, site_event_bk::text::varchar(255) AS site_event_bk, tenant_hk, load_date, record_source
FROM business.site_event_nl;

CREATE VIEW business.event_session_l AS
SELECT
  util.hash_key(encode(event.site_event_hk, 'hex'), encode(session.site_session_hk, 'hex')) AS link_event_session_hk,
  event.site_event_hk,
  session.site_session_hk,
  event.tenant_hk,
  event.load_date,
  event.record_source
FROM business.site_event_nl AS event
LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = event.session_slice_hk
CROSS JOIN LATERAL (SELECT coalesce(part.site_session_hk, event.session_slice_hk) AS site_session_hk) AS session;

CREATE VIEW business.event_page_l AS
SELECT
  util.hash_key(encode(site_event_hk, 'hex'), encode(site_page_hk, 'hex')) AS link_event_page_hk,
  site_event_hk,
  site_page_hk,
  tenant_hk,
  load_date,
  record_source
FROM business.site_event_nl;

CREATE VIEW business.event_business_item_l AS
SELECT
  util.hash_key(encode(site_event_hk, 'hex'), encode(business_item_hk, 'hex')) AS link_event_business_item_hk,
  site_event_hk,
  business_item_hk,
  tenant_hk,
  load_date,
  record_source
FROM business.event_business_item_nl;

-- ── Events ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- An event with what its ids and keys name: session, page address, title, channel, campaign.
CREATE VIEW business.site_event_facts AS
SELECT
  event.site_event_hk,
  event.site_event_bk,
  event.tenant_hk,
  event.site_id,
  coalesce(part.site_session_hk, event.session_slice_hk) AS site_session_hk,
  event.session_slice_hk,
  event.site_visitor_hk,
  event.site_page_hk,
  event.load_date,
  event.event_timestamp,
  event.event_type,
  event.event_category,
  event.event_action,
  event.event_label,
  event.event_value,
  coalesce(event.page_url, page.site_page_bk || coalesce(event.page_query, '')) AS page_url,
  state.page_title,
  coalesce(state.page_path, business.page_path(page.site_page_bk)) AS page_path,
  event.page_query,
  event.page_referrer,
  event.scroll_depth,
  event.time_on_page,
  event.click_x,
  event.click_y,
  event.business_item_type,
  event.transaction_funnel_step,
  event.conversion_funnel_stage,
  source.channel,
  source.referrer_host,
  source.utm_source,
  source.utm_medium,
  source.utm_campaign,
  source.utm_content,
  source.utm_term,
  event.visitor_state_id,
  event.bot_reason,
  event.custom_properties,
  event.record_source
FROM business.site_event_nl AS event
LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = event.session_slice_hk
LEFT JOIN business.site_page_h AS page
  ON page.site_page_hk = event.site_page_hk AND page.site_page_hk <> decode(repeat('00', 20), 'hex')
LEFT JOIN business.site_page_state_r AS state
  ON state.site_page_hk = event.site_page_hk AND state.page_state_id = event.page_state_id
LEFT JOIN business.traffic_source_r AS source ON source.traffic_source_id = event.traffic_source_id;

CREATE VIEW business.site_event_details_s AS
SELECT
  site_event_hk,
  load_date,
  NULL::timestamptz AS load_end_date,
  util.hash_key(
    to_char(event_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    event_type, event_category, event_action, event_label, event_value::text,
    page_url, page_title, page_referrer, scroll_depth::text, time_on_page::text, click_x::text, click_y::text,
    business_item_type, transaction_funnel_step, conversion_funnel_stage, custom_properties::text
  ) AS hash_diff,
  event_timestamp,
  event_type,
  event_category,
  event_action,
  event_label,
  event_value,
  page_url,
  page_title,
  page_referrer,
  scroll_depth,
  time_on_page,
  click_x,
  click_y,
  business_item_type,
  transaction_funnel_step,
  conversion_funnel_stage,
  custom_properties,
  record_source,
  site_id,
  channel,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_content,
  utm_term,
  bot_reason
FROM business.site_event_facts;

-- ── Sessions ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Open sessions with everything a snapshot of them would say now.
CREATE VIEW business.site_session_live AS
SELECT
  acc.site_session_hk,
  acc.tenant_hk,
  -- Of the row in force, which shows the live values, and of the next snapshot.
  coalesce(acc.snapshot_load_date, acc.first_load_date) AS load_date,
  greatest(acc.last_load_date, acc.snapshot_load_date + interval '1 microsecond') AS next_load_date,
  acc.has_changed,
  span.session_start_time,
  span.session_end_time,
  acc.total_conversion_value,
  acc.total_events,
  acc.total_page_views,
  business.is_bounce(acc.total_page_views, acc.total_interactions, span.session_end_time - span.session_start_time) AS is_bounce,
  acc.transaction_steps > 0 AS transaction_attempted,
  acc.transactions_completed > 0 AS transaction_completed,
  coalesce(acc.entry_event_hk, acc.first_event_hk) AS entry_event_hk,
  acc.exit_event_hk,
  content.items_viewed,
  content.business_context
FROM business.site_session_acc AS acc
LEFT JOIN LATERAL (
  SELECT event.event_timestamp, event.time_on_page
  FROM business.site_event_nl AS event
  WHERE event.site_event_hk = acc.exit_event_hk
    AND event.event_timestamp = util.event_time(acc.exit_event_hk)
  -- The planner does not see that the key holds the time, and would join all partitions.
  LIMIT 1
) AS exit_view ON true
CROSS JOIN LATERAL (
  SELECT
    util.event_time(acc.first_event_hk) AS session_start_time,
    greatest(
      util.event_time(acc.last_event_hk),
      exit_view.event_timestamp + make_interval(secs => business.engagement_seconds(exit_view.time_on_page))
    ) AS session_end_time
) AS span
CROSS JOIN LATERAL (
  WITH event AS MATERIALIZED (
    SELECT e.site_event_hk, e.event_type, e.business_item_type, e.conversion_funnel_stage, e.bot_reason
    FROM (
      SELECT acc.site_session_hk AS session_slice_hk
      UNION
      SELECT part.session_slice_hk
      FROM business.derived_session_slices AS part
      WHERE part.site_session_hk = acc.site_session_hk
    ) AS slice
    JOIN business.site_event_nl AS e ON e.session_slice_hk = slice.session_slice_hk
    WHERE e.event_timestamp >= util.event_time(acc.first_event_hk)
      AND e.event_timestamp <= util.event_time(acc.last_event_hk)
  )
  SELECT
    (
      SELECT array_agg(viewed.business_item_bk ORDER BY viewed.business_item_bk)
      FROM (
        SELECT DISTINCT item.business_item_bk::text COLLATE "C" AS business_item_bk
        FROM event
        JOIN business.event_business_item_nl AS link ON link.site_event_hk = event.site_event_hk
        JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
        ORDER BY business_item_bk
        LIMIT 100
      ) AS viewed
    ) AS items_viewed,
    jsonb_strip_nulls(
      jsonb_build_object(
        'event_types', (
          SELECT jsonb_object_agg(counted.event_type, counted.events)
          FROM (
            SELECT event.event_type, count(*) AS events
            FROM event
            GROUP BY event.event_type
            ORDER BY count(*) DESC, event.event_type COLLATE "C"
            LIMIT 50
          ) AS counted
        ),
        'item_types', (
          SELECT jsonb_agg(DISTINCT event.business_item_type COLLATE "C") FILTER (WHERE event.business_item_type IS NOT NULL) FROM event
        ),
        'furthest_stage', (
          SELECT event.conversion_funnel_stage
          FROM event
          WHERE event.conversion_funnel_stage IS NOT NULL
          -- Stages of the sender's own have no order but their name.
          ORDER BY
            array_position(ARRAY['awareness', 'consideration', 'conversion', 'retention'], event.conversion_funnel_stage::text)
            DESC NULLS LAST,
            event.conversion_funnel_stage COLLATE "C"
          LIMIT 1
        ),
        'bot_reason', (SELECT min(event.bot_reason COLLATE "C") FROM event)
      )
    ) AS business_context
) AS content;

-- Every row of a session: its snapshots, of which the newest shows live values while the session is open.
CREATE VIEW business.site_session_facts AS
SELECT
  version.site_session_hk,
  version.load_date,
  lead(version.load_date) OVER (PARTITION BY version.site_session_hk ORDER BY version.load_date) AS load_end_date,
  version.tenant_hk,
  version.session_start_time,
  version.session_end_time,
  version.total_conversion_value,
  version.total_events,
  version.total_page_views,
  version.is_bounce,
  version.transaction_attempted,
  version.transaction_completed,
  version.entry_event_hk,
  version.exit_event_hk,
  version.items_viewed,
  version.business_context
FROM (
  SELECT
    site_session_hk, load_date, tenant_hk, session_start_time, session_end_time, total_conversion_value, total_events,
    total_page_views, is_bounce, transaction_attempted, transaction_completed, entry_event_hk, exit_event_hk, items_viewed,
    business_context
  FROM business.site_session_snapshot_s AS snapshot
  WHERE NOT EXISTS (
    SELECT 1
    FROM business.site_session_acc AS acc
    WHERE acc.site_session_hk = snapshot.site_session_hk
      AND acc.has_changed
      AND acc.snapshot_load_date = snapshot.load_date
  )
  UNION ALL
  SELECT
    site_session_hk, load_date, tenant_hk, session_start_time, session_end_time, total_conversion_value, total_events,
    total_page_views, is_bounce, transaction_attempted, transaction_completed, entry_event_hk, exit_event_hk, items_viewed,
    business_context
  FROM business.site_session_live
  WHERE has_changed
) AS version
WHERE NOT EXISTS (
  SELECT 1
  FROM business.derived_session_slices AS part
  WHERE part.session_slice_hk = version.site_session_hk
    AND part.site_session_hk <> version.site_session_hk
);

CREATE VIEW business.site_session_details_s AS
SELECT
  session.site_session_hk,
  session.load_date,
  session.load_end_date,
  util.hash_key(
    to_char(session.session_start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(session.session_end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    session.total_page_views::text, session.total_events::text, length.seconds::text, entry.page_url, exit_page.page_url,
    entry.page_referrer, entry.utm_source, entry.utm_medium, entry.utm_campaign, session.is_bounce::text,
    array_to_json(session.items_viewed)::text, session.transaction_attempted::text, session.transaction_completed::text,
    session.total_conversion_value::text, session.business_context::text
  ) AS hash_diff,
  session.session_start_time,
  session.session_end_time,
  session.total_page_views,
  session.total_events,
  length.seconds AS session_duration_seconds,
  entry.page_url AS entry_page_url,
  exit_page.page_url AS exit_page_url,
  entry.page_referrer AS referrer_url,
  entry.utm_source,
  entry.utm_medium,
  entry.utm_campaign,
  session.is_bounce,
  session.items_viewed,
  session.transaction_attempted,
  session.transaction_completed,
  session.total_conversion_value,
  session.business_context,
  'business_vault'::varchar(100) AS record_source
FROM business.site_session_facts AS session
CROSS JOIN LATERAL (
  SELECT extract(epoch FROM date_trunc('second', session.session_end_time - session.session_start_time))::integer AS seconds
) AS length
LEFT JOIN business.site_event_facts AS entry
  ON entry.site_event_hk = session.entry_event_hk AND entry.event_timestamp = util.event_time(session.entry_event_hk)
LEFT JOIN business.site_event_facts AS exit_page
  ON exit_page.site_event_hk = session.exit_event_hk AND exit_page.event_timestamp = util.event_time(session.exit_event_hk);

-- The row in force of each session, without drawing the history of all of them.
CREATE VIEW business.site_session_current AS
SELECT
  session.site_session_hk,
  session.tenant_hk,
  session.load_date,
  session.session_start_time,
  session.session_end_time,
  extract(epoch FROM date_trunc('second', session.session_end_time - session.session_start_time))::integer AS session_duration_seconds,
  session.total_page_views,
  session.total_events,
  session.is_bounce,
  session.transaction_attempted,
  session.transaction_completed,
  session.total_conversion_value,
  session.items_viewed,
  session.business_context,
  session.entry_event_hk,
  session.exit_event_hk,
  session.is_open
FROM (
  SELECT
    site_session_hk, tenant_hk, load_date, session_start_time, session_end_time, total_page_views, total_events, is_bounce,
    transaction_attempted, transaction_completed, total_conversion_value, items_viewed, business_context, entry_event_hk,
    exit_event_hk, true AS is_open
  FROM business.site_session_live
  UNION ALL
  SELECT
    site_session_hk, tenant_hk, load_date, session_start_time, session_end_time, total_page_views, total_events, is_bounce,
    transaction_attempted, transaction_completed, total_conversion_value, items_viewed, business_context, entry_event_hk,
    exit_event_hk, false AS is_open
  FROM business.site_session_snapshot_s AS snapshot
  WHERE NOT EXISTS (SELECT 1 FROM business.site_session_acc AS acc WHERE acc.site_session_hk = snapshot.site_session_hk)
    AND NOT EXISTS (
      SELECT 1
      FROM business.site_session_snapshot_s AS newer
      WHERE newer.site_session_hk = snapshot.site_session_hk AND newer.load_date > snapshot.load_date
    )
) AS session
WHERE NOT EXISTS (
  SELECT 1
  FROM business.derived_session_slices AS part
  WHERE part.session_slice_hk = session.site_session_hk
    AND part.site_session_hk <> session.site_session_hk
);

-- ── Visitors ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What the accumulator says now, and the load date that its next snapshot takes.
CREATE VIEW business.site_visitor_live AS
SELECT
  acc.site_visitor_hk,
  acc.tenant_hk,
  acc.last_load_date,
  greatest(acc.last_load_date, acc.snapshot_load_date + interval '1 microsecond') AS next_load_date,
  acc.has_changed,
  acc.snapshot_at,
  acc.visitor_state_id,
  acc.first_event_at AS first_visit_date,
  acc.last_event_at AS last_visit_date,
  acc.total_sessions,
  acc.total_page_views,
  business.favorite_items(acc.site_visitor_hk) AS favorite_items,
  acc.total_transactions,
  acc.lifetime_value,
  business.visitor_segment(acc.total_sessions, acc.total_transactions) AS visitor_segment
FROM business.site_visitor_acc AS acc;

CREATE VIEW business.site_visitor_details_s AS
WITH observation AS (
  SELECT DISTINCT ON (site_visitor_hk, load_date) site_visitor_hk, load_date, visitor_state_id, record_source
  FROM business.site_visitor_history
  ORDER BY site_visitor_hk, load_date, site_event_hk DESC
),
change AS (
  SELECT site_visitor_hk, load_date, visitor_state_id, record_source
  FROM (
    SELECT
      observation.*,
      lag(visitor_state_id) OVER (PARTITION BY site_visitor_hk ORDER BY load_date) IS DISTINCT FROM visitor_state_id AS is_change
    FROM observation
  ) AS judged
  WHERE is_change
),
-- A row begins with the first event, where the state changed and where a snapshot was taken.
version AS (
  SELECT site_visitor_hk, load_date, lead(load_date) OVER (PARTITION BY site_visitor_hk ORDER BY load_date) AS load_end_date
  FROM (
    SELECT site_visitor_hk, first_load_date AS load_date FROM business.site_visitor_acc
    UNION
    SELECT site_visitor_hk, load_date FROM change
    UNION
    SELECT site_visitor_hk, load_date FROM business.site_visitor_snapshot_s
  ) AS began
)
SELECT
  version.site_visitor_hk,
  version.load_date,
  version.load_end_date,
  util.hash_key(
    state.visitor_ip_hash::text, state.user_agent::text, state.device_type::text,
    state.browser_name::text, state.browser_version::text, state.operating_system::text,
    state.screen_resolution::text, state.viewport_size::text, state.timezone::text,
    state.language::text, state.do_not_track::text, to_char(metric.first_visit_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(metric.last_visit_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), metric.total_sessions::text, metric.total_page_views::text,
    array_to_json(metric.favorite_items)::text, metric.total_transactions::text, metric.lifetime_value::text,
    metric.visitor_segment::text, state.device_pixel_ratio::text
  ) AS hash_diff,
  state.visitor_ip_hash,
  state.user_agent,
  state.device_type,
  state.browser_name,
  state.browser_version,
  state.operating_system,
  state.screen_resolution,
  state.viewport_size,
  state.timezone,
  state.language,
  state.do_not_track,
  metric.first_visit_date,
  metric.last_visit_date,
  metric.total_sessions,
  metric.total_page_views,
  metric.favorite_items,
  metric.total_transactions,
  metric.lifetime_value,
  metric.visitor_segment,
  coalesce(standing.record_source, 'business_vault')::varchar(100) AS record_source,
  state.device_pixel_ratio
FROM version
JOIN business.site_visitor_acc AS acc ON acc.site_visitor_hk = version.site_visitor_hk
LEFT JOIN LATERAL (
  SELECT h.visitor_state_id, h.record_source
  FROM business.site_visitor_history AS h
  WHERE h.site_visitor_hk = version.site_visitor_hk
    AND h.load_date <= version.load_date
  ORDER BY h.load_date DESC, h.site_event_hk DESC
  LIMIT 1
) AS standing ON true
-- While no event has described a visitor, the open row shows what the newest event happened to say.
LEFT JOIN business.site_visitor_state_r AS state
  ON state.site_visitor_hk = version.site_visitor_hk
 AND state.visitor_state_id = coalesce(
   standing.visitor_state_id,
   CASE WHEN NOT acc.is_described AND version.load_end_date IS NULL THEN acc.visitor_state_id END
 )
-- The counters of the open row are live; those of a closed row are as the last snapshot until then saw them.
LEFT JOIN business.site_visitor_live AS live
  ON live.site_visitor_hk = version.site_visitor_hk AND live.has_changed AND version.load_end_date IS NULL
LEFT JOIN LATERAL (
  SELECT taken.*
  FROM business.site_visitor_snapshot_s AS taken
  WHERE live.site_visitor_hk IS NULL
    AND taken.site_visitor_hk = version.site_visitor_hk
    AND taken.load_date <= version.load_date
  ORDER BY taken.load_date DESC
  LIMIT 1
) AS snapshot ON true
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.first_visit_date ELSE live.first_visit_date END AS first_visit_date,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.last_visit_date ELSE live.last_visit_date END AS last_visit_date,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.total_sessions ELSE live.total_sessions END AS total_sessions,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.total_page_views ELSE live.total_page_views END AS total_page_views,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.favorite_items ELSE live.favorite_items END AS favorite_items,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.total_transactions ELSE live.total_transactions END AS total_transactions,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.lifetime_value ELSE live.lifetime_value END AS lifetime_value,
    CASE WHEN live.site_visitor_hk IS NULL THEN snapshot.visitor_segment ELSE live.visitor_segment END AS visitor_segment
) AS metric;

-- The row in force, read from the accumulator.
CREATE VIEW business.site_visitor_current AS
SELECT
  live.site_visitor_hk,
  live.tenant_hk,
  live.last_load_date,
  state.visitor_ip_hash,
  state.user_agent,
  state.device_type,
  state.browser_name,
  state.browser_version,
  state.operating_system,
  state.screen_resolution,
  state.viewport_size,
  state.timezone,
  state.language,
  state.do_not_track,
  live.first_visit_date,
  live.last_visit_date,
  live.total_sessions,
  live.total_page_views,
  live.favorite_items,
  live.total_transactions,
  live.lifetime_value,
  live.visitor_segment,
  state.device_pixel_ratio
FROM business.site_visitor_live AS live
JOIN business.site_visitor_state_r AS state
  ON state.site_visitor_hk = live.site_visitor_hk AND state.visitor_state_id = live.visitor_state_id;

-- ── Pages ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What the accumulator says now, and the load date that its next snapshot takes.
CREATE VIEW business.site_page_live AS
SELECT
  acc.site_page_hk,
  acc.tenant_hk,
  acc.last_load_date,
  greatest(acc.last_load_date, acc.snapshot_load_date + interval '1 microsecond') AS next_load_date,
  acc.has_changed,
  acc.snapshot_at,
  acc.page_state_id,
  acc.total_views,
  acc.unique_visitors,
  CASE WHEN acc.timed_views > 0 THEN round(acc.seconds_on_page::numeric / acc.timed_views)::integer ELSE 0 END AS avg_time_on_page,
  business.percentage(acc.bounces, acc.entries) AS bounce_rate,
  business.percentage(acc.conversions, acc.entries) AS conversion_rate
FROM business.site_page_acc AS acc;

CREATE VIEW business.site_page_details_s AS
WITH observation AS (
  SELECT DISTINCT ON (site_page_hk, load_date) site_page_hk, load_date, page_state_id, record_source
  FROM business.site_page_history
  ORDER BY site_page_hk, load_date, site_event_hk DESC
),
change AS (
  SELECT site_page_hk, load_date, page_state_id, record_source
  FROM (
    SELECT
      observation.*,
      lag(page_state_id) OVER (PARTITION BY site_page_hk ORDER BY load_date) IS DISTINCT FROM page_state_id AS is_change
    FROM observation
  ) AS judged
  WHERE is_change
),
-- A row begins where the state changed and where a snapshot was taken.
version AS (
  SELECT site_page_hk, load_date, lead(load_date) OVER (PARTITION BY site_page_hk ORDER BY load_date) AS load_end_date
  FROM (
    SELECT site_page_hk, load_date FROM change
    UNION
    SELECT site_page_hk, load_date FROM business.site_page_snapshot_s
  ) AS began
)
SELECT
  version.site_page_hk,
  version.load_date,
  version.load_end_date,
  util.hash_key(
    page.site_page_bk::text, state.page_title::text, state.page_path::text,
    state.page_hostname::text, state.page_category::text, state.page_type::text,
    metric.total_views::text, metric.unique_visitors::text, metric.avg_time_on_page::text,
    metric.bounce_rate::text, metric.conversion_rate::text
  ) AS hash_diff,
  page.site_page_bk AS page_url,
  state.page_title,
  state.page_path,
  state.page_hostname,
  state.page_category,
  state.page_type,
  metric.total_views,
  metric.unique_visitors,
  metric.avg_time_on_page,
  metric.bounce_rate,
  metric.conversion_rate,
  state.record_source
FROM version
JOIN business.site_page_h AS page ON page.site_page_hk = version.site_page_hk
JOIN LATERAL (
  SELECT standing.record_source, described.*
  FROM business.site_page_history AS standing
  JOIN business.site_page_state_r AS described
    ON described.site_page_hk = standing.site_page_hk AND described.page_state_id = standing.page_state_id
  WHERE standing.site_page_hk = version.site_page_hk
    AND standing.load_date <= version.load_date
  ORDER BY standing.load_date DESC, standing.site_event_hk DESC
  LIMIT 1
) AS state ON true
-- The counters of the open row are live; those of a closed row are as the last snapshot until then saw them.
LEFT JOIN business.site_page_live AS live
  ON live.site_page_hk = version.site_page_hk AND live.has_changed AND version.load_end_date IS NULL
LEFT JOIN LATERAL (
  SELECT taken.*
  FROM business.site_page_snapshot_s AS taken
  WHERE live.site_page_hk IS NULL
    AND taken.site_page_hk = version.site_page_hk
    AND taken.load_date <= version.load_date
  ORDER BY taken.load_date DESC
  LIMIT 1
) AS snapshot ON true
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN live.site_page_hk IS NULL THEN snapshot.total_views ELSE live.total_views END AS total_views,
    CASE WHEN live.site_page_hk IS NULL THEN snapshot.unique_visitors ELSE live.unique_visitors END AS unique_visitors,
    CASE WHEN live.site_page_hk IS NULL THEN snapshot.avg_time_on_page ELSE live.avg_time_on_page END AS avg_time_on_page,
    CASE WHEN live.site_page_hk IS NULL THEN snapshot.bounce_rate ELSE live.bounce_rate END AS bounce_rate,
    CASE WHEN live.site_page_hk IS NULL THEN snapshot.conversion_rate ELSE live.conversion_rate END AS conversion_rate
) AS metric;

-- The row in force, read from the accumulator.
CREATE VIEW business.site_page_current AS
SELECT
  live.site_page_hk,
  live.tenant_hk,
  live.last_load_date,
  page.site_page_bk AS page_url,
  state.page_title,
  state.page_path,
  state.page_hostname,
  state.page_category,
  state.page_type,
  live.total_views,
  live.unique_visitors,
  live.avg_time_on_page,
  live.bounce_rate,
  live.conversion_rate
FROM business.site_page_live AS live
JOIN business.site_page_h AS page ON page.site_page_hk = live.site_page_hk
JOIN business.site_page_state_r AS state
  ON state.site_page_hk = live.site_page_hk AND state.page_state_id = live.page_state_id;

-- ── Items ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What the accumulator says now, and the load date that its next snapshot takes.
CREATE VIEW business.business_item_live AS
SELECT
  acc.business_item_hk,
  acc.tenant_hk,
  acc.last_load_date,
  greatest(acc.last_load_date, acc.snapshot_load_date + interval '1 microsecond') AS next_load_date,
  acc.has_changed,
  acc.snapshot_at,
  acc.item_state_id,
  business.popularity_score(acc.total_interactions, acc.total_conversions) AS popularity_score,
  business.percentage(acc.total_conversions, acc.total_interactions) AS conversion_rate,
  acc.total_interactions,
  acc.total_conversions
FROM business.business_item_acc AS acc;

CREATE VIEW business.business_item_details_s AS
WITH observation AS (
  SELECT DISTINCT ON (business_item_hk, load_date) business_item_hk, load_date, item_state_id, record_source
  FROM business.business_item_history
  ORDER BY business_item_hk, load_date, site_event_hk DESC
),
change AS (
  SELECT business_item_hk, load_date, item_state_id, record_source
  FROM (
    SELECT
      observation.*,
      lag(item_state_id) OVER (PARTITION BY business_item_hk ORDER BY load_date) IS DISTINCT FROM item_state_id AS is_change
    FROM observation
  ) AS judged
  WHERE is_change
),
-- A row begins with the first event, where the state changed and where a snapshot was taken.
version AS (
  SELECT business_item_hk, load_date, lead(load_date) OVER (PARTITION BY business_item_hk ORDER BY load_date) AS load_end_date
  FROM (
    SELECT business_item_hk, first_load_date AS load_date FROM business.business_item_acc
    UNION
    SELECT business_item_hk, load_date FROM change
    UNION
    SELECT business_item_hk, load_date FROM business.business_item_snapshot_s
  ) AS began
)
SELECT
  version.business_item_hk,
  version.load_date,
  version.load_end_date,
  util.hash_key(
    state.item_name::text, state.item_type::text, state.item_category::text,
    state.item_description::text, state.item_value::text, state.item_currency::text,
    state.is_active::text, metric.popularity_score::text, metric.conversion_rate::text,
    metric.total_interactions::text, metric.total_conversions::text, state.business_metadata::text
  ) AS hash_diff,
  state.item_name,
  state.item_type,
  state.item_category,
  state.item_description,
  state.item_value,
  state.item_currency,
  state.is_active,
  metric.popularity_score,
  metric.conversion_rate,
  metric.total_interactions,
  metric.total_conversions,
  state.business_metadata,
  coalesce(standing.record_source, 'business_vault')::varchar(100) AS record_source
FROM version
JOIN business.business_item_acc AS acc ON acc.business_item_hk = version.business_item_hk
LEFT JOIN LATERAL (
  SELECT h.item_state_id, h.record_source
  FROM business.business_item_history AS h
  WHERE h.business_item_hk = version.business_item_hk
    AND h.load_date <= version.load_date
  ORDER BY h.load_date DESC, h.site_event_hk DESC
  LIMIT 1
) AS standing ON true
-- While no event has described an item, the open row shows what the newest event happened to say.
LEFT JOIN business.business_item_state_r AS state
  ON state.business_item_hk = version.business_item_hk
 AND state.item_state_id = coalesce(
   standing.item_state_id,
   CASE WHEN NOT acc.is_described AND version.load_end_date IS NULL THEN acc.item_state_id END
 )
-- The counters of the open row are live; those of a closed row are as the last snapshot until then saw them.
LEFT JOIN business.business_item_live AS live
  ON live.business_item_hk = version.business_item_hk AND live.has_changed AND version.load_end_date IS NULL
LEFT JOIN LATERAL (
  SELECT taken.*
  FROM business.business_item_snapshot_s AS taken
  WHERE live.business_item_hk IS NULL
    AND taken.business_item_hk = version.business_item_hk
    AND taken.load_date <= version.load_date
  ORDER BY taken.load_date DESC
  LIMIT 1
) AS snapshot ON true
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN live.business_item_hk IS NULL THEN snapshot.popularity_score ELSE live.popularity_score END AS popularity_score,
    CASE WHEN live.business_item_hk IS NULL THEN snapshot.conversion_rate ELSE live.conversion_rate END AS conversion_rate,
    CASE WHEN live.business_item_hk IS NULL THEN snapshot.total_interactions ELSE live.total_interactions END AS total_interactions,
    CASE WHEN live.business_item_hk IS NULL THEN snapshot.total_conversions ELSE live.total_conversions END AS total_conversions
) AS metric;

-- The row in force, read from the accumulator.
CREATE VIEW business.business_item_current AS
SELECT
  live.business_item_hk,
  live.tenant_hk,
  live.last_load_date,
  state.item_name,
  state.item_type,
  state.item_category,
  state.item_description,
  state.item_value,
  state.item_currency,
  state.is_active,
  live.popularity_score,
  live.conversion_rate,
  live.total_interactions,
  live.total_conversions,
  state.business_metadata
FROM business.business_item_live AS live
JOIN business.business_item_state_r AS state
  ON state.business_item_hk = live.business_item_hk AND state.item_state_id = live.item_state_id;

-- ── What closed sessions say of pages ─────────────────────────────────────────────────────────────────────────────────────

-- Page views of the given sessions with their seconds, by session and page, from the sessions' events between two times and
-- without the excluded ones.
CREATE FUNCTION business.session_page_times(
  sessions bytea[],
  earliest timestamptz,
  latest timestamptz,
  excluded_events bytea[]
)
  RETURNS TABLE (site_session_hk bytea, site_page_hk bytea, timed_views bigint, seconds_on_page bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH slice AS (
    SELECT session.hk AS site_session_hk, session.hk AS session_slice_hk
    FROM unnest(sessions) AS session (hk)
    UNION
    SELECT part.site_session_hk, part.session_slice_hk
    FROM business.derived_session_slices AS part
    WHERE part.site_session_hk = ANY (sessions)
  ),
  event AS (
    SELECT
      slice.site_session_hk,
      e.site_event_hk,
      e.site_page_hk,
      e.event_type,
      e.event_timestamp,
      e.time_on_page,
      max(e.event_timestamp) OVER (PARTITION BY slice.site_session_hk) AS last_event_at
    FROM slice
    JOIN business.site_event_nl AS e ON e.session_slice_hk = slice.session_slice_hk
    WHERE e.event_timestamp >= earliest
      AND e.event_timestamp <= latest
      AND e.site_event_hk <> ALL (excluded_events)
  ),
  viewed AS (
    SELECT
      event.site_session_hk,
      event.site_page_hk,
      business.page_view_seconds(
        event.event_timestamp,
        lead(event.event_timestamp) OVER (PARTITION BY event.site_session_hk ORDER BY event.site_event_hk),
        event.last_event_at,
        event.time_on_page
      ) AS seconds
    FROM event
    WHERE event.event_type = 'page_view'
  )
  SELECT viewed.site_session_hk, viewed.site_page_hk, count(viewed.seconds), coalesce(sum(viewed.seconds), 0)
  FROM viewed
  GROUP BY viewed.site_session_hk, viewed.site_page_hk;
END;
