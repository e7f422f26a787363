-- Makes a site unless it is there.
-- $1 tenant key, $2 site id, $3 name, $4 time zone, $5 origins from which browsers may call.
INSERT INTO auth.sites (tenant_hk, site_id, site_name, time_zone, allowed_origins)
VALUES ($1, $2, $3, $4, $5::text[])
ON CONFLICT (tenant_hk, site_id) DO NOTHING
