-- $1 moment of the day whose salts are wanted.
SELECT auth.make_salts($1) AS salts
