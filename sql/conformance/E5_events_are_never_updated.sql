-- No row of an event was ever updated, as the server's statistics count since their last reset, and none has an end date.
SELECT stored.relname::text AS relation, NULL::bytea AS offending_key
FROM pg_stat_user_tables AS stored
WHERE stored.n_tup_upd > 0
  AND stored.relid IN (
    SELECT partition.inhrelid FROM pg_inherits AS partition WHERE partition.inhparent = 'business.site_event_nl'::regclass
    UNION ALL
    SELECT 'business.event_business_item_nl'::regclass
  )
UNION ALL
SELECT 'site_event_details_s', site_event_hk
FROM business.site_event_details_s
WHERE load_end_date IS NOT NULL
