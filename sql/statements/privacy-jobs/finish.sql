-- Ends jobs that are still this worker's, and forgets whose they were; an erasure takes the visitor's exports with it. $1 job ids, $2 the
-- attempt of each, $3 results, $4 when.
WITH finished AS (
  UPDATE auth.privacy_jobs AS job
  SET job_state = 'done', finished_at = $4, visitor_id = NULL, failure = NULL, result = done.result
  FROM unnest($1::uuid[], $2::integer[], $3::jsonb[]) AS done (job_id, attempt, result)
  WHERE job.job_id = done.job_id
    AND job.job_state = 'running'
    AND job.attempts = done.attempt
  RETURNING job.job_id, job.tenant_hk, job.job_kind, job.visitor_mark, job.requested_by
),
forgotten AS (
  DELETE FROM auth.privacy_jobs AS export
  USING finished
  WHERE finished.job_kind = 'erasure'
    AND export.job_kind = 'export'
    AND export.tenant_hk = finished.tenant_hk
    AND export.visitor_mark = finished.visitor_mark
)
INSERT INTO auth.audit_log (tenant_hk, actor, action, outcome, subject)
SELECT finished.tenant_hk, finished.requested_by, 'visitor.' || finished.job_kind, 'done', finished.job_id::text
FROM finished
