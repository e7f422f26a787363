-- A function that runs with its owner's rights resolves names without its caller's schemas, and not everybody may call it.
SELECT function.oid::regprocedure::text AS relation, NULL::bytea AS offending_key
FROM pg_proc AS function
WHERE function.prosecdef
  -- Ours: a role of the pipeline may call it, or its text names a table of the pipeline.
  AND (
    EXISTS (
      SELECT
      FROM aclexplode(function.proacl) AS granted
      JOIN pg_roles AS role ON role.oid = granted.grantee
      WHERE role.rolname IN ('onevault_ingest', 'onevault_loader', 'onevault_reader', 'onevault_maintenance')
    )
    OR EXISTS (
      SELECT
      FROM pg_policy AS policy
      JOIN pg_class AS isolated ON isolated.oid = policy.polrelid
      WHERE policy.polname = 'workers'
        AND position(isolated.relnamespace::regnamespace || '.' || isolated.relname IN pg_get_functiondef(function.oid)) > 0
    )
  )
  AND (
    has_function_privilege('public', function.oid, 'EXECUTE')
    OR NOT EXISTS (SELECT FROM unnest(function.proconfig) AS setting WHERE setting = 'search_path=pg_catalog, pg_temp')
  )
