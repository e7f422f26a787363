-- Days of arrival (UTC) of which retention has taken something out of the vault or the quarantine that the raw layer may still have, as
-- text. $1 tenant id.
SELECT DISTINCT tally.received_day::text AS day
FROM raw.expired_tally AS tally
WHERE tally.tenant_id = $1
  AND EXISTS (
    SELECT
    FROM raw.site_tracking_requests_r AS request
    WHERE request.tenant_id = $1
      AND request.received_timestamp >= tally.received_day::timestamp AT TIME ZONE 'UTC'
      AND request.received_timestamp < (tally.received_day + 1)::timestamp AT TIME ZONE 'UTC'
  )
ORDER BY day
