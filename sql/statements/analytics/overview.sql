-- $1 to $15 as analytics.selected_events takes them.
SELECT analytics.event_overview($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) AS answer
