-- Notes events of a caller's tenant that were refused at the door. $1 tenant key, $2 tenant id, $3 how many arrived; for each
-- reason $4 its code and $5 how many events.
SELECT raw.note_refused_for($1, $2, $3, $4, $5)
