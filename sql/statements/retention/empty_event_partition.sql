-- $1 first day of the partition, $2 first day after it.
SELECT business.empty_event_partition($1, $2) AS is_done
