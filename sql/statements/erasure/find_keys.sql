-- Keys of the tenants who have erased anybody, once no erasure is being marked. $1 tenant keys.
SELECT key.tenant_hk, key.secret
FROM (SELECT pg_advisory_xact_lock_shared(hashtextextended('raw.erased_visitors', 0))) AS settled
CROSS JOIN auth.visitor_keys AS key
WHERE key.tenant_hk = ANY ($1::bytea[])
  AND EXISTS (SELECT FROM raw.erased_visitors AS erased WHERE erased.tenant_hk = key.tenant_hk)
