-- Every stored hash has the same length: 20 bytes, and a tenant's key that of the tenant's row.
SELECT relation, hash_key AS offending_key
FROM (
  SELECT 'business_item_acc' AS relation, business_item_hk AS hash_key FROM business.business_item_acc
  UNION ALL
  SELECT 'business_item_acc', observed_event_hk FROM business.business_item_acc
  UNION ALL
  SELECT 'business_item_h', business_item_hk FROM business.business_item_h
  UNION ALL
  SELECT 'business_item_history', business_item_hk FROM business.business_item_history
  UNION ALL
  SELECT 'business_item_history', site_event_hk FROM business.business_item_history
  UNION ALL
  SELECT 'business_item_snapshot_s', business_item_hk FROM business.business_item_snapshot_s
  UNION ALL
  SELECT 'business_item_state_r', business_item_hk FROM business.business_item_state_r
  UNION ALL
  SELECT 'derived_session_slices', session_slice_hk FROM business.derived_session_slices
  UNION ALL
  SELECT 'derived_session_slices', site_visitor_hk FROM business.derived_session_slices
  UNION ALL
  SELECT 'derived_session_slices', site_session_hk FROM business.derived_session_slices
  UNION ALL
  SELECT 'event_business_item_nl', site_event_hk FROM business.event_business_item_nl
  UNION ALL
  SELECT 'event_business_item_nl', business_item_hk FROM business.event_business_item_nl
  UNION ALL
  SELECT 'late_observations', parent_hk FROM business.late_observations
  UNION ALL
  SELECT 'session_slice_h', session_slice_hk FROM business.session_slice_h
  UNION ALL
  SELECT 'session_slice_visitor_l', link_session_visitor_hk FROM business.session_slice_visitor_l
  UNION ALL
  SELECT 'session_slice_visitor_l', session_slice_hk FROM business.session_slice_visitor_l
  UNION ALL
  SELECT 'session_slice_visitor_l', site_visitor_hk FROM business.session_slice_visitor_l
  UNION ALL
  SELECT 'site_event_nl', site_event_hk FROM business.site_event_nl
  UNION ALL
  SELECT 'site_event_nl', session_slice_hk FROM business.site_event_nl
  UNION ALL
  SELECT 'site_event_nl', site_visitor_hk FROM business.site_event_nl
  UNION ALL
  SELECT 'site_event_nl', site_page_hk FROM business.site_event_nl
  UNION ALL
  SELECT 'site_page_acc', site_page_hk FROM business.site_page_acc
  UNION ALL
  SELECT 'site_page_acc', observed_event_hk FROM business.site_page_acc
  UNION ALL
  SELECT 'site_page_h', site_page_hk FROM business.site_page_h
  UNION ALL
  SELECT 'site_page_history', site_page_hk FROM business.site_page_history
  UNION ALL
  SELECT 'site_page_history', site_event_hk FROM business.site_page_history
  UNION ALL
  SELECT 'site_page_snapshot_s', site_page_hk FROM business.site_page_snapshot_s
  UNION ALL
  SELECT 'site_page_state_r', site_page_hk FROM business.site_page_state_r
  UNION ALL
  SELECT 'site_session_acc', site_session_hk FROM business.site_session_acc
  UNION ALL
  SELECT 'site_session_acc', first_event_hk FROM business.site_session_acc
  UNION ALL
  SELECT 'site_session_acc', entry_event_hk FROM business.site_session_acc
  UNION ALL
  SELECT 'site_session_acc', exit_event_hk FROM business.site_session_acc
  UNION ALL
  SELECT 'site_session_acc', last_event_hk FROM business.site_session_acc
  UNION ALL
  SELECT 'site_session_snapshot_s', site_session_hk FROM business.site_session_snapshot_s
  UNION ALL
  SELECT 'site_session_snapshot_s', entry_event_hk FROM business.site_session_snapshot_s
  UNION ALL
  SELECT 'site_session_snapshot_s', exit_event_hk FROM business.site_session_snapshot_s
  UNION ALL
  SELECT 'site_visitor_acc', site_visitor_hk FROM business.site_visitor_acc
  UNION ALL
  SELECT 'site_visitor_acc', observed_event_hk FROM business.site_visitor_acc
  UNION ALL
  SELECT 'site_visitor_h', site_visitor_hk FROM business.site_visitor_h
  UNION ALL
  SELECT 'site_visitor_history', site_visitor_hk FROM business.site_visitor_history
  UNION ALL
  SELECT 'site_visitor_history', site_event_hk FROM business.site_visitor_history
  UNION ALL
  SELECT 'site_visitor_snapshot_s', site_visitor_hk FROM business.site_visitor_snapshot_s
  UNION ALL
  SELECT 'site_visitor_state_r', site_visitor_hk FROM business.site_visitor_state_r
  UNION ALL
  SELECT 'visitor_item_acc', site_visitor_hk FROM business.visitor_item_acc
  UNION ALL
  SELECT 'visitor_item_acc', business_item_hk FROM business.visitor_item_acc
) AS hashed
WHERE octet_length(hash_key) <> 20
UNION ALL
SELECT of_tenant.relation, of_tenant.tenant_hk
FROM (
  SELECT 'business_item_acc' AS relation, tenant_hk FROM business.business_item_acc
  UNION ALL
  SELECT 'business_item_h', tenant_hk FROM business.business_item_h
  UNION ALL
  SELECT 'business_item_history', tenant_hk FROM business.business_item_history
  UNION ALL
  SELECT 'business_item_snapshot_s', tenant_hk FROM business.business_item_snapshot_s
  UNION ALL
  SELECT 'business_item_state_r', tenant_hk FROM business.business_item_state_r
  UNION ALL
  SELECT 'derived_session_slices', tenant_hk FROM business.derived_session_slices
  UNION ALL
  SELECT 'event_business_item_nl', tenant_hk FROM business.event_business_item_nl
  UNION ALL
  SELECT 'late_observations', tenant_hk FROM business.late_observations
  UNION ALL
  SELECT 'session_slice_h', tenant_hk FROM business.session_slice_h
  UNION ALL
  SELECT 'session_slice_visitor_l', tenant_hk FROM business.session_slice_visitor_l
  UNION ALL
  SELECT 'site_event_nl', tenant_hk FROM business.site_event_nl
  UNION ALL
  SELECT 'site_page_acc', tenant_hk FROM business.site_page_acc
  UNION ALL
  SELECT 'site_page_h', tenant_hk FROM business.site_page_h WHERE site_page_hk <> '\x0000000000000000000000000000000000000000'
  UNION ALL
  SELECT 'site_page_history', tenant_hk FROM business.site_page_history
  UNION ALL
  SELECT 'site_page_snapshot_s', tenant_hk FROM business.site_page_snapshot_s
  UNION ALL
  SELECT 'site_page_state_r', tenant_hk FROM business.site_page_state_r
  UNION ALL
  SELECT 'site_session_acc', tenant_hk FROM business.site_session_acc
  UNION ALL
  SELECT 'site_session_snapshot_s', tenant_hk FROM business.site_session_snapshot_s
  UNION ALL
  SELECT 'site_visitor_acc', tenant_hk FROM business.site_visitor_acc
  UNION ALL
  SELECT 'site_visitor_h', tenant_hk FROM business.site_visitor_h
  UNION ALL
  SELECT 'site_visitor_history', tenant_hk FROM business.site_visitor_history
  UNION ALL
  SELECT 'site_visitor_snapshot_s', tenant_hk FROM business.site_visitor_snapshot_s
  UNION ALL
  SELECT 'site_visitor_state_r', tenant_hk FROM business.site_visitor_state_r
  UNION ALL
  SELECT 'traffic_source_r', tenant_hk FROM business.traffic_source_r
  UNION ALL
  SELECT 'visitor_item_acc', tenant_hk FROM business.visitor_item_acc
) AS of_tenant
LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = of_tenant.tenant_hk
WHERE tenant.tenant_hk IS NULL
