-- Changes what is not null and differs. Fails for a time zone that the database does not know. $1 tenant key, $2 site id, $3 name, $4 time zone, $5 origins.
UPDATE auth.sites AS site
SET site_name = coalesce($3, site.site_name),
  time_zone = coalesce($4, site.time_zone),
  allowed_origins = coalesce($5::text[], site.allowed_origins)
WHERE site.tenant_hk = $1
  AND site.site_id = $2
  AND CURRENT_TIMESTAMP AT TIME ZONE coalesce($4::text, 'UTC') IS NOT NULL
  AND (site.site_name, site.time_zone, site.allowed_origins)
    IS DISTINCT FROM (coalesce($3, site.site_name), coalesce($4, site.time_zone), coalesce($5::text[], site.allowed_origins))
