-- The complete vault (docs/decisions/0008 to 0010). The shape of the event part changes, and the raw layer holds everything that
-- is needed to build it again: what 0004 made is dropped and every request of the raw layer is marked to be loaded anew.

DROP VIEW business.site_event_h, business.event_session_l, business.event_page_l, business.site_event_details_s;
DROP TABLE business.site_event_nl, business.event_business_item_l, business.session_visitor_l, business.site_session_h;
TRUNCATE business.site_visitor_h, business.site_page_h, business.business_item_h;

INSERT INTO business.site_page_h (site_page_hk, site_page_bk, tenant_hk, load_date, record_source)
VALUES (decode(repeat('00', 20), 'hex'), '(no page)', decode(repeat('00', 32), 'hex'), '1900-01-01 00:00:00+00', 'SYSTEM');

INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
SELECT request_id, received_timestamp, tenant_id, event_count, received_timestamp
FROM raw.site_tracking_requests_r
ON CONFLICT (request_id) DO UPDATE SET stage = 'LANDED', staged_count = NULL;

-- Staging anew, with what every loading statement reads at the head of the row: a column is reached over all before it.
DROP TABLE staging.site_events_staging;

CREATE UNLOGGED TABLE staging.site_events_staging (
  staging_event_id bigint PRIMARY KEY,
  raw_event_id bigint NOT NULL,
  received_timestamp timestamptz NOT NULL,
  event_timestamp timestamptz,
  -- Start of the half hour that a session's slice covers; null when the client named its session.
  slice_start timestamptz,
  visitor_state_id bigint,
  page_state_id bigint,
  traffic_source_id bigint,
  event_value integer,
  describes_visitor boolean,
  tenant_hk bytea NOT NULL,
  site_event_hk bytea,
  session_slice_hk bytea,
  site_visitor_hk bytea,
  site_page_hk bytea,
  link_session_visitor_hk bytea,
  record_source varchar(100) NOT NULL,
  validation_status varchar(20) NOT NULL DEFAULT 'PENDING'
    CHECK (validation_status IN ('PENDING', 'VALID', 'INVALID', 'ENRICHED')),
  event_type varchar(50),
  event_action varchar(50),
  -- One entry per item of the event: its keys in hexadecimal, its state and the state's id.
  business_items jsonb,
  session_id varchar(300),
  visitor_id varchar(255),
  page_key text,
  event_category varchar(50),
  event_label varchar(255),
  page_url text,
  page_title text,
  page_referrer text,
  visitor_ip_hash varchar(64),
  user_agent text,
  device_info jsonb,
  business_item_info jsonb,
  transaction_info jsonb,
  custom_properties jsonb,
  validation_errors text[],
  enrichment_applied boolean NOT NULL DEFAULT false,
  processing_timestamp timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  event_id uuid NOT NULL,
  site_id varchar(100) NOT NULL,
  scroll_depth integer,
  time_on_page integer,
  click_x integer,
  click_y integer,
  business_item_type varchar(100),
  transaction_funnel_step varchar(50),
  conversion_funnel_stage varchar(50),
  bot_reason varchar(100),
  -- What follows the page's key in its address, or null when the address does not start with the key.
  page_query text,
  page_path text,
  page_hostname varchar(255),
  page_category varchar(50),
  page_type varchar(50),
  channel varchar(30),
  referrer_host varchar(255),
  utm_source varchar(100),
  utm_medium varchar(100),
  utm_campaign varchar(100),
  utm_content varchar(100),
  utm_term varchar(100)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE INDEX site_events_staging_invalid
  ON staging.site_events_staging (tenant_hk, processing_timestamp)
  WHERE validation_status = 'INVALID';

-- The time in the first six bytes of an event's key, in milliseconds since 1970.
CREATE FUNCTION util.event_time(event_key bytea) RETURNS timestamptz
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN timestamptz '1970-01-01 00:00:00+00' + (
    (get_byte(event_key, 0)::bigint << 40) + (get_byte(event_key, 1)::bigint << 32) + (get_byte(event_key, 2)::bigint << 24)
    + (get_byte(event_key, 3)::bigint << 16) + (get_byte(event_key, 4)::bigint << 8) + get_byte(event_key, 5)::bigint
  ) * interval '1 millisecond';

-- ── Raw vault ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- What an event itself says of its session: the session the client named, or the half hour of its visitor it falls into.
-- Two events of one half hour are always of one session, so a slice never has to be cut; sessions are made of slices.

CREATE TABLE business.session_slice_h (
  session_slice_hk bytea PRIMARY KEY CHECK (octet_length(session_slice_hk) = 20),
  session_slice_bk varchar(300) NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE business.session_slice_visitor_l (
  link_session_visitor_hk bytea PRIMARY KEY CHECK (octet_length(link_session_visitor_hk) = 20),
  session_slice_hk bytea NOT NULL,
  site_visitor_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);
CREATE INDEX session_slice_visitor_l_visitor ON business.session_slice_visitor_l (site_visitor_hk);

-- An event never changes, so hub, links and satellite of an event are one row. What many events repeat (title, device,
-- campaign) is one row of its own, named here by a 64-bit id of its content.
CREATE TABLE business.site_event_nl (
  event_timestamp timestamptz NOT NULL,
  load_date timestamptz NOT NULL,
  visitor_state_id bigint NOT NULL,
  -- Null when the event says nothing of its page but the address.
  page_state_id bigint,
  traffic_source_id bigint NOT NULL,
  event_value integer,
  scroll_depth integer,
  time_on_page integer,
  click_x integer,
  click_y integer,
  site_event_bk uuid NOT NULL,
  site_event_hk bytea NOT NULL CHECK (octet_length(site_event_hk) = 20),
  tenant_hk bytea NOT NULL,
  session_slice_hk bytea NOT NULL,
  site_visitor_hk bytea NOT NULL,
  site_page_hk bytea NOT NULL,
  site_id varchar(100) NOT NULL,
  event_type varchar(50) NOT NULL,
  event_category varchar(50) NOT NULL,
  event_action varchar(50) NOT NULL,
  event_label varchar(255),
  -- What follows the page's business key; the whole address stands in page_url only when it does not start with the key.
  page_query text,
  page_url text,
  page_referrer text,
  business_item_type varchar(100),
  transaction_funnel_step varchar(50),
  conversion_funnel_stage varchar(50),
  bot_reason varchar(100),
  custom_properties jsonb,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (site_event_hk, event_timestamp)
) PARTITION BY RANGE (event_timestamp);
CREATE INDEX site_event_nl_slice ON business.site_event_nl (session_slice_hk);
CREATE INDEX site_event_nl_times ON business.site_event_nl USING brin (event_timestamp, load_date) WITH (pages_per_range = 32);

SELECT business.ensure_event_partitions(3);

-- Keyed by the pair: its order is the events' order in time, which a hash over both would lose.
CREATE TABLE business.event_business_item_nl (
  load_date timestamptz NOT NULL,
  item_state_id bigint NOT NULL,
  -- Whether the event says more of the item than which it is.
  describes_item boolean NOT NULL,
  site_event_hk bytea NOT NULL,
  business_item_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (site_event_hk, business_item_hk)
);
CREATE INDEX event_business_item_nl_load_date ON business.event_business_item_nl USING brin (load_date) WITH (pages_per_range = 32);

-- Each distinct state that a visitor, a page or an item was seen in, once. The histories below say since when.
CREATE TABLE business.site_visitor_state_r (
  site_visitor_hk bytea NOT NULL,
  visitor_state_id bigint NOT NULL,
  tenant_hk bytea NOT NULL,
  visitor_ip_hash varchar(64),
  user_agent text,
  device_type varchar(50),
  browser_name varchar(50),
  browser_version varchar(50),
  operating_system varchar(50),
  screen_resolution varchar(50),
  viewport_size varchar(50),
  device_pixel_ratio numeric(10, 2),
  timezone varchar(50),
  language varchar(50),
  do_not_track boolean,
  PRIMARY KEY (site_visitor_hk, visitor_state_id)
);

CREATE TABLE business.site_page_state_r (
  site_page_hk bytea NOT NULL,
  page_state_id bigint NOT NULL,
  tenant_hk bytea NOT NULL,
  page_title text,
  page_path text,
  page_hostname varchar(255),
  page_category varchar(50),
  page_type varchar(50),
  PRIMARY KEY (site_page_hk, page_state_id)
);

CREATE TABLE business.business_item_state_r (
  business_item_hk bytea NOT NULL,
  item_state_id bigint NOT NULL,
  tenant_hk bytea NOT NULL,
  item_name varchar(255) NOT NULL,
  item_type varchar(100) NOT NULL,
  item_category varchar(100),
  item_description text,
  item_value numeric(10, 2),
  item_currency varchar(10),
  is_active boolean NOT NULL,
  business_metadata jsonb,
  PRIMARY KEY (business_item_hk, item_state_id)
);

-- Where events come from: channel and campaign. The tenant is inside the id.
CREATE TABLE business.traffic_source_r (
  traffic_source_id bigint PRIMARY KEY,
  tenant_hk bytea NOT NULL,
  channel varchar(30) NOT NULL,
  referrer_host varchar(255),
  utm_source varchar(100),
  utm_medium varchar(100),
  utm_campaign varchar(100),
  utm_content varchar(100),
  utm_term varchar(100)
);

-- When the state of a key changed, on the load timeline. Insert-only; the views draw the end dates. A row that repeats its
-- predecessor's state is allowed here (a late observation may need it) and not shown.
CREATE TABLE business.site_visitor_history (
  site_visitor_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  site_event_hk bytea NOT NULL,
  visitor_state_id bigint NOT NULL,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (site_visitor_hk, load_date, site_event_hk)
);

CREATE TABLE business.site_page_history (
  site_page_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  site_event_hk bytea NOT NULL,
  page_state_id bigint NOT NULL,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (site_page_hk, load_date, site_event_hk)
);

CREATE TABLE business.business_item_history (
  business_item_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  site_event_hk bytea NOT NULL,
  item_state_id bigint NOT NULL,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (business_item_hk, load_date, site_event_hk)
);

-- ── Business vault: accumulators ──────────────────────────────────────────────────────────────────────────────────────────
-- The live values, changed in the transaction that inserts the events and only by events that were new. Narrow rows, no
-- index on what changes, room on the page: updates stay heap-only.

-- The slices of sessions that no client named, and the session each belongs to: the first slice of an unbroken chain.
CREATE TABLE business.derived_session_slices (
  session_slice_hk bytea PRIMARY KEY,
  site_visitor_hk bytea NOT NULL,
  slice_start timestamptz NOT NULL,
  first_event_at timestamptz NOT NULL,
  last_event_at timestamptz NOT NULL,
  site_session_hk bytea NOT NULL,
  UNIQUE (site_visitor_hk, slice_start)
) WITH (fillfactor = 80);
CREATE INDEX derived_session_slices_session ON business.derived_session_slices (site_session_hk);

-- Open sessions. A session leaves when it closes and is built again from its events when a late one arrives.
-- What changes with every event stands last, side by side: an update logs the stretch between the first and the last change.
CREATE TABLE business.site_session_acc (
  site_session_hk bytea PRIMARY KEY,
  tenant_hk bytea NOT NULL,
  first_load_date timestamptz NOT NULL,
  snapshot_at timestamptz,
  snapshot_load_date timestamptz,
  has_changed boolean NOT NULL,
  -- First event and first page view by event time; an event's key starts with its time, so keys compare as times do.
  first_event_hk bytea NOT NULL,
  entry_event_hk bytea,
  total_conversion_value bigint NOT NULL,
  transaction_steps integer NOT NULL,
  transactions_completed integer NOT NULL,
  exit_event_hk bytea,
  total_page_views integer NOT NULL,
  total_interactions integer NOT NULL,
  total_events integer NOT NULL,
  last_load_date timestamptz NOT NULL,
  last_event_hk bytea NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX site_session_acc_tenant ON business.site_session_acc (tenant_hk);

-- The state is that of the newest event on the load timeline; before an event described the visitor, of the newest of any kind.
CREATE TABLE business.site_visitor_acc (
  site_visitor_hk bytea PRIMARY KEY,
  tenant_hk bytea NOT NULL,
  snapshot_at timestamptz,
  snapshot_load_date timestamptz,
  has_changed boolean NOT NULL,
  first_load_date timestamptz NOT NULL,
  first_event_at timestamptz NOT NULL,
  is_described boolean NOT NULL,
  visitor_state_id bigint NOT NULL,
  observed_load_date timestamptz NOT NULL,
  observed_event_hk bytea NOT NULL,
  lifetime_value bigint NOT NULL,
  total_transactions integer NOT NULL,
  total_sessions integer NOT NULL,
  total_page_views integer NOT NULL,
  total_events integer NOT NULL,
  last_event_at timestamptz NOT NULL,
  last_load_date timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX site_visitor_acc_due ON business.site_visitor_acc (tenant_hk, snapshot_at) WHERE has_changed;

-- observed_event_hk is the newest event on the load timeline, the one that last_load_date is of; the state is what it saw.
CREATE TABLE business.site_page_acc (
  site_page_hk bytea PRIMARY KEY,
  tenant_hk bytea NOT NULL,
  snapshot_at timestamptz,
  snapshot_load_date timestamptz,
  has_changed boolean NOT NULL,
  -- Of closed sessions: page views whose length is known and their seconds; sessions that entered here, bounced, completed.
  timed_views bigint NOT NULL DEFAULT 0,
  seconds_on_page bigint NOT NULL DEFAULT 0,
  entries bigint NOT NULL DEFAULT 0,
  bounces bigint NOT NULL DEFAULT 0,
  conversions bigint NOT NULL DEFAULT 0,
  page_state_id bigint NOT NULL,
  unique_visitors bigint NOT NULL DEFAULT 0,
  total_views bigint NOT NULL DEFAULT 0,
  last_load_date timestamptz NOT NULL,
  observed_event_hk bytea NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX site_page_acc_due ON business.site_page_acc (tenant_hk, snapshot_at) WHERE has_changed;

CREATE TABLE business.business_item_acc (
  business_item_hk bytea PRIMARY KEY,
  tenant_hk bytea NOT NULL,
  snapshot_at timestamptz,
  snapshot_load_date timestamptz,
  has_changed boolean NOT NULL,
  first_load_date timestamptz NOT NULL,
  is_described boolean NOT NULL,
  item_state_id bigint NOT NULL,
  observed_load_date timestamptz NOT NULL,
  observed_event_hk bytea NOT NULL,
  total_conversions bigint NOT NULL,
  total_interactions bigint NOT NULL,
  last_load_date timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX business_item_acc_due ON business.business_item_acc (tenant_hk, snapshot_at) WHERE has_changed;

-- Which visitors a page had, for an exact count: 16 bytes of a hash over page and visitor.
CREATE TABLE business.site_page_visitors (
  page_visitor_key uuid PRIMARY KEY
);

-- How often a visitor dealt with an item, for the favourites.
CREATE TABLE business.visitor_item_acc (
  site_visitor_hk bytea NOT NULL,
  business_item_hk bytea NOT NULL,
  interactions integer NOT NULL,
  PRIMARY KEY (site_visitor_hk, business_item_hk)
) WITH (fillfactor = 80);

-- One transaction at a time changes the accumulators of a tenant.
CREATE FUNCTION business.lock_accumulators(tenant_hk bytea) RETURNS void
  LANGUAGE sql
  RETURN pg_advisory_xact_lock(hashtextextended('business.accumulators:' || encode(tenant_hk, 'hex'), 0));

-- Observations that arrived behind newer ones and differ from what stood at their time: since when a history is to be read again.
CREATE TABLE business.late_observations (
  history varchar(30) NOT NULL,
  parent_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (history, parent_hk)
);

-- ── Business vault: snapshots ─────────────────────────────────────────────────────────────────────────────────────────────
-- Insert-only. A session's row is written when it closes, hourly while it goes on, and when late events closed it again; a
-- visitor's daily, a page's and an item's hourly, each only if something changed.

CREATE TABLE business.site_session_snapshot_s (
  load_date timestamptz NOT NULL,
  session_start_time timestamptz NOT NULL,
  session_end_time timestamptz NOT NULL,
  total_conversion_value bigint NOT NULL,
  total_events integer NOT NULL,
  total_page_views integer NOT NULL,
  is_bounce boolean NOT NULL,
  transaction_attempted boolean NOT NULL,
  transaction_completed boolean NOT NULL,
  site_session_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  -- Events never change: what an event says of entry and exit is read there.
  entry_event_hk bytea NOT NULL,
  exit_event_hk bytea,
  items_viewed text[],
  business_context jsonb NOT NULL,
  PRIMARY KEY (site_session_hk, load_date)
);
CREATE INDEX site_session_snapshot_s_start ON business.site_session_snapshot_s
  USING brin (session_start_time) WITH (pages_per_range = 32);

CREATE TABLE business.site_visitor_snapshot_s (
  site_visitor_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  tenant_hk bytea NOT NULL,
  first_visit_date timestamptz NOT NULL,
  last_visit_date timestamptz NOT NULL,
  lifetime_value bigint NOT NULL,
  total_sessions integer NOT NULL,
  total_page_views integer NOT NULL,
  total_transactions integer NOT NULL,
  favorite_items text[],
  visitor_segment varchar(100) NOT NULL,
  PRIMARY KEY (site_visitor_hk, load_date)
);

CREATE TABLE business.site_page_snapshot_s (
  site_page_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  tenant_hk bytea NOT NULL,
  total_views bigint NOT NULL,
  unique_visitors bigint NOT NULL,
  avg_time_on_page integer NOT NULL,
  bounce_rate numeric(5, 2) NOT NULL,
  conversion_rate numeric(5, 2) NOT NULL,
  PRIMARY KEY (site_page_hk, load_date)
);

CREATE TABLE business.business_item_snapshot_s (
  business_item_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  tenant_hk bytea NOT NULL,
  total_interactions bigint NOT NULL,
  total_conversions bigint NOT NULL,
  popularity_score bigint NOT NULL,
  conversion_rate numeric(5, 2) NOT NULL,
  PRIMARY KEY (business_item_hk, load_date)
);
