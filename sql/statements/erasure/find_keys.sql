-- Keys of the tenants who have erased anybody. $1 tenant keys.
SELECT key.tenant_hk, key.secret
FROM auth.visitor_keys AS key
WHERE key.tenant_hk = ANY ($1::bytea[])
  AND EXISTS (SELECT FROM raw.erased_visitors AS erased WHERE erased.tenant_hk = key.tenant_hk)
