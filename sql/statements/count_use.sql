-- Counts what a token used in a window. $1 SHA-256 of the token, $2 start of the window, $3 units.
SELECT auth.count_use($1, $2, $3)::text AS used
