-- Takes the job that has waited longest, or was left by a worker that died; with an erasure those of the same tenant that wait as well,
-- since many together cost little more than one. What has failed once is taken alone, so that it takes no other with it.
-- $1 job ids, or null for any; $2 jobs that are passed over; $3 attempts that are made; $4 seconds after which a worker is taken for dead;
-- $5 erasures taken at once.
WITH due AS MATERIALIZED (
  SELECT job.job_id, job.tenant_hk, tenant.tenant_bk::text AS tenant_id, job.job_kind, job.requested_at, job.attempts
  FROM auth.privacy_jobs AS job
  JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = job.tenant_hk
  WHERE ($1::uuid[] IS NULL OR job.job_id = ANY ($1::uuid[]))
    AND job.job_id <> ALL ($2::uuid[])
    AND job.attempts < $3
    AND (
      job.job_state = 'waiting'
      OR (job.job_state = 'running' AND job.started_at < CURRENT_TIMESTAMP - make_interval(secs => $4))
    )
  FOR UPDATE OF job SKIP LOCKED
),
first AS (
  SELECT * FROM due ORDER BY due.requested_at, due.job_id LIMIT 1
),
chosen AS (
  SELECT due.job_id, due.tenant_id
  FROM due
  JOIN first ON first.tenant_hk = due.tenant_hk AND first.job_kind = due.job_kind
  WHERE due.job_id = first.job_id
     OR (first.job_kind = 'erasure' AND first.attempts = 0 AND due.attempts = 0)
  ORDER BY due.requested_at, due.job_id
  LIMIT $5
)
UPDATE auth.privacy_jobs AS job
SET job_state = 'running', started_at = CURRENT_TIMESTAMP, attempts = job.attempts + 1
FROM chosen
WHERE job.job_id = chosen.job_id
RETURNING job.job_id, job.tenant_hk, chosen.tenant_id, job.job_kind, job.visitor_id, job.attempts, job.result -> 'found' AS found
