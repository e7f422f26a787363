/** The sample queries and calls of the analytics schema's own documentation, word for word: that they run unchanged is the promise. */
export const topPages = `
SELECT
    path,
    COUNT(DISTINCT visitor_id) as unique_visitors,
    COUNT(*) as total_pageviews,
    AVG(time_on_page_seconds) as avg_time_on_page
FROM pageviews
WHERE view_timestamp > NOW() - INTERVAL '7 days'
GROUP BY path
ORDER BY unique_visitors DESC
LIMIT 10;`;

export const formFunnel = `
WITH funnel AS (
    SELECT
        session_id,
        BOOL_OR(path = '/products.html') as viewed_products,
        BOOL_OR(path = '/contact.html') as viewed_contact,
        BOOL_OR(event_type = 'form_submit') as submitted_form
    FROM pageviews p
    LEFT JOIN user_events e USING (session_id)
    WHERE p.view_timestamp > NOW() - INTERVAL '30 days'
    GROUP BY session_id
)
SELECT
    COUNT(*) as total_sessions,
    COUNT(*) FILTER (WHERE viewed_products) as products_viewers,
    COUNT(*) FILTER (WHERE viewed_contact) as contact_viewers,
    COUNT(*) FILTER (WHERE submitted_form) as form_submitters,

    -- Conversion rates
    COUNT(*) FILTER (WHERE viewed_contact)::DECIMAL / COUNT(*) as contact_rate,
    COUNT(*) FILTER (WHERE submitted_form)::DECIMAL / COUNT(*) FILTER (WHERE viewed_contact) as form_conversion_rate
FROM funnel;`;

export const campaigns = `
SELECT
    utm_source,
    utm_medium,
    utm_campaign,
    COUNT(DISTINCT session_id) as sessions,
    COUNT(DISTINCT visitor_id) as unique_visitors,
    AVG(duration_seconds) as avg_session_duration,
    AVG(pageview_count) as avg_pages_per_session,
    AVG(CASE WHEN bounce THEN 1 ELSE 0 END) as bounce_rate
FROM user_sessions
WHERE session_start > NOW() - INTERVAL '30 days'
    AND utm_source IS NOT NULL
GROUP BY utm_source, utm_medium, utm_campaign
ORDER BY sessions DESC;`;

export const unprocessedEvents = `
SELECT
    event_type,
    COUNT(*) as unprocessed_count,
    MIN(created_at) as oldest_unprocessed
FROM events_log
WHERE processed_at IS NULL
GROUP BY event_type;`;

export const calculateYesterday = `
CALL calculate_daily_metrics(
    start_date := CURRENT_DATE - 1,
    end_date := CURRENT_DATE - 1
);`;

/** Everything else there that a Postgres of today runs. */
export const runsUnchanged = [
  'CALL process_events_batch(batch_size := 1000);',
  'CALL update_active_sessions();',
  "CALL calculate_daily_metrics(start_date := '2025-06-01', end_date := '2025-06-30');",
  'CALL cleanup_processed_events(retention_days := 90);',
  'CALL process_events_batch(5000);',
  calculateYesterday,
  'CALL cleanup_processed_events(90);',
  'ANALYZE events_log;\nANALYZE user_sessions;\nANALYZE pageviews;\nANALYZE user_events;',
  'VACUUM ANALYZE;',
  `
SELECT
    schemaname,
    tablename,
    pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)) as size
FROM pg_tables
WHERE schemaname = 'public'
ORDER BY pg_total_relation_size(schemaname||'.'||tablename) DESC;`,
  `
SELECT
    schemaname,
    tablename,
    attname,
    n_distinct,
    correlation
FROM pg_stats
WHERE tablename IN ('events_log', 'pageviews', 'user_sessions')
ORDER BY tablename, attname;`,
  'CALL process_events_batch(10000);',
];

/** What changes storage that is a view here, and what no Postgres of today runs; docs/marts.md says what to do instead. */
export const cannotRun = [
  'REINDEX TABLE events_log;',
  'REINDEX TABLE pageviews;',
  `
DELETE FROM events_log
WHERE created_at < NOW() - INTERVAL '90 days'
AND processed_at IS NOT NULL;`,
  `
SELECT
    query,
    calls,
    total_time,
    mean_time,
    rows
FROM pg_stat_statements
ORDER BY total_time DESC
LIMIT 10;`,
  `
SELECT
    tablename,
    indexname,
    idx_scan,
    idx_tup_read,
    idx_tup_fetch
FROM pg_stat_user_indexes
ORDER BY idx_scan DESC;`,
  `
SELECT
    tablename,
    pg_size_pretty(pg_total_relation_size(tablename)) as size
FROM pg_tables
WHERE schemaname = 'public'
ORDER BY pg_total_relation_size(tablename) DESC;`,
];
