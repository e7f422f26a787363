-- A part of a visitor's export that is done. $1 visitor id, $2 tenant key, $3 first byte (from 1), $4 bytes, $5 which export or null for
-- the newest.
SELECT job.job_id, octet_length(job.archive) AS archive_bytes, substring(job.archive FROM $3 FOR $4) AS bytes
FROM auth.privacy_jobs AS job
WHERE job.tenant_hk = $2
  AND job.visitor_mark = auth.mark_of_visitor($1)
  AND job.archive IS NOT NULL
  AND ($5::uuid IS NULL OR job.job_id = $5)
ORDER BY job.requested_at DESC, job.job_id
LIMIT 1
