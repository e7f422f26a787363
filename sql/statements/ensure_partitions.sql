-- Makes the partitions that are missing, and closes them to everybody who does not come through their table.
-- $1 weeks ahead for requests, $2 months ahead for events.
WITH made AS MATERIALIZED (
  SELECT raw.ensure_request_partitions($1) AS raw, business.ensure_event_partitions($2) AS events
)
SELECT made.raw, made.events, auth.isolate_partitions() AS isolated
FROM made
