-- $1 age in hours.
DELETE FROM auth.visitor_salts WHERE created_at < CURRENT_TIMESTAMP - make_interval(hours => $1)
