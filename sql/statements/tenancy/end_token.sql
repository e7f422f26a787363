-- Ends a token some hours from now, unless it ends earlier. $1 token id, $2 hours.
UPDATE auth.api_tokens AS token
SET expires_at = least(token.expires_at, CURRENT_TIMESTAMP + make_interval(hours => $2))
WHERE token.token_id = $1
RETURNING token.expires_at
