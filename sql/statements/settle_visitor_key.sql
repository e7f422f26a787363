-- The key of a tenant that is valid on a day; the first is made now when there is none. No row: another process has just made it, and
-- the next look sees it. $1 tenant key, $2 day, $3 32 random bytes to use if needed.
WITH first_key AS (
  INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
  SELECT $1::bytea, 1, $3::bytea
  WHERE NOT EXISTS (SELECT FROM auth.visitor_keys WHERE tenant_hk = $1)
  ON CONFLICT (tenant_hk, key_version) DO NOTHING
  RETURNING key_version, secret, valid_from
)
SELECT key_version, secret
FROM (
  SELECT key_version, secret, valid_from FROM first_key
  UNION ALL
  SELECT key_version, secret, valid_from FROM auth.visitor_keys WHERE tenant_hk = $1
) AS keys
WHERE valid_from <= $2
ORDER BY key_version DESC
LIMIT 1
