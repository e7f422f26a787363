-- Whether any site or token allows calls from an origin. $1 origin.
SELECT auth.is_known_origin($1) AS is_known
