-- A history has at most a hundred rows of a key a day, and no key has more snapshots than events that could bring one about.
SELECT 'site_visitor_history' AS relation, site_visitor_hk AS offending_key
FROM business.site_visitor_history
GROUP BY site_visitor_hk, (load_date AT TIME ZONE 'UTC')::date
HAVING count(*) > 100
UNION ALL
SELECT 'site_page_history', site_page_hk
FROM business.site_page_history
GROUP BY site_page_hk, (load_date AT TIME ZONE 'UTC')::date
HAVING count(*) > 100
UNION ALL
SELECT 'business_item_history', business_item_hk
FROM business.business_item_history
GROUP BY business_item_hk, (load_date AT TIME ZONE 'UTC')::date
HAVING count(*) > 100
UNION ALL
SELECT 'site_session_snapshot_s', taken.site_session_hk
FROM (SELECT site_session_hk, count(*) AS snapshots FROM business.site_session_snapshot_s GROUP BY site_session_hk) AS taken
LEFT JOIN business.derived_session_slices AS absorbed
  ON absorbed.session_slice_hk = taken.site_session_hk AND absorbed.site_session_hk <> taken.site_session_hk
LEFT JOIN (
  SELECT site_session_hk, count(*) AS events FROM business.event_session_l GROUP BY site_session_hk
) AS seen ON seen.site_session_hk = coalesce(absorbed.site_session_hk, taken.site_session_hk)
WHERE taken.snapshots > coalesce(seen.events, 0)
UNION ALL
SELECT 'site_visitor_snapshot_s', taken.site_visitor_hk
FROM (SELECT site_visitor_hk, count(*) AS snapshots FROM business.site_visitor_snapshot_s GROUP BY site_visitor_hk) AS taken
LEFT JOIN (
  SELECT site_visitor_hk, count(*) AS events FROM business.site_event_nl GROUP BY site_visitor_hk
) AS seen ON seen.site_visitor_hk = taken.site_visitor_hk
WHERE taken.snapshots > coalesce(seen.events, 0)
UNION ALL
-- A page's values also change when a session that saw it closes, and when a late event opens and closes it once more.
SELECT 'site_page_snapshot_s', taken.site_page_hk
FROM (SELECT site_page_hk, count(*) AS snapshots FROM business.site_page_snapshot_s GROUP BY site_page_hk) AS taken
LEFT JOIN (
  SELECT page.site_page_hk, sum(session.events) AS events
  FROM (
    SELECT DISTINCT page.site_page_hk, session.site_session_hk
    FROM business.event_page_l AS page
    JOIN business.event_session_l AS session ON session.site_event_hk = page.site_event_hk
  ) AS page
  JOIN (
    SELECT site_session_hk, count(*) AS events FROM business.event_session_l GROUP BY site_session_hk
  ) AS session ON session.site_session_hk = page.site_session_hk
  GROUP BY page.site_page_hk
) AS seen ON seen.site_page_hk = taken.site_page_hk
WHERE taken.snapshots > coalesce(2 * seen.events, 0)
UNION ALL
SELECT 'business_item_snapshot_s', taken.business_item_hk
FROM (SELECT business_item_hk, count(*) AS snapshots FROM business.business_item_snapshot_s GROUP BY business_item_hk) AS taken
LEFT JOIN (
  SELECT business_item_hk, count(*) AS events FROM business.event_business_item_nl GROUP BY business_item_hk
) AS seen ON seen.business_item_hk = taken.business_item_hk
WHERE taken.snapshots > coalesce(seen.events, 0)
