-- Sessions of a visitor in which there are events of others as well. $1 tenant key, $2 keys of the visitor.
SELECT count(DISTINCT link.session_slice_hk)::integer AS sessions
FROM business.session_slice_visitor_l AS link
WHERE link.site_visitor_hk = ANY ($2::bytea[])
  AND link.tenant_hk = $1
  AND EXISTS (
    SELECT
    FROM business.session_slice_visitor_l AS other
    WHERE other.session_slice_hk = link.session_slice_hk
      AND other.site_visitor_hk <> ALL ($2::bytea[])
  )
