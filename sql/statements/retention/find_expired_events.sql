-- Events of the vault that their tenant no longer keeps, a visitor's side by side. $1 tenant id, $2 tenant key, $3 cut-off, $4 how many
-- at the most.
SELECT event.site_event_hk, event.load_date
FROM business.expired_events($1, $2, $3) AS event
LIMIT $4
