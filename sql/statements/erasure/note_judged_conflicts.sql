-- Notes up to which of a tenant's conflicts none has to be judged again. Those of the last minutes do: one with a lower id may be committed
-- after them. $1 tenant key, $2 tenant id, $3 id after which, and $4 id up to which they have been judged.
INSERT INTO staging.judged_conflicts AS judged (tenant_hk, quarantine_id)
SELECT $1, max(quarantined.quarantine_id)
FROM staging.quarantined_events AS quarantined
WHERE quarantined.tenant_id = $2
  AND quarantined.raw_event_id IS NULL
  AND quarantined.quarantine_id > $3::bigint
  AND quarantined.quarantine_id <= $4::bigint
  AND quarantined.quarantined_at < CURRENT_TIMESTAMP - interval '10 minutes'
HAVING max(quarantined.quarantine_id) IS NOT NULL
ON CONFLICT (tenant_hk) DO UPDATE SET quarantine_id = greatest(judged.quarantine_id, EXCLUDED.quarantine_id)
