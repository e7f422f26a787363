-- $1 age in hours.
SELECT auth.forget_salts($1) AS salts
