-- Makes a tenant and a site unless they are there, and adds tokens.
-- $1 tenant id, $2 site id, $3 site name, $4 hashes of the tokens, $5 their kinds.
WITH tenant AS (
  INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source)
  VALUES (util.hash_binary($1), $1, 'site_tracker')
  ON CONFLICT (tenant_hk) DO NOTHING
),
site AS (
  INSERT INTO auth.sites (tenant_hk, site_id, site_name)
  VALUES (util.hash_binary($1), $2, $3)
  ON CONFLICT (tenant_hk, site_id) DO NOTHING
)
INSERT INTO auth.api_tokens (token_hash, tenant_hk, site_id, token_kind)
SELECT issued.token_hash, util.hash_binary($1), $2, issued.token_kind
FROM unnest($4::bytea[], $5::text[]) AS issued (token_hash, token_kind)
