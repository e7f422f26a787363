-- The Data Vault: hubs and links, and one non-historized table for the event part whose views carry the plan's names
-- (docs/decisions/0002-event-shape.md). lambdas/vault/model.ts describes the same tables to the loader; a test compares them.
-- No foreign keys: they triple the cost of an insert and make the tenant row a hot spot; soft checks replace them.

CREATE TABLE business.site_session_h (
  site_session_hk bytea PRIMARY KEY CHECK (octet_length(site_session_hk) = 20),
  site_session_bk varchar(300) NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE business.site_visitor_h (
  site_visitor_hk bytea PRIMARY KEY CHECK (octet_length(site_visitor_hk) = 20),
  site_visitor_bk varchar(255) NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE business.site_page_h (
  site_page_hk bytea PRIMARY KEY CHECK (octet_length(site_page_hk) = 20),
  site_page_bk text NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE business.business_item_h (
  business_item_hk bytea PRIMARY KEY CHECK (octet_length(business_item_hk) = 20),
  business_item_bk varchar(255) NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

-- The zero key of an optional participant: an event sent by a server may have no page, yet every event keeps its page link.
INSERT INTO business.site_page_h (site_page_hk, site_page_bk, tenant_hk, load_date, record_source)
VALUES (decode(repeat('00', 20), 'hex'), '(no page)', decode(repeat('00', 32), 'hex'), '1900-01-01 00:00:00+00', 'SYSTEM');

CREATE TABLE business.session_visitor_l (
  link_session_visitor_hk bytea PRIMARY KEY CHECK (octet_length(link_session_visitor_hk) = 20),
  site_session_hk bytea NOT NULL,
  site_visitor_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

CREATE TABLE business.event_business_item_l (
  link_event_business_item_hk bytea PRIMARY KEY CHECK (octet_length(link_event_business_item_hk) = 20),
  site_event_hk bytea NOT NULL,
  business_item_hk bytea NOT NULL,
  tenant_hk bytea NOT NULL,
  load_date timestamptz NOT NULL,
  record_source varchar(100) NOT NULL
);

-- An event never changes, so hub, links and satellite of an event are one row. The key starts with the event's time, which
-- keeps inserts at the right edge of the index. Partitioned by the event's own time: a replay lands in the same partition.
CREATE TABLE business.site_event_nl (
  event_timestamp timestamptz NOT NULL,
  load_date timestamptz NOT NULL,
  event_value integer,
  scroll_depth integer,
  time_on_page integer,
  click_x integer,
  click_y integer,
  site_event_bk uuid NOT NULL,
  site_event_hk bytea NOT NULL CHECK (octet_length(site_event_hk) = 20),
  tenant_hk bytea NOT NULL,
  site_session_hk bytea NOT NULL,
  site_visitor_hk bytea NOT NULL,
  site_page_hk bytea NOT NULL,
  site_id varchar(100) NOT NULL,
  event_type varchar(50) NOT NULL,
  event_category varchar(50) NOT NULL,
  event_action varchar(50) NOT NULL,
  event_label varchar(255),
  page_url text,
  page_title text,
  page_referrer text,
  business_item_type varchar(100),
  transaction_funnel_step varchar(50),
  conversion_funnel_stage varchar(50),
  channel varchar(30),
  bot_reason varchar(100),
  custom_properties jsonb,
  record_source varchar(100) NOT NULL,
  PRIMARY KEY (site_event_hk, event_timestamp)
) PARTITION BY RANGE (event_timestamp);

-- Event times are held between 2000 and a day after arrival, so these partitions leave no time without a home:
-- a year each for the past, a month each from the year of installation on.
CREATE FUNCTION business.ensure_event_partitions(months_ahead integer) RETURNS integer
  LANGUAGE plpgsql
  SET search_path = pg_catalog
AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  range_start date;
  range_end date;
  partition_name text;
  created integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('business.ensure_event_partitions', 0));
  SELECT coalesce(
           max(
             CASE length(substring(child.relname FROM '_([0-9]+)$'))
               WHEN 4 THEN make_date(substring(child.relname FROM '_([0-9]+)$')::integer + 1, 1, 1)
               ELSE (to_date(substring(child.relname FROM '_([0-9]+)$'), 'YYYYMM') + INTERVAL '1 month')::date
             END
           ),
           DATE '2000-01-01'
         )
  INTO range_start
  FROM pg_inherits
  JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
  WHERE pg_inherits.inhparent = 'business.site_event_nl'::regclass;

  WHILE range_start < today + make_interval(months => months_ahead) LOOP
    IF extract(year FROM range_start) < extract(year FROM today) AND extract(month FROM range_start) = 1 THEN
      range_end := (range_start + INTERVAL '1 year')::date;
      partition_name := 'site_event_nl_' || to_char(range_start, 'YYYY');
    ELSE
      range_end := (range_start + INTERVAL '1 month')::date;
      partition_name := 'site_event_nl_' || to_char(range_start, 'YYYYMM');
    END IF;
    EXECUTE format('CREATE TABLE business.%I (LIKE business.site_event_nl INCLUDING ALL)', partition_name);
    EXECUTE format(
      'ALTER TABLE business.site_event_nl ATTACH PARTITION business.%I FOR VALUES FROM (%L) TO (%L)',
      partition_name,
      range_start::text || ' 00:00:00+00',
      range_end::text || ' 00:00:00+00'
    );
    range_start := range_end;
    created := created + 1;
  END LOOP;
  RETURN created;
END
$$;

SELECT business.ensure_event_partitions(3);
