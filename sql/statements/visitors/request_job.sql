-- Notes that a visitor asks for something. $1 kind of job, $2 visitor id, $3 who asks for them.
SELECT auth.request_privacy_job($1, $2, $3) AS job_id
