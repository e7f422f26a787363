-- Deletes links of slices to visitors whose first event is gone, and returns them. $1 keys of slices, $2 keys of visitors.
DELETE FROM business.session_slice_visitor_l AS link
WHERE link.session_slice_hk = ANY ($1::bytea[])
  AND link.site_visitor_hk = ANY ($2::bytea[])
  AND NOT EXISTS (
    SELECT
    FROM business.site_event_nl AS event
    WHERE event.session_slice_hk = link.session_slice_hk
      AND event.site_visitor_hk = link.site_visitor_hk
      AND (event.load_date, event.record_source) = (link.load_date, link.record_source)
  )
RETURNING link.link_session_visitor_hk, link.session_slice_hk, link.site_visitor_hk
