-- Whose a token is. $1 token id.
SELECT tenant.tenant_bk AS tenant_id, tenant.tenant_hk
FROM auth.api_tokens AS token
JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = token.tenant_hk
WHERE token.token_id = $1
