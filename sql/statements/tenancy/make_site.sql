-- Makes a site unless it is there. Fails for a time zone that the database does not know.
-- $1 tenant key, $2 site id, $3 name, $4 time zone, $5 origins from which browsers may call.
INSERT INTO auth.sites (tenant_hk, site_id, site_name, time_zone, allowed_origins)
SELECT $1, $2, $3, $4::text, $5::text[]
WHERE CURRENT_TIMESTAMP AT TIME ZONE $4::text IS NOT NULL
ON CONFLICT (tenant_hk, site_id) DO NOTHING
