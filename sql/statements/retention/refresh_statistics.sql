-- $1 a table with its schema.
SELECT auth.refresh_statistics($1::regclass)
