-- Nothing of the pipeline is open to PUBLIC, callers only read and add, and no role of a function may empty, alter or create anything.
WITH relations AS (
  SELECT relation.oid, relation.relkind, relation.relowner, granted.grantee, granted.privilege_type
  FROM pg_class AS relation
  CROSS JOIN aclexplode(relation.relacl) AS granted
  UNION
  SELECT relation.oid, relation.relkind, relation.relowner, granted.grantee, granted.privilege_type
  FROM pg_class AS relation
  JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
  CROSS JOIN aclexplode(attribute.attacl) AS granted
),
grants AS (
  SELECT relations.*, role.rolname
  FROM relations
  LEFT JOIN pg_roles AS role ON role.oid = relations.grantee
),
ours AS (
  SELECT grants.oid
  FROM grants
  WHERE grants.rolname IN ('onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance')
  UNION
  SELECT policy.polrelid FROM pg_policy AS policy WHERE policy.polname = 'workers'
)
SELECT grants.oid::regclass::text AS relation, NULL::bytea AS offending_key
FROM grants
WHERE (grants.grantee = 0 AND grants.oid IN (SELECT ours.oid FROM ours))
   OR (
     grants.rolname IN ('onevault_ingest', 'onevault_reader')
     AND (
       grants.privilege_type NOT IN ('SELECT', 'INSERT', 'USAGE')
       OR (grants.oid = 'auth.audit_log'::regclass AND grants.privilege_type <> 'INSERT')
       -- Who the tenants are, and what they have set.
       OR grants.oid IN ('auth.tenant_h'::regclass, 'auth.tenant_profile_s'::regclass)
     )
   )
   OR (
     grants.rolname IN ('onevault_loader', 'onevault_maintenance')
     AND grants.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')
   )
   -- Events are written once; maintenance takes out what has expired or is to be erased.
   OR (
     grants.oid = 'business.site_event_nl'::regclass
     AND (
       (grants.rolname = 'onevault_loader' AND grants.privilege_type IN ('UPDATE', 'DELETE'))
       OR (grants.rolname = 'onevault_maintenance' AND grants.privilege_type = 'UPDATE')
     )
   )
UNION
SELECT schema.nspname::text, NULL::bytea
FROM pg_namespace AS schema
CROSS JOIN aclexplode(schema.nspacl) AS granted
LEFT JOIN pg_roles AS role ON role.oid = granted.grantee
WHERE schema.nspname IN ('auth', 'util', 'raw', 'staging', 'business', 'analytics', 'api')
  AND granted.privilege_type = 'CREATE'
  AND (
    granted.grantee = 0
    OR role.rolname IN ('onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance', 'onevault_migrator')
  )
