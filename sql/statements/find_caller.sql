-- Who holds a token, with what its tenant and its site have set. $1 SHA-256 of the token.
SELECT
  caller.token_id,
  caller.tenant_id,
  caller.tenant_hk,
  caller.site_id,
  caller.token_kind,
  caller.scopes,
  coalesce(caller.token_origins, caller.site_origins) AS origins,
  caller.rate_limit,
  caller.expires_at,
  caller.site_tracking
FROM auth.find_caller($1) AS caller
