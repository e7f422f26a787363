-- Ends jobs that are still this worker's, and forgets whose they were; an erasure takes the visitor's exports with it, by whichever of
-- their ids each was asked for, and erasures of theirs that had failed. $1 job ids, $2 the attempt of each, $3 results, $4 when.
WITH finished AS (
  UPDATE auth.privacy_jobs AS job
  SET job_state = 'done', finished_at = $4, visitor_id = NULL, failure = NULL, result = done.result
  FROM unnest($1::uuid[], $2::integer[], $3::jsonb[]) AS done (job_id, attempt, result)
  WHERE job.job_id = done.job_id
    AND job.job_state = 'running'
    AND job.attempts = done.attempt
  RETURNING job.job_id, job.tenant_hk, job.job_kind, job.visitor_mark, job.stored_mark, job.requested_by
),
forgotten AS (
  DELETE FROM auth.privacy_jobs AS job
  USING finished
  WHERE finished.job_kind = 'erasure'
    AND (job.job_kind = 'export' OR job.job_state = 'failed')
    AND job.tenant_hk = finished.tenant_hk
    AND ARRAY[job.visitor_mark, job.stored_mark] && ARRAY[finished.visitor_mark, finished.stored_mark]
)
INSERT INTO auth.audit_log (tenant_hk, actor, action, outcome, subject)
SELECT finished.tenant_hk, finished.requested_by, 'visitor.' || finished.job_kind, 'done', finished.job_id::text
FROM finished
