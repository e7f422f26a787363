-- Two runs of retention take turns with a tenant's vault: none counts what the other has just taken out. $1 tenant key.
SELECT pg_advisory_xact_lock(hashtextextended('business.retention:' || encode($1::bytea, 'hex'), 0))
