-- The salt of a tenant's day with its key, each made now when there is none. No row: another process has just made one of them, and
-- the next look sees it. $1 tenant key, $2 day, $3 and $4 32 random bytes to use for the salt and the key if needed.
WITH first_key AS (
  INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
  SELECT $1::bytea, 1, $4::bytea
  WHERE NOT EXISTS (SELECT FROM auth.visitor_keys WHERE tenant_hk = $1)
  ON CONFLICT (tenant_hk, key_version) DO NOTHING
  RETURNING key_version, secret, valid_from
),
keys AS MATERIALIZED (
  SELECT key_version, secret, valid_from FROM first_key
  UNION ALL
  SELECT key_version, secret, valid_from FROM auth.visitor_keys WHERE tenant_hk = $1
),
made AS (
  INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt, key_version)
  SELECT $1::bytea, $2::date, $3::bytea, keys.key_version
  FROM keys
  WHERE keys.valid_from <= $2
  ORDER BY keys.key_version DESC
  LIMIT 1
  ON CONFLICT (tenant_hk, salt_day) DO NOTHING
  RETURNING salt, key_version
),
settled AS (
  SELECT salt, key_version FROM made
  UNION ALL
  SELECT salt, key_version FROM auth.visitor_salts WHERE tenant_hk = $1 AND salt_day = $2
  LIMIT 1
)
SELECT settled.salt, settled.key_version, keys.secret
FROM settled
LEFT JOIN keys ON keys.key_version = settled.key_version
