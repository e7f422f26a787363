-- Row-level security is forced on every table of the pipeline, and a caller's role sees the rows of one tenant or none.
-- What belongs to the pipeline is known by its grants: a One Vault database has tables of its own in the same schemas.
WITH ours AS (
  SELECT relation.oid, relation.relrowsecurity, relation.relforcerowsecurity
  FROM pg_class AS relation
  WHERE relation.relkind IN ('r', 'p')
    AND NOT relation.relispartition
    AND relation.oid NOT IN ('util.schema_migrations'::regclass, 'auth.tenant_h'::regclass, 'auth.tenant_profile_s'::regclass)
    AND (
      EXISTS (
        SELECT
        FROM aclexplode(relation.relacl) AS granted
        JOIN pg_roles AS role ON role.oid = granted.grantee
        WHERE role.rolname IN ('onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance')
      )
      OR EXISTS (
        SELECT
        FROM pg_attribute AS attribute
        CROSS JOIN aclexplode(attribute.attacl) AS granted
        JOIN pg_roles AS role ON role.oid = granted.grantee
        WHERE attribute.attrelid = relation.oid
          AND role.rolname IN ('onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance')
      )
      OR EXISTS (SELECT FROM pg_policy AS policy WHERE policy.polrelid = relation.oid AND policy.polname = 'workers')
    )
),
policies AS (
  SELECT
    policy.polrelid,
    (
      SELECT string_agg(coalesce(role.rolname, 'PUBLIC'), ' ' ORDER BY role.rolname)
      FROM unnest(policy.polroles) AS member (oid)
      LEFT JOIN pg_roles AS role ON role.oid = member.oid
    ) AS roles,
    policy.polcmd,
    policy.polpermissive,
    pg_get_expr(policy.polqual, policy.polrelid) AS shown,
    pg_get_expr(policy.polwithcheck, policy.polrelid) AS taken
  FROM pg_policy AS policy
),
judged AS (
  SELECT
    policies.polrelid,
    policies.roles = 'onevault_ingest onevault_reader'
      AND policies.polcmd = '*'
      AND NOT policies.polpermissive
      AND policies.shown IN (
        'false',
        '(tenant_hk = ( SELECT auth.acting_tenant_hk() AS acting_tenant_hk))',
        '((tenant_id)::text = ( SELECT auth.acting_tenant_id() AS acting_tenant_id))',
        '(tenant_key = ( SELECT raw.tenant_key(auth.acting_tenant_id()) AS tenant_key))'
      )
      AND policies.taken = policies.shown AS is_tenant_rule,
    policies.roles = 'onevault_ingest onevault_reader' AND policies.polcmd = '*' AND policies.polpermissive AS is_for_callers,
    policies.roles = 'onevault_ingest onevault_reader' AND policies.polcmd = 'a' AND policies.polpermissive AS is_for_notes,
    policies.roles = 'onevault_loader onevault_maintenance onevault_migrator' AND policies.polpermissive AS is_for_workers
  FROM policies
)
SELECT ours.oid::regclass::text AS relation, NULL::bytea AS offending_key
FROM ours
-- Callers add to the audit log, whose tenant may be unknown, and read nothing of it.
CROSS JOIN LATERAL (SELECT ours.oid = 'auth.audit_log'::regclass AS is_log) AS kind
WHERE NOT ours.relrowsecurity
   OR NOT ours.relforcerowsecurity
   OR (NOT kind.is_log AND NOT EXISTS (SELECT FROM judged WHERE judged.polrelid = ours.oid AND judged.is_tenant_rule))
   OR EXISTS (
     SELECT
     FROM judged
     WHERE judged.polrelid = ours.oid
       AND NOT (
         judged.is_for_workers OR judged.is_tenant_rule
         OR CASE WHEN kind.is_log THEN judged.is_for_notes ELSE judged.is_for_callers END
       )
   )
