-- The trace that a request belongs to: 16 bytes by W3C Trace Context, from the caller's first span to the vault. Null where nobody
-- traces: events of before, and those that SQL lands outside a trace.
ALTER TABLE raw.site_tracking_requests_r ADD COLUMN trace_id uuid;
-- Apart from the column, so that it is for new rows only: a table of years is not written again.
ALTER TABLE raw.site_tracking_requests_r
  ALTER COLUMN trace_id SET DEFAULT nullif(current_setting('app.trace_id', true), '')::uuid;

-- Lands a request as a part of a trace. Functions of the release before call the one without.
CREATE FUNCTION raw.land_request_for(
  tenant_hk bytea,
  tenant_id text,
  site_id text,
  record_source text,
  user_agent text,
  visitor_ip_hash bytea,
  visitor_key bytea,
  bodies bytea,
  event_keys uuid[],
  event_ids uuid[],
  payload_fingerprints bigint[],
  first_bytes integer[],
  byte_lengths integer[],
  contexts text[],
  envelope jsonb,
  trace_id uuid
) RETURNS TABLE (index integer, request_id bigint, is_conflict boolean, is_raced boolean)
  LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM set_config('app.trace_id', coalesce(land_request_for.trace_id::text, ''), true);
  RETURN QUERY
    SELECT landed.index, landed.request_id, landed.is_conflict, landed.is_raced
    FROM raw.land_request_for(
      land_request_for.tenant_hk, land_request_for.tenant_id, land_request_for.site_id, land_request_for.record_source,
      land_request_for.user_agent, land_request_for.visitor_ip_hash, land_request_for.visitor_key, land_request_for.bodies,
      land_request_for.event_keys, land_request_for.event_ids, land_request_for.payload_fingerprints,
      land_request_for.first_bytes, land_request_for.byte_lengths, land_request_for.contexts, land_request_for.envelope
    ) AS landed;
END
$$;
