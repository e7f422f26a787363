-- Takes sessions out of the accumulator. $1 keys of sessions.
DELETE FROM business.site_session_acc WHERE site_session_hk = ANY ($1::bytea[])
