-- Taking events out of the vault again, and erasing visitors (docs/decisions/0024-erasure.md).

-- ── Taking events out ─────────────────────────────────────────────────────────────────────────────────────────────────────

-- Pages, items, states and sources that events were taken from, until somebody has looked whether others name them still.
CREATE TABLE staging.unsettled_keys (
  tenant_hk bytea NOT NULL,
  kind varchar(20) NOT NULL
    CHECK (kind IN ('page_origin', 'page_seen', 'page_state', 'item_origin', 'item_seen', 'item_state', 'source')),
  -- Key of the page or item; empty for a source.
  key_hk bytea NOT NULL,
  -- Id of the state or source; 0 for a page or item.
  state_id bigint NOT NULL,
  PRIMARY KEY (tenant_hk, kind, key_hk, state_id)
);
SELECT auth.isolate('staging.unsettled_keys', NULL);
GRANT SELECT, INSERT, DELETE ON staging.unsettled_keys TO onevault_maintenance;

-- Maintenance takes out what has expired or is to be erased; nobody changes what stays.
GRANT DELETE ON
  business.session_slice_h, business.site_visitor_h, business.site_page_h, business.business_item_h,
  business.session_slice_visitor_l, business.site_event_nl, business.event_business_item_nl,
  business.site_visitor_state_r, business.site_page_state_r, business.business_item_state_r, business.traffic_source_r,
  business.site_visitor_history, business.site_page_history, business.business_item_history, business.site_page_visitors,
  business.site_session_snapshot_s, business.site_visitor_snapshot_s, business.site_page_snapshot_s,
  business.business_item_snapshot_s
  TO onevault_maintenance;

