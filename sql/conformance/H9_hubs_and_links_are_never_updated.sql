-- No row of a hub or a link was ever updated, as the server's statistics count since their last reset.
SELECT relname::text AS relation, NULL::bytea AS offending_key
FROM pg_stat_user_tables
WHERE schemaname = 'business'
  AND relname IN (
    'session_slice_h', 'site_visitor_h', 'site_page_h', 'business_item_h', 'session_slice_visitor_l', 'event_business_item_nl'
  )
  AND n_tup_upd > 0
