-- $1 job id.
SELECT job.archive FROM auth.privacy_jobs AS job WHERE job.job_id = $1 AND job.archive IS NOT NULL
