-- How many seconds the oldest job waits that has not ended; 0 when there is none.
SELECT coalesce(extract(epoch FROM CURRENT_TIMESTAMP - min(job.requested_at)), 0)::float8 AS seconds
FROM auth.privacy_jobs AS job
WHERE job.job_state IN ('waiting', 'running')
