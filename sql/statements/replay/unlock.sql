-- Gives the lock of a replay back.
SELECT pg_advisory_unlock(hashtextextended('onevault.replay', 0))
