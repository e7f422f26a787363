-- Takes the lock that only one replay of a database has at a time; it lasts as long as the connection.
SELECT pg_try_advisory_lock(hashtextextended('onevault.replay', 0)) AS is_ours
