-- Quarantined events of a tenant, page by page. $1 tenant id, $2 id after which the page begins, $3 how many at the most, $4 whether only
-- second payloads under a known id are meant, which have no row in the raw layer, $5 bytes after which the page ends.
SELECT
  page.quarantine_id::text AS quarantine_id,
  page.raw_event_id::text AS raw_event_id,
  page.event_id,
  page.received_timestamp,
  page.original_bytes,
  page.envelope,
  encode(page.visitor_key, 'hex') AS visitor_key
FROM (
  SELECT
    quarantine.*,
    sum(octet_length(quarantine.original_bytes)) OVER (ORDER BY quarantine.quarantine_id) AS bytes_so_far
  FROM (
    SELECT each.*
    FROM staging.quarantined_events AS each
    WHERE each.tenant_id = $1
      AND each.quarantine_id > $2::bigint
      AND (each.raw_event_id IS NULL OR NOT $4)
    ORDER BY each.quarantine_id
    LIMIT $3
  ) AS quarantine
) AS page
WHERE page.bytes_so_far - octet_length(page.original_bytes) < $5
ORDER BY page.quarantine_id
