-- How many events of all tenants wait for a stage, and for how many seconds the oldest of their requests has; zeros when none waits.
SELECT
  coalesce(sum(coalesce(pending.staged_count, pending.event_count)), 0)::float8 AS events,
  greatest(extract(epoch FROM clock_timestamp() - min(pending.received_timestamp)), 0)::float8 AS oldest_seconds
FROM raw.pending_requests AS pending
