-- Notes how many events were erased. $1 tenant id, and for each event $2 when it arrived and $3 how it went.
INSERT INTO raw.erased_tally (tenant_id, received_day, kind, events)
SELECT $1, (event.received AT TIME ZONE 'UTC')::date, event.kind, count(*)
FROM unnest($2::timestamptz[], $3::text[]) AS event (received, kind)
GROUP BY 2, 3
ORDER BY 2, 3
