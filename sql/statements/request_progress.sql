-- How far requests have come, a row for each and one for each of its events that is in quarantine. $1 request ids.
-- The stage is null for a request that is done.
SELECT
  request.id::text AS request_id,
  pending.stage,
  quarantine.event_id,
  quarantine.stage AS refused_in,
  quarantine.reason_code AS code
FROM unnest($1::bigint[]) AS request (id)
LEFT JOIN raw.pending_requests AS pending ON pending.request_id = request.id
LEFT JOIN staging.quarantined_events AS quarantine
  ON quarantine.raw_event_id >= request.id * 1024
 AND quarantine.raw_event_id < (request.id + 1) * 1024
ORDER BY request.id
