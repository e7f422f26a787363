-- The ledger of a tenant from one day to another: settled days as they were settled, all others as the tables say now. $1 tenant id,
-- $2 tenant key, $3 first day, $4 last day.
WITH open_day AS MATERIALIZED (
  SELECT ledger.day
  FROM raw.ledger_days AS ledger
  WHERE ledger.tenant_id = $1
    AND ledger.settled_at IS NULL
  UNION
  -- Days that nobody may have balanced yet.
  SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date - ago
  FROM generate_series(0, 2) AS ago
  EXCEPT
  SELECT ledger.day
  FROM raw.ledger_days AS ledger
  WHERE ledger.tenant_id = $1
    AND ledger.settled_at IS NOT NULL
),
ledger AS (
  SELECT
    settled.day,
    settled.received,
    settled.stored,
    settled.bots,
    settled.duplicate,
    settled.quarantined,
    settled.refused,
    settled.erased,
    settled.pending,
    settled.refusals,
    true AS is_settled,
    settled.balanced_at
  FROM raw.ledger_days AS settled
  WHERE settled.tenant_id = $1
    AND settled.settled_at IS NOT NULL
    AND settled.day BETWEEN $3::date AND $4::date
  UNION ALL
  SELECT
    open_day.day,
    counted.landed + counted.without_raw_row,
    counted.vaulted - counted.anonymised,
    counted.bots,
    counted.duplicate,
    counted.set_aside,
    counted.refused,
    counted.anonymised + counted.dropped,
    counted.pending,
    counted.refusals,
    false,
    statement_timestamp()
  FROM open_day
  CROSS JOIN LATERAL raw.count_ledger(ARRAY[$1::text], ARRAY[$2::bytea], open_day.day) AS counted
  WHERE open_day.day BETWEEN greatest($3::date, raw.ledger_begins_on()) AND $4::date
    AND greatest(counted.landed, counted.without_raw_row, counted.vaulted, counted.set_aside, counted.duplicate, counted.refused) > 0
)
SELECT
  ledger.day::text AS date,
  ledger.received::double precision AS received,
  ledger.stored::double precision AS stored,
  ledger.bots::double precision AS bots,
  ledger.duplicate::double precision AS duplicate,
  ledger.quarantined::double precision AS quarantined,
  ledger.refused::double precision AS refused,
  ledger.erased::double precision AS erased,
  ledger.pending::double precision AS pending,
  (
    ledger.received - ledger.stored - ledger.duplicate - ledger.quarantined - ledger.refused - ledger.erased - ledger.pending
  )::double precision AS gap,
  ledger.refusals,
  ledger.is_settled,
  ledger.balanced_at
FROM ledger
ORDER BY ledger.day
