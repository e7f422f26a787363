-- Jobs whose worker died in the last attempt that is made. $1 attempts that are made, $2 seconds after which a worker is taken for dead.
SELECT job.job_id, job.attempts
FROM auth.privacy_jobs AS job
WHERE job.job_state = 'running'
  AND job.attempts >= $1
  AND job.started_at < CURRENT_TIMESTAMP - make_interval(secs => $2)
