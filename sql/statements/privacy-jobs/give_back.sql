-- Gives back jobs that could not be begun, without counting the attempt. $1 job ids, $2 the attempt of each, $3 what was in the way.
UPDATE auth.privacy_jobs AS job
SET job_state = 'waiting', attempts = job.attempts - 1, failure = $3
FROM unnest($1::uuid[], $2::integer[]) AS given (job_id, attempt)
WHERE job.job_id = given.job_id
  AND job.job_state = 'running'
  AND job.attempts = given.attempt
