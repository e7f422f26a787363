-- The roles of the functions have no power over the server, own nothing, and none has the rights of another beyond its work.
WITH roles AS (
  SELECT *
  FROM pg_roles
  WHERE rolname IN ('onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance', 'onevault_migrator')
)
SELECT role.rolname::text AS relation, NULL::bytea AS offending_key
FROM roles AS role
WHERE role.rolsuper
   OR role.rolbypassrls
   OR role.rolcreaterole
   OR role.rolcreatedb
   OR role.rolreplication
   OR EXISTS (SELECT FROM pg_class WHERE pg_class.relowner = role.oid)
   OR EXISTS (SELECT FROM pg_proc WHERE pg_proc.proowner = role.oid)
   OR EXISTS (SELECT FROM pg_namespace WHERE pg_namespace.nspowner = role.oid)
   OR EXISTS (
     SELECT
     FROM pg_auth_members AS membership
     JOIN pg_roles AS granted ON granted.oid = membership.roleid
     WHERE membership.member = role.oid
       -- What Aurora needs for a login by IAM; maintenance does all that the loader does; a synchronous call says that it loads.
       AND granted.rolname <> 'rds_iam'
       AND NOT (role.rolname = 'onevault_maintenance' AND granted.rolname = 'onevault_loader' AND NOT membership.admin_option)
       AND NOT (
         role.rolname = 'onevault_ingest' AND granted.rolname = 'onevault_loader'
         AND NOT membership.inherit_option AND NOT membership.admin_option
       )
   )
