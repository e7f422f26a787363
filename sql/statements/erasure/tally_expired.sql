-- Notes as erased what only the raw layer still had, and takes it back from what has expired. $1 tenant id, and for each event $2 when it
-- arrived and $3 whether the rules refuse it. To the ledger what the vault once had was stored until now, as if it had been anonymised there;
-- the rules may have changed since, so the tally of what has expired has the last word on how many were stored and how many set aside.
WITH gone AS MATERIALIZED (
  SELECT
    (event.received AT TIME ZONE 'UTC')::date AS received_day,
    count(*) AS events,
    count(*) FILTER (WHERE event.is_refused) AS refused
  FROM unnest($2::timestamptz[], $3::boolean[]) AS event (received, is_refused)
  GROUP BY (event.received AT TIME ZONE 'UTC')::date
),
moved AS MATERIALIZED (
  SELECT gone.received_day, part.expired_kind, part.erased_kind, part.events
  FROM gone
  CROSS JOIN LATERAL (
    SELECT
      coalesce(sum(tally.events) FILTER (WHERE tally.kind = 'vaulted'), 0) AS vaulted,
      coalesce(sum(tally.events) FILTER (WHERE tally.kind = 'quarantined'), 0) AS quarantined
    FROM raw.expired_tally AS tally
    WHERE tally.tenant_id = $1
      AND tally.received_day = gone.received_day
  ) AS expired
  CROSS JOIN LATERAL (
    SELECT least(greatest(gone.refused, gone.events - expired.vaulted), expired.quarantined)
  ) AS set_aside (events)
  CROSS JOIN LATERAL (
    VALUES ('quarantined', 'dropped', set_aside.events), ('vaulted', 'anonymised', gone.events - set_aside.events)
  ) AS part (expired_kind, erased_kind, events)
  WHERE part.events > 0
),
reduced AS (
  UPDATE raw.expired_tally AS tally
  SET events = tally.events - moved.events
  FROM moved
  WHERE tally.tenant_id = $1
    AND tally.received_day = moved.received_day
    AND tally.kind = moved.expired_kind
    AND tally.events > moved.events
),
emptied AS (
  DELETE FROM raw.expired_tally AS tally
  USING moved
  WHERE tally.tenant_id = $1
    AND tally.received_day = moved.received_day
    AND tally.kind = moved.expired_kind
    AND tally.events <= moved.events
)
INSERT INTO raw.erased_tally (tenant_id, received_day, kind, events)
SELECT $1, moved.received_day, moved.erased_kind, moved.events
FROM moved
ORDER BY moved.received_day, moved.erased_kind
