-- Hourly snapshots of pages. $1 tenant key, $2 what counts as now, $3 how many keys at the most.
SELECT business.snapshot_pages($1, $2, $3) AS handled
