-- Counts events that retention took out of the vault, by the day of their arrival. $1 tenant id, $2 when each arrived.
INSERT INTO raw.expired_tally AS tally (tenant_id, received_day, kind, events)
SELECT $1, (gone.load_date AT TIME ZONE 'UTC')::date, 'vaulted', count(*)
FROM unnest($2::timestamptz[]) AS gone (load_date)
GROUP BY (gone.load_date AT TIME ZONE 'UTC')::date
ORDER BY (gone.load_date AT TIME ZONE 'UTC')::date
ON CONFLICT (tenant_id, received_day, kind) DO UPDATE SET events = tally.events + EXCLUDED.events
