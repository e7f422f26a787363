-- Empties the vault: everything in it is made from the raw layer. To be run in a transaction, as one text.
-- It needs every table for itself. Who waits for one table while others wait for those it has would deadlock with readers and
-- maintenance, so it gives up soon, before anybody looks for a deadlock, and is tried again.
SET LOCAL lock_timeout = '100ms';

TRUNCATE
  business.site_event_nl,
  business.event_business_item_nl,
  business.session_slice_h,
  business.site_visitor_h,
  business.site_page_h,
  business.business_item_h,
  business.session_slice_visitor_l,
  business.site_visitor_state_r,
  business.site_page_state_r,
  business.business_item_state_r,
  business.traffic_source_r,
  business.site_visitor_history,
  business.site_page_history,
  business.business_item_history,
  business.late_observations,
  business.derived_session_slices,
  business.site_session_acc,
  business.site_visitor_acc,
  business.site_page_acc,
  business.business_item_acc,
  business.site_page_visitors,
  business.visitor_item_acc,
  business.site_session_snapshot_s,
  business.site_visitor_snapshot_s,
  business.site_page_snapshot_s,
  business.business_item_snapshot_s;

INSERT INTO business.site_page_h (site_page_hk, site_page_bk, tenant_hk, load_date, record_source)
VALUES (decode(repeat('00', 20), 'hex'), '(no page)', decode(repeat('00', 32), 'hex'), '1900-01-01 00:00:00+00', 'SYSTEM');

SET LOCAL lock_timeout TO DEFAULT;
