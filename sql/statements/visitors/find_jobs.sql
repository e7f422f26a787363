-- What was asked for a visitor, the newest first. $1 visitor id, $2 tenant key, $3 how many.
SELECT
  job.job_id,
  job.job_kind,
  job.job_state,
  job.requested_at,
  job.finished_at,
  CASE WHEN job.job_state = 'done' THEN job.result END AS result,
  octet_length(job.archive) AS archive_bytes
FROM auth.privacy_jobs AS job
WHERE job.tenant_hk = $2
  AND job.visitor_mark = auth.mark_of_visitor($1)
ORDER BY job.requested_at DESC, job.job_id
LIMIT $3
