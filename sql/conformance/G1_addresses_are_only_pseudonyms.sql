-- What the vault keeps of an address is a keyed hash and never the address.
SELECT 'site_visitor_state_r' AS relation, site_visitor_hk AS offending_key
FROM business.site_visitor_state_r
WHERE visitor_ip_hash !~ '^[0-9a-f]{32}$'
