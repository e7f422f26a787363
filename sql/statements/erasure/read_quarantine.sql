-- Quarantined events of a tenant, page by page. $1 tenant id, $2 id after which the page begins, $3 how many, $4 whether only second payloads under a
-- known id are meant, which have no row in the raw layer.
SELECT
  quarantine.quarantine_id::text AS quarantine_id,
  quarantine.raw_event_id::text AS raw_event_id,
  quarantine.event_id,
  quarantine.received_timestamp,
  quarantine.original_bytes
FROM staging.quarantined_events AS quarantine
WHERE quarantine.tenant_id = $1
  AND quarantine.quarantine_id > $2::bigint
  AND (quarantine.raw_event_id IS NULL OR NOT $4)
ORDER BY quarantine.quarantine_id
LIMIT $3
