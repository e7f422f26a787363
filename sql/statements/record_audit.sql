-- Writes what happened to calls. For each row: $1 when, $2 tenant key or null, $3 actor, $4 action, $5 outcome, $6 reason or null,
-- $7 subject or null, $8 how many times.
INSERT INTO auth.audit_log (occurred_at, tenant_hk, actor, action, outcome, reason, subject, times)
SELECT entry.*
FROM unnest(
  $1::timestamptz[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[]
) AS entry
