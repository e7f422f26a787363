-- $1 job id, $2 the archive of its export.
UPDATE auth.privacy_jobs SET archive = $2 WHERE job_id = $1 AND job_state = 'done'