-- ── Erasure ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Who was erased, by a keyed hash of the visitor's id: no event of theirs is loaded ever again, wherever it comes from.
CREATE TABLE raw.erased_visitors (
  tenant_hk bytea NOT NULL,
  visitor_mark bytea NOT NULL CHECK (octet_length(visitor_mark) = 32),
  -- Of the key that the mark was made with.
  key_version smallint NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (tenant_hk, visitor_mark)
);
SELECT auth.isolate('raw.erased_visitors', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT ON raw.erased_visitors TO onevault_loader;
GRANT INSERT ON raw.erased_visitors TO onevault_maintenance;

-- How many events were erased, by the day of arrival (UTC): anonymised ones stand in the vault as somebody's nobody knows, or had expired
-- there; dropped ones had not reached it, and of conflicts there was a row in quarantine only.
CREATE TABLE raw.erased_tally (
  tenant_id varchar(255) NOT NULL,
  received_day date NOT NULL,
  kind varchar(20) NOT NULL CHECK (kind IN ('anonymised', 'dropped', 'conflict')),
  events bigint NOT NULL CHECK (events > 0),
  erased_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX erased_tally_day ON raw.erased_tally (tenant_id, received_day);
SELECT auth.isolate('raw.erased_tally', 'tenant_id = (SELECT auth.acting_tenant_id())');
GRANT SELECT ON raw.erased_tally TO onevault_reader;
GRANT SELECT, INSERT ON raw.erased_tally TO onevault_loader;

-- Whose a second payload under a known id is may be said by its batch or its connection alone, and there is no raw row to ask.
ALTER TABLE staging.quarantined_events
  ADD COLUMN envelope jsonb,
  ADD COLUMN visitor_key bytea,
  ADD CHECK (raw_event_id IS NULL OR (envelope IS NULL AND visitor_key IS NULL));

-- Second payloads lie among what staging refused, which is mostly more.
CREATE INDEX quarantined_events_rowless ON staging.quarantined_events (tenant_id, quarantine_id) WHERE raw_event_id IS NULL;

-- Up to which second payload each tenant's were asked whether an erased visitor sent them.
CREATE TABLE staging.judged_conflicts (
  tenant_hk bytea PRIMARY KEY,
  quarantine_id bigint NOT NULL
);
SELECT auth.isolate('staging.judged_conflicts', NULL);
GRANT SELECT, INSERT, UPDATE ON staging.judged_conflicts TO onevault_maintenance;

-- Bytes of the erased are written over, by staging for what arrives late and by maintenance for what is there.
GRANT UPDATE (body, byte_lengths, envelope, event_context, user_agent, visitor_ip_hash, visitor_key, trace_id)
  ON raw.site_tracking_requests_r TO onevault_loader;
GRANT INSERT, UPDATE ON analytics.stale_metric_days TO onevault_maintenance;

-- As before; where a neighbour was erased, what a batch said for all its events has become a part of each (`with_envelope`).
CREATE OR REPLACE VIEW raw.site_tracking_events_r WITH (security_invoker = true) AS
SELECT
  request.request_id * 1024 + event.ordinal AS raw_event_id,
  request.tenant_id,
  request.received_timestamp,
  NULL::inet AS client_ip,
  coalesce(event.context ->> 'user_agent', request.user_agent) AS user_agent,
  coalesce(request.envelope, '{}'::jsonb)
    || coalesce(
      event.context -> 'payload',
      convert_from(substring(request.body FROM event.first_byte FOR event.byte_length), 'UTF8')::jsonb
    ) AS raw_payload,
  ('BATCH_' || to_char(request.received_timestamp AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS') || '_' || request.request_id)::varchar(100)
    AS batch_id,
  (
    CASE
      WHEN quarantine.quarantine_id IS NOT NULL THEN 'ERROR'
      WHEN pending.stage = 'STAGED' THEN 'PROCESSING'
      WHEN pending.stage = 'LANDED' THEN 'PENDING'
      ELSE 'PROCESSED'
    END
  )::varchar(20) AS processing_status,
  array_to_string(quarantine.reasons, '; ') AS error_message,
  coalesce(pending.attempts, 0) AS retry_count,
  request.record_source,
  substring(request.body FROM event.first_byte FOR event.byte_length) AS original_bytes,
  request.site_id,
  event.event_id,
  coalesce(event.context ? 'payload' AND NOT event.context ? 'with_envelope', false) AS value_altered
FROM raw.site_tracking_requests_r AS request
CROSS JOIN LATERAL (
  SELECT
    (item.ordinality - 1)::integer AS ordinal,
    item.event_id,
    item.byte_length,
    (sum(item.byte_length + 1) OVER (ORDER BY item.ordinality) - item.byte_length)::integer AS first_byte,
    context.value AS context
  FROM unnest(request.event_ids, request.byte_lengths) WITH ORDINALITY AS item (event_id, byte_length, ordinality)
  LEFT JOIN jsonb_each(request.event_context) AS context ON context.key = (item.ordinality - 1)::text
) AS event
LEFT JOIN raw.pending_requests AS pending ON pending.request_id = request.request_id
LEFT JOIN staging.quarantined_events AS quarantine
  ON quarantine.raw_event_id = request.request_id * 1024 + event.ordinal;

-- ── Statistics ────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The planner keeps samples of values, which outlive the rows: not of columns in which people leave their own, nor of salts, without
-- which a pseudonym leads nowhere.
DO $$
DECLARE
  personal record;
BEGIN
  FOR personal IN
    SELECT format('%I.%I', namespace.nspname, relation.relname) AS relation, attribute.attname
    FROM (
      VALUES
        ('auth.visitor_salts', '{salt}'),
        ('raw.site_tracking_requests_r', '{body,envelope,event_context,user_agent,visitor_ip_hash,visitor_key}'),
        ('staging.site_events_staging', '{session_id,visitor_id,event_label,page_url,page_title,page_referrer,visitor_ip_hash,user_agent,device_info,business_items,business_item_info,transaction_info,custom_properties,page_query,utm_content,utm_term}'),
        ('staging.quarantined_events', '{original_bytes,reasons,envelope,visitor_key}'),
        ('business.site_visitor_h', '{site_visitor_bk}'),
        ('business.session_slice_h', '{session_slice_bk}'),
        ('business.site_visitor_state_r', '{visitor_ip_hash,user_agent,screen_resolution,viewport_size,timezone,language}'),
        ('business.site_event_nl', '{event_label,page_query,page_url,page_referrer,custom_properties}'),
        ('business.site_page_state_r', '{page_title}'),
        ('business.traffic_source_r', '{utm_content,utm_term}'),
        ('business.site_session_snapshot_s', '{items_viewed,business_context}'),
        ('business.site_visitor_snapshot_s', '{favorite_items}')
    ) AS listed (relation, columns)
    JOIN pg_class AS relation ON relation.oid = listed.relation::regclass
    JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attname = ANY (listed.columns::name[])
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', personal.relation, personal.attname);
  END LOOP;
END
$$;

-- What was sampled before stays until it is cleared.
DO $$
BEGIN
  PERFORM pg_clear_attribute_stats(namespace.nspname::text, relation.relname::text, attribute.attname::text, is_inherited)
  FROM pg_attribute AS attribute
  JOIN pg_class AS relation ON relation.oid = attribute.attrelid AND relation.relkind IN ('r', 'p')
  JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  CROSS JOIN unnest(ARRAY[false, true]) AS is_inherited
  WHERE attribute.attnum > 0
    AND attribute.attstattarget = 0;
END
$$;

-- A partition is reached through its parent only: it has no grants, and no policy that would let anybody see a row. What the planner
-- may keep of its columns is the parent's affair as well.
CREATE OR REPLACE FUNCTION auth.isolate_partitions() RETURNS integer
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  partition record;
  untold name;
  isolated integer := 0;
BEGIN
  FOR partition IN
    SELECT child.oid::regclass AS relation, pg_inherits.inhparent
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent IN ('raw.site_tracking_requests_r'::regclass, 'business.site_event_nl'::regclass)
      AND NOT (child.relrowsecurity AND child.relforcerowsecurity)
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition.relation);
    FOR untold IN
      SELECT attname FROM pg_attribute WHERE attrelid = partition.inhparent AND attstattarget = 0
    LOOP
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', partition.relation, untold);
    END LOOP;
    isolated := isolated + 1;
  END LOOP;
  RETURN isolated;
END
$$;
