-- What has become of jobs. $1 job ids.
SELECT job.job_id, job.job_state, job.failure, CASE WHEN job.job_state = 'done' THEN job.result END AS result
FROM auth.privacy_jobs AS job
WHERE job.job_id = ANY ($1::uuid[])
ORDER BY job.requested_at, job.job_id
