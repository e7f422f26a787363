-- Keeps what jobs found before they changed anything, so that a second attempt does not say less. $1 job ids, $2 what each found.
UPDATE auth.privacy_jobs AS job
SET result = jsonb_build_object('found', noted.found)
FROM unnest($1::uuid[], $2::jsonb[]) AS noted (job_id, found)
WHERE job.job_id = noted.job_id
  AND job.result IS NULL
