-- Staging holds what is between raw and vault. It is unlogged: after a crash it is empty, the pending marks of the raw
-- layer are not, and the affected requests are staged again (docs/decisions/0004-staging.md).
-- staging_event_id is the raw event's id, so staging the same request twice cannot make a second row.

CREATE UNLOGGED TABLE staging.site_events_staging (
  staging_event_id bigint PRIMARY KEY,
  raw_event_id bigint NOT NULL,
  tenant_hk bytea NOT NULL,
  session_id varchar(300),
  visitor_id varchar(255),
  event_timestamp timestamptz,
  event_type varchar(50),
  event_category varchar(50),
  event_action varchar(50),
  event_label varchar(255),
  event_value integer,
  page_url text,
  page_title text,
  page_referrer text,
  visitor_ip_hash varchar(64),
  user_agent text,
  device_info jsonb,
  business_item_info jsonb,
  transaction_info jsonb,
  custom_properties jsonb,
  validation_status varchar(20) NOT NULL DEFAULT 'PENDING'
    CHECK (validation_status IN ('PENDING', 'VALID', 'INVALID', 'ENRICHED')),
  validation_errors text[],
  enrichment_applied boolean NOT NULL DEFAULT false,
  processing_timestamp timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  record_source varchar(100) NOT NULL,
  -- What the loader needs beyond the plan's columns.
  received_timestamp timestamptz NOT NULL,
  event_id uuid NOT NULL,
  site_id varchar(100) NOT NULL,
  scroll_depth integer,
  time_on_page integer,
  click_x integer,
  click_y integer,
  business_item_type varchar(100),
  transaction_funnel_step varchar(50),
  conversion_funnel_stage varchar(50),
  channel varchar(30),
  bot_reason varchar(100),
  page_key text,
  site_event_hk bytea,
  site_session_hk bytea,
  site_visitor_hk bytea,
  site_page_hk bytea,
  link_session_visitor_hk bytea,
  -- [{"key": …, "business_item_hk": …, "link_event_business_item_hk": …}], one entry per item of the event.
  business_items jsonb
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE INDEX site_events_staging_invalid
  ON staging.site_events_staging (tenant_hk, processing_timestamp)
  WHERE validation_status = 'INVALID';

-- What could not be loaded, with its typed reason and its own bytes. Nothing that was acknowledged is ever only a log line.
CREATE TABLE staging.quarantined_events (
  quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id varchar(255) NOT NULL,
  event_id uuid NOT NULL,
  -- Absent for an event that never got a raw row: a known id with another payload.
  raw_event_id bigint,
  received_timestamp timestamptz NOT NULL,
  quarantined_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  stage varchar(10) NOT NULL CHECK (stage IN ('INGEST', 'STAGING', 'BUSINESS')),
  reason_code varchar(50) NOT NULL,
  reasons text[] NOT NULL,
  original_bytes bytea NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE UNIQUE INDEX quarantined_events_raw_event ON staging.quarantined_events (raw_event_id);

-- A sender that repeats a conflict for ever fills one row.
CREATE UNIQUE INDEX quarantined_events_conflict
  ON staging.quarantined_events (tenant_id, event_id, sha256(original_bytes))
  WHERE raw_event_id IS NULL;

CREATE INDEX quarantined_events_tenant ON staging.quarantined_events (tenant_id, quarantined_at);
