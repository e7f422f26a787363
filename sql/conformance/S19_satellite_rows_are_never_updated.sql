-- No row of a snapshot, a history or a state was ever updated, as the server's statistics count since their last reset.
SELECT relname::text AS relation, NULL::bytea AS offending_key
FROM pg_stat_user_tables
WHERE schemaname = 'business'
  AND relname IN (
    'site_session_snapshot_s', 'site_visitor_snapshot_s', 'site_page_snapshot_s', 'business_item_snapshot_s',
    'site_visitor_history', 'site_page_history', 'business_item_history',
    'site_visitor_state_r', 'site_page_state_r', 'business_item_state_r', 'traffic_source_r'
  )
  AND n_tup_upd > 0
