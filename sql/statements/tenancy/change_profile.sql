-- Changes the settings in a tenant's profile unless they are so already: ends the open row and opens one that differs only in them,
-- whatever other columns and settings a One Vault database keeps there. Within one clock tick the new row begins a microsecond later.
-- $1 tenant key, $2 settings to set, $3 names of settings to take away.
WITH newest AS MATERIALIZED (
  SELECT
    profile.load_date,
    coalesce(profile.configuration, '{}') AS configuration,
    CASE jsonb_typeof(profile.configuration -> 'site_tracking')
      WHEN 'object' THEN profile.configuration -> 'site_tracking'
      ELSE '{}'
    END AS site_tracking
  FROM auth.tenant_profile_s AS profile
  WHERE profile.tenant_hk = $1
    AND profile.load_end_date IS NULL
  ORDER BY profile.load_date DESC
  LIMIT 1
),
changed AS MATERIALIZED (
  SELECT
    newest.load_date AS old_load_date,
    greatest(util.current_load_date(), newest.load_date + interval '1 microsecond') AS load_date,
    newest.configuration || jsonb_build_object('site_tracking', settings.site_tracking) AS configuration
  FROM newest
  CROSS JOIN LATERAL (SELECT (newest.site_tracking || $2::jsonb) - $3::text[]) AS settings (site_tracking)
  WHERE settings.site_tracking <> newest.site_tracking
),
closed AS (
  UPDATE auth.tenant_profile_s AS profile
  SET load_end_date = changed.load_date
  FROM changed
  WHERE profile.tenant_hk = $1
    AND profile.load_end_date IS NULL
  RETURNING profile.*
)
INSERT INTO auth.tenant_profile_s
SELECT opened.*
FROM closed
JOIN changed ON changed.old_load_date = closed.load_date
CROSS JOIN LATERAL jsonb_populate_record(
  NULL::auth.tenant_profile_s,
  to_jsonb(closed) || jsonb_build_object(
    'load_date', changed.load_date,
    'load_end_date', NULL,
    'hash_diff', util.hash_binary(changed.configuration::text),
    'configuration', changed.configuration,
    'record_source', 'site_tracker'
  )
) AS opened
