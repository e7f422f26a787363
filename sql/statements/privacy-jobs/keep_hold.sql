-- Says that the worker of jobs is alive. $1 job ids, $2 the attempt of each.
UPDATE auth.privacy_jobs AS job
SET started_at = CURRENT_TIMESTAMP
FROM unnest($1::uuid[], $2::integer[]) AS held (job_id, attempt)
WHERE job.job_id = held.job_id
  AND job.job_state = 'running'
  AND job.attempts = held.attempt
