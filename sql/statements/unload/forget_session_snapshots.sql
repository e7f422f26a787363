-- Deletes what snapshots say of sessions: they count events that are taken out, and name their items. $1 keys of sessions.
DELETE FROM business.site_session_snapshot_s WHERE site_session_hk = ANY ($1::bytea[])
