-- Waits for the staging transactions under way, and lets those after this transaction see what it has marked.
SELECT pg_advisory_xact_lock(hashtextextended('raw.erased_visitors', 0))
