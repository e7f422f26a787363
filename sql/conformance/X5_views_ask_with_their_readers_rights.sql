-- A view over a table of the pipeline asks with the rights of whoever reads it, and nothing stores rows of several tenants for all.
WITH RECURSIVE uses AS (
  SELECT rule.ev_class AS view_oid, used.refobjid AS used_oid
  FROM pg_depend AS used
  JOIN pg_rewrite AS rule ON rule.oid = used.objid
  WHERE used.classid = 'pg_rewrite'::regclass
    AND used.refclassid = 'pg_class'::regclass
    AND used.refobjid <> rule.ev_class
),
-- Which views show rows of a table, and whether through other views: those ask for themselves.
shows AS (
  (
    SELECT uses.view_oid, true AS is_direct
    FROM uses
    JOIN pg_policy AS policy ON policy.polrelid = uses.used_oid AND policy.polname = 'workers'
    UNION
    SELECT readable.oid, true
    FROM pg_class AS readable
    CROSS JOIN aclexplode(readable.relacl) AS granted
    JOIN pg_roles AS role ON role.oid = granted.grantee
    WHERE role.rolname IN ('onevault_ingest', 'onevault_reader')
  )
  UNION
  SELECT uses.view_oid, false
  FROM shows
  JOIN uses ON uses.used_oid = shows.view_oid
)
SELECT DISTINCT view.oid::regclass::text AS relation, NULL::bytea AS offending_key
FROM shows
JOIN pg_class AS view ON view.oid = shows.view_oid
-- A materialised view has no row-level security and no reader's rights.
WHERE view.relkind = 'm'
   OR (
     view.relkind = 'v'
     AND shows.is_direct
     AND NOT EXISTS (
       SELECT FROM pg_options_to_table(view.reloptions) WHERE option_name = 'security_invoker' AND option_value::boolean
     )
   )
