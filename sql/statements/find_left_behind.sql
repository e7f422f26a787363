-- Landed requests that nobody has rung for in time, longest waiting first. $1 seconds since they landed, $2 how many at the most.
-- Not those that the sweeper knows: what fails again and again must not ride along with the work of others.
SELECT pending.request_id::text AS request_id, pending.event_count
FROM raw.pending_requests AS pending
WHERE pending.stage = 'LANDED'
  AND pending.attempts = 0
  AND pending.rung_at < CURRENT_TIMESTAMP - make_interval(secs => $1)
ORDER BY pending.rung_at
LIMIT $2
