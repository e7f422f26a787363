-- Takes over keys of tenants who have none, and returns those of whom another is known. For each $1 tenant key, $2 version, $3 secret.
WITH given AS MATERIALIZED (
  SELECT DISTINCT key.tenant_hk, key.version, key.secret
  FROM unnest($1::bytea[], $2::smallint[], $3::bytea[]) AS key (tenant_hk, version, secret)
),
added AS (
  INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
  SELECT given.tenant_hk, given.version, given.secret
  FROM given
  ON CONFLICT (tenant_hk, key_version) DO NOTHING
)
SELECT known.tenant_hk
FROM given
JOIN auth.visitor_keys AS known ON known.tenant_hk = given.tenant_hk AND known.key_version = given.version
WHERE known.secret <> given.secret
