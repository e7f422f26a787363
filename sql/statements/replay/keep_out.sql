-- Keeps replays out for as long as the connection lasts, or until it is given back. False while one is under way.
SELECT pg_try_advisory_lock_shared(hashtextextended('onevault.replay', 0)) AS is_ours
