-- Closes and snapshots sessions. $1 tenant key, $2 what counts as now, $3 how many keys at the most.
SELECT business.close_sessions($1, $2, $3) AS handled
