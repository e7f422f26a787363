-- $1 first day of the week, $2 as of when.
SELECT raw.drop_expired_week($1, $2) AS is_done
