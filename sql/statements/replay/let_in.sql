-- Lets replays in again.
SELECT pg_advisory_unlock_shared(hashtextextended('onevault.replay', 0))
