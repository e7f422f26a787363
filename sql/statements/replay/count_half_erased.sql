-- How many erasures have begun and not ended: their visitors are kept out already, so what a rebuild loads would be without their events,
-- of which everything that is counted has to stay. $1 tenant keys.
SELECT count(*)::integer AS erasures
FROM auth.privacy_jobs AS job
WHERE job.tenant_hk = ANY ($1::bytea[])
  AND job.job_kind = 'erasure'
  AND job.visitor_id IS NOT NULL
  AND job.attempts > 0
