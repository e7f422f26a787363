-- Adds a token. $1 hash, $2 tenant key, $3 site id, $4 kind, $5 name, $6 its last four letters, $7 origins or null for the site's,
-- $8 scopes or null for all of its kind, $9 rate limit or null for the environment's, $10 end or null for none.
INSERT INTO auth.api_tokens (
  token_hash, tenant_hk, site_id, token_kind, token_name, last_four, allowed_origins, scopes, rate_limit, expires_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7::text[], $8::text[], $9, $10)
RETURNING token_id, expires_at
