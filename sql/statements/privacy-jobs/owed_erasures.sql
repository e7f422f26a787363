-- Visitors whom a tenant owes an erasure, whether it waits, is under way or has failed. $1 tenant key.
SELECT job.visitor_id
FROM auth.privacy_jobs AS job
WHERE job.tenant_hk = $1
  AND job.job_kind = 'erasure'
  AND job.visitor_id IS NOT NULL
