-- The raw layer: one row per accepted request holding the events' own bytes, see docs/decisions/0003-raw-layer.md.
-- A batch of 100 events is one compressed value instead of 100 rows; raw.site_tracking_events_r shows one row per event.

CREATE SEQUENCE raw.request_id_seq AS bigint;

CREATE TABLE raw.site_tracking_requests_r (
  received_timestamp timestamptz NOT NULL,
  request_id bigint NOT NULL DEFAULT nextval('raw.request_id_seq'),
  tenant_id varchar(255) NOT NULL,
  site_id varchar(100) NOT NULL,
  event_count integer NOT NULL CHECK (event_count BETWEEN 1 AND 1024),
  -- Pseudonyms of the connection's address, and of address and agent; the address itself is never written.
  visitor_ip_hash bytea,
  visitor_key bytea,
  -- Empty when a browser sent none; null when a server spoke, whose own agent says nothing of the visitor.
  user_agent text,
  record_source varchar(100) NOT NULL DEFAULT 'site_tracker',
  event_ids uuid[] NOT NULL,
  -- Events follow one another in body, a line feed between two; byte_lengths says where each ends.
  byte_lengths integer[] NOT NULL,
  body bytea NOT NULL,
  -- Fields beside the events of a batch, which hold for each of them unless it says otherwise.
  envelope jsonb,
  -- What differs from the request for one event, by its ordinal: {"3": {"payload": {…}, "user_agent": "…", …}}.
  event_context jsonb,
  PRIMARY KEY (received_timestamp, request_id)
) PARTITION BY RANGE (received_timestamp);

CREATE INDEX site_tracking_requests_r_tenant
  ON raw.site_tracking_requests_r (tenant_id, received_timestamp) INCLUDE (event_count);

-- Every event id a tenant ever sent, once: the unique key that turns at-least-once into effectively-once.
-- It cannot be partitioned by time, since a retry may come in another week.
CREATE TABLE raw.event_registry (
  event_key uuid PRIMARY KEY,
  payload_fingerprint bigint NOT NULL,
  request_id bigint NOT NULL,
  received_timestamp timestamptz NOT NULL
);

-- Requests that are not in the vault yet: the truth behind the queues, which only carry doorbells.
CREATE TABLE raw.pending_requests (
  request_id bigint PRIMARY KEY,
  received_timestamp timestamptz NOT NULL,
  tenant_id varchar(255) NOT NULL,
  event_count integer NOT NULL,
  stage varchar(10) NOT NULL DEFAULT 'LANDED' CHECK (stage IN ('LANDED', 'STAGED')),
  staged_count integer,
  attempts integer NOT NULL DEFAULT 0,
  rung_at timestamptz NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Creates the weekly partitions up to the given number of weeks ahead of now, continuing after the newest one.
-- ATTACH takes a lock that lets inserts go on; CREATE … PARTITION OF would stop ingest.
CREATE FUNCTION raw.ensure_request_partitions(weeks_ahead integer) RETURNS integer
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  week_start date;
  created integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('raw.ensure_request_partitions', 0));
  SELECT coalesce(
           max(to_date(substring(child.relname FROM '_([0-9]{8})$'), 'YYYYMMDD')) + 7,
           date_trunc('week', now() AT TIME ZONE 'UTC')::date - 7
         )
  INTO week_start
  FROM pg_inherits
  JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
  WHERE pg_inherits.inhparent = 'raw.site_tracking_requests_r'::regclass;

  WHILE week_start < (now() AT TIME ZONE 'UTC')::date + weeks_ahead * 7 LOOP
    EXECUTE format(
      'CREATE TABLE raw.%I (LIKE raw.site_tracking_requests_r INCLUDING ALL)',
      'site_tracking_requests_r_' || to_char(week_start, 'YYYYMMDD')
    );
    EXECUTE format(
      'ALTER TABLE raw.site_tracking_requests_r ATTACH PARTITION raw.%I FOR VALUES FROM (%L) TO (%L)',
      'site_tracking_requests_r_' || to_char(week_start, 'YYYYMMDD'),
      week_start::text || ' 00:00:00+00',
      (week_start + 7)::text || ' 00:00:00+00'
    );
    week_start := week_start + 7;
    created := created + 1;
  END LOOP;
  RETURN created;
END
$$;

SELECT raw.ensure_request_partitions(12);
