-- The event part as the Data Vault plan draws it: hub, two links and a satellite as tables, 32-byte keys, no foreign keys.
CREATE SCHEMA seed_shape;

CREATE TABLE seed_shape.site_event_h (
  site_event_hk bytea PRIMARY KEY,
  site_event_bk varchar(255) NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE seed_shape.event_session_l (
  link_event_session_hk bytea PRIMARY KEY,
  site_event_hk bytea NOT NULL,
  site_session_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE seed_shape.event_page_l (
  link_event_page_hk bytea PRIMARY KEY,
  site_event_hk bytea NOT NULL,
  site_page_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE seed_shape.site_event_details_s (
  site_event_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  load_end_date timestamptz,
  hash_diff bytea NOT NULL,
  event_timestamp timestamptz NOT NULL,
  event_type varchar(50) NOT NULL,
  event_category varchar(50) NOT NULL,
  event_action varchar(50) NOT NULL,
  event_label varchar(255),
  event_value integer,
  page_url text,
  page_title text,
  page_referrer text,
  scroll_depth integer,
  time_on_page integer,
  click_x integer,
  click_y integer,
  business_item_type varchar(100),
  transaction_funnel_step varchar(50),
  conversion_funnel_stage varchar(50),
  custom_properties jsonb,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (site_event_hk, load_date)
);
