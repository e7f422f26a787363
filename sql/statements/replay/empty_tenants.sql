-- Removes tenants from the vault: everything of theirs in it is made from the raw layer. $1 tenant keys.
WITH pair AS MATERIALIZED (
  -- Whom a page had is kept as a hash over page and visitor, which only the events can name again.
  SELECT DISTINCT encode(substring(sha256(event.site_page_hk || event.site_visitor_hk) FROM 1 FOR 16), 'hex')::uuid AS page_visitor_key
  FROM business.site_event_nl AS event
  WHERE event.tenant_hk = ANY ($1::bytea[])
    AND event.event_type = 'page_view'
),
visitor AS MATERIALIZED (
  SELECT hub.site_visitor_hk FROM business.site_visitor_h AS hub WHERE hub.tenant_hk = ANY ($1::bytea[])
),
page AS MATERIALIZED (
  SELECT hub.site_page_hk FROM business.site_page_h AS hub WHERE hub.tenant_hk = ANY ($1::bytea[])
),
item AS MATERIALIZED (
  SELECT hub.business_item_hk FROM business.business_item_h AS hub WHERE hub.tenant_hk = ANY ($1::bytea[])
),
page_visitors AS (
  DELETE FROM business.site_page_visitors AS known USING pair WHERE known.page_visitor_key = pair.page_visitor_key
),
visitor_history AS (
  DELETE FROM business.site_visitor_history AS h USING visitor WHERE h.site_visitor_hk = visitor.site_visitor_hk
),
page_history AS (
  DELETE FROM business.site_page_history AS h USING page WHERE h.site_page_hk = page.site_page_hk
),
item_history AS (
  DELETE FROM business.business_item_history AS h USING item WHERE h.business_item_hk = item.business_item_hk
),
slices AS (
  DELETE FROM business.derived_session_slices AS part USING visitor WHERE part.site_visitor_hk = visitor.site_visitor_hk
),
visitor_items AS (
  DELETE FROM business.visitor_item_acc AS acc USING visitor WHERE acc.site_visitor_hk = visitor.site_visitor_hk
),
event_items AS (DELETE FROM business.event_business_item_nl WHERE tenant_hk = ANY ($1::bytea[])),
slice_hub AS (DELETE FROM business.session_slice_h WHERE tenant_hk = ANY ($1::bytea[])),
visitor_hub AS (DELETE FROM business.site_visitor_h WHERE tenant_hk = ANY ($1::bytea[])),
page_hub AS (DELETE FROM business.site_page_h WHERE tenant_hk = ANY ($1::bytea[])),
item_hub AS (DELETE FROM business.business_item_h WHERE tenant_hk = ANY ($1::bytea[])),
slice_visitors AS (DELETE FROM business.session_slice_visitor_l WHERE tenant_hk = ANY ($1::bytea[])),
visitor_states AS (DELETE FROM business.site_visitor_state_r WHERE tenant_hk = ANY ($1::bytea[])),
page_states AS (DELETE FROM business.site_page_state_r WHERE tenant_hk = ANY ($1::bytea[])),
item_states AS (DELETE FROM business.business_item_state_r WHERE tenant_hk = ANY ($1::bytea[])),
traffic_sources AS (DELETE FROM business.traffic_source_r WHERE tenant_hk = ANY ($1::bytea[])),
late AS (DELETE FROM business.late_observations WHERE tenant_hk = ANY ($1::bytea[])),
sessions AS (DELETE FROM business.site_session_acc WHERE tenant_hk = ANY ($1::bytea[])),
visitors AS (DELETE FROM business.site_visitor_acc WHERE tenant_hk = ANY ($1::bytea[])),
pages AS (DELETE FROM business.site_page_acc WHERE tenant_hk = ANY ($1::bytea[])),
items AS (DELETE FROM business.business_item_acc WHERE tenant_hk = ANY ($1::bytea[])),
session_snapshots AS (DELETE FROM business.site_session_snapshot_s WHERE tenant_hk = ANY ($1::bytea[])),
visitor_snapshots AS (DELETE FROM business.site_visitor_snapshot_s WHERE tenant_hk = ANY ($1::bytea[])),
page_snapshots AS (DELETE FROM business.site_page_snapshot_s WHERE tenant_hk = ANY ($1::bytea[])),
item_snapshots AS (DELETE FROM business.business_item_snapshot_s WHERE tenant_hk = ANY ($1::bytea[]))
DELETE FROM business.site_event_nl WHERE tenant_hk = ANY ($1::bytea[])
