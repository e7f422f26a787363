-- Notes that an operator asks for something for a visitor. $1 kind of job, $2 visitor id.
SELECT auth.request_privacy_job($1, $2, left('operator:' || session_user, 100)) AS job_id
