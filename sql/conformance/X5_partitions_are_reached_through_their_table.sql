-- A partition has row-level security, no policy that opens it and no grants, so that rows are read through its table only.
SELECT partition.oid::regclass::text AS relation, NULL::bytea AS offending_key
FROM pg_class AS partition
WHERE partition.relispartition
  AND partition.relkind IN ('r', 'p')
  AND pg_partition_root(partition.oid) IN ('raw.site_tracking_requests_r'::regclass, 'business.site_event_nl'::regclass)
  AND (
    NOT partition.relrowsecurity
    OR NOT partition.relforcerowsecurity
    OR EXISTS (SELECT FROM pg_policy AS policy WHERE policy.polrelid = partition.oid)
    OR EXISTS (SELECT FROM aclexplode(partition.relacl) AS granted WHERE granted.grantee <> partition.relowner)
    OR EXISTS (SELECT FROM pg_attribute WHERE pg_attribute.attrelid = partition.oid AND pg_attribute.attacl IS NOT NULL)
  )
