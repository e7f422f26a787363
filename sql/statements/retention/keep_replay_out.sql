-- Keeps a replay from beginning until the transaction ends: it would mark requests that are being deleted. False while one is under way.
SELECT pg_try_advisory_xact_lock_shared(hashtextextended('onevault.replay', 0)) AS is_ours
