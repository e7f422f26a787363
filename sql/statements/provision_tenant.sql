-- Makes a site unless it is there, and adds tokens.
-- $1 tenant key, $2 site id, $3 site name, $4 hashes of the tokens, $5 their kinds.
WITH site AS (
  INSERT INTO auth.sites (tenant_hk, site_id, site_name)
  VALUES ($1, $2, $3)
  ON CONFLICT (tenant_hk, site_id) DO NOTHING
)
INSERT INTO auth.api_tokens (token_hash, tenant_hk, site_id, token_kind)
SELECT issued.token_hash, $1, $2, issued.token_kind
FROM unnest($4::bytea[], $5::text[]) AS issued (token_hash, token_kind)
