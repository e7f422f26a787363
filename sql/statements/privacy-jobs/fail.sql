-- Gives back jobs that failed, or ends those that have failed too often. Of an erasure it is kept whose it is: it is still owed.
-- $1 job ids, $2 the attempt of each, $3 kind of error, $4 attempts that are made.
WITH failed AS (
  UPDATE auth.privacy_jobs AS job
  SET
    job_state = CASE WHEN job.attempts >= $4 THEN 'failed' ELSE 'waiting' END,
    visitor_id = CASE WHEN job.attempts < $4 OR job.job_kind = 'erasure' THEN job.visitor_id END,
    finished_at = CASE WHEN job.attempts >= $4 THEN CURRENT_TIMESTAMP END,
    failure = $3
  FROM unnest($1::uuid[], $2::integer[]) AS given (job_id, attempt)
  WHERE job.job_id = given.job_id
    AND job.job_state = 'running'
    AND job.attempts = given.attempt
  RETURNING job.job_id, job.job_state, job.tenant_hk, job.job_kind, job.requested_by
),
ended AS (
  SELECT * FROM failed WHERE failed.job_state = 'failed'
),
noted AS (
  INSERT INTO auth.audit_log (tenant_hk, actor, action, outcome, reason, subject)
  SELECT ended.tenant_hk, ended.requested_by, 'visitor.' || ended.job_kind, 'refused', 'failed', ended.job_id::text
  FROM ended
)
SELECT count(*)::integer AS ended FROM ended
