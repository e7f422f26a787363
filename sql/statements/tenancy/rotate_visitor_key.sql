-- The next key of a tenant that has one, valid from the next UTC day whose salt is not made yet. $1 tenant key, $2 32 random bytes.
INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret, valid_from)
SELECT
  $1::bytea,
  max(known.key_version) + 1,
  $2::bytea,
  greatest(
    (CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::date + 1,
    (SELECT max(salt.salt_day) + 1 FROM auth.visitor_salts AS salt WHERE salt.tenant_hk = $1)
  )
FROM auth.visitor_keys AS known
WHERE known.tenant_hk = $1
RETURNING key_version, valid_from::text
