-- $1 visitor id.
SELECT auth.forget_exports($1) AS deleted
