-- Which of the events that today's rules refuse stand in the vault. A refused event has no time, so it is sought by its arrival.
-- $1 raw event ids, $2 tenant keys, $3 event ids, $4 when each arrived, $5 the first and $6 the last of these times.
SELECT wanted.raw_event_id
FROM unnest($1::text[], $2::bytea[], $3::uuid[], $4::timestamptz[])
  AS wanted (raw_event_id, tenant_hk, event_id, received_timestamp)
JOIN business.site_event_nl AS event
  ON event.site_event_bk = wanted.event_id
 AND event.tenant_hk = wanted.tenant_hk
 AND event.load_date = wanted.received_timestamp
WHERE event.load_date >= $5
  AND event.load_date <= $6
