-- Marks the days that newly arrived events changed, those of one day of arrivals while it is behind. Answers with whether there are more.
SELECT analytics.note_stale_days() AS is_behind
