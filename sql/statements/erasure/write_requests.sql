-- Writes over what requests of the raw layer hold. For each $1 its id, $2 when it arrived, $3 its body, $4 the lengths of its events
-- as a JSON array, $5 context (jsonb text) or null, $6 whether nothing in it is left of whoever sent it, $7 whether
-- none of what is left needs the pseudonym of the connection to say whose it is.
-- The envelope has become a part of the events that stay.
UPDATE raw.site_tracking_requests_r AS request
SET
  body = written.body,
  byte_lengths = ARRAY(
    SELECT length.value::integer
    FROM json_array_elements_text(written.lengths::json) WITH ORDINALITY AS length (value, place)
    ORDER BY length.place
  ),
  envelope = NULL,
  event_context = written.context::jsonb,
  user_agent = CASE WHEN NOT written.is_empty THEN request.user_agent END,
  visitor_ip_hash = CASE WHEN NOT written.is_empty THEN request.visitor_ip_hash END,
  visitor_key = CASE WHEN NOT written.is_named THEN request.visitor_key END,
  trace_id = CASE WHEN NOT written.is_empty THEN request.trace_id END
FROM unnest($1::bigint[], $2::timestamptz[], $3::bytea[], $4::text[], $5::text[], $6::boolean[], $7::boolean[])
  AS written (request_id, received_timestamp, body, lengths, context, is_empty, is_named)
WHERE request.received_timestamp = written.received_timestamp
  AND request.request_id = written.request_id
