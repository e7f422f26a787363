-- Windows that are over say nothing any more. $1 age in minutes.
DELETE FROM auth.token_usage WHERE window_start < CURRENT_TIMESTAMP - make_interval(mins => $1)
