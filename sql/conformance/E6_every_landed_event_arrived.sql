-- Every event of the raw layer that is neither on its way nor in quarantine is in the vault, however late it came; but for those that were erased before they came there, and as many of a day's arrivals as retention took out.
WITH absent AS MATERIALIZED (
  SELECT request.tenant_id, (request.received_timestamp AT TIME ZONE 'UTC')::date AS received_day, landed.event_id
  FROM raw.site_tracking_requests_r AS request
  CROSS JOIN LATERAL unnest(request.event_ids) WITH ORDINALITY AS landed (event_id, place)
  LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = request.tenant_id
  WHERE NOT EXISTS (SELECT 1 FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
    AND request.event_context #> ARRAY[(landed.place - 1)::text, 'erased', 'dropped'] IS NULL
    AND NOT EXISTS (
      SELECT 1
      FROM staging.quarantined_events AS refused
      WHERE refused.raw_event_id = request.request_id * 1024 + landed.place - 1
    )
    AND NOT EXISTS (
      SELECT 1
      FROM business.site_event_nl AS event
      WHERE event.tenant_hk = tenant.tenant_hk
        AND event.site_event_bk = landed.event_id
    )
),
expired AS (
  SELECT tally.tenant_id, tally.received_day, sum(tally.events) AS events
  FROM raw.expired_tally AS tally
  GROUP BY tally.tenant_id, tally.received_day
)
SELECT 'site_event_h' AS relation, uuid_send(absent.event_id) AS offending_key
FROM absent
JOIN (
  SELECT absent.tenant_id, absent.received_day, count(*) AS events FROM absent GROUP BY absent.tenant_id, absent.received_day
) AS counted ON counted.tenant_id = absent.tenant_id AND counted.received_day = absent.received_day
LEFT JOIN expired ON expired.tenant_id = absent.tenant_id AND expired.received_day = absent.received_day
WHERE counted.events > coalesce(expired.events, 0)
