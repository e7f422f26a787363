-- The salt of a tenant's day, made now when the day has none. $1 tenant key, $2 day, $3 32 random bytes to use if needed.
WITH made AS (
  INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt)
  VALUES ($1, $2, $3)
  ON CONFLICT (tenant_hk, salt_day) DO NOTHING
  RETURNING salt
)
SELECT salt FROM made
UNION ALL
SELECT salt FROM auth.visitor_salts WHERE tenant_hk = $1 AND salt_day = $2
LIMIT 1
