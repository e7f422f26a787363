-- Waits until no visitor is being marked as erased. Whoever asks for marks in a later statement of the transaction sees them all: one that
-- both waits and asks would ask as of before it waited.
SELECT pg_advisory_xact_lock_shared(hashtextextended('raw.erased_visitors', 0))
