-- Deletes slices whose first event is gone, and returns them. $1 keys of slices.
DELETE FROM business.session_slice_h AS hub
WHERE hub.session_slice_hk = ANY ($1::bytea[])
  AND NOT EXISTS (
    SELECT
    FROM business.site_event_nl AS event
    WHERE event.session_slice_hk = hub.session_slice_hk
      AND (event.load_date, event.record_source) = (hub.load_date, hub.record_source)
  )
RETURNING hub.session_slice_hk AS key, hub.session_slice_bk AS business_key
