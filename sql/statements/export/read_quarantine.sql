-- Quarantined events of a tenant, page by page. $1 tenant id, $2 id after which the page begins, $3 how many.
SELECT
  quarantine.quarantine_id::text AS quarantine_id,
  quarantine.raw_event_id::text AS raw_event_id,
  quarantine.event_id,
  quarantine.received_timestamp,
  quarantine.quarantined_at,
  quarantine.stage,
  quarantine.reason_code,
  quarantine.reasons,
  quarantine.original_bytes,
  quarantine.record_source
FROM staging.quarantined_events AS quarantine
WHERE quarantine.tenant_id = $1
  AND quarantine.quarantine_id > $2::bigint
ORDER BY quarantine.quarantine_id
LIMIT $3
