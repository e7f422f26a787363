-- Which of the given keys the vault has: those of events that it lacks under the time of today's rules.
-- $1 raw event ids, $2 keys, $3 the time in each key.
SELECT wanted.raw_event_id, event.event_timestamp
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS wanted (raw_event_id, site_event_hk, event_timestamp)
JOIN business.site_event_nl AS event
  ON event.site_event_hk = wanted.site_event_hk
 AND event.event_timestamp = wanted.event_timestamp
