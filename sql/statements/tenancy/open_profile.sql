-- Opens a profile for a tenant that has no open one. $1 tenant key, $2 settings.
INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
SELECT
  $1,
  -- After what was closed, also within one clock tick.
  greatest(util.current_load_date(), max(profile.load_date) + interval '1 microsecond', max(profile.load_end_date)),
  util.hash_binary(jsonb_build_object('site_tracking', $2::jsonb)::text),
  jsonb_build_object('site_tracking', $2::jsonb),
  'site_tracker'
FROM auth.tenant_profile_s AS profile
WHERE profile.tenant_hk = $1
HAVING count(*) FILTER (WHERE profile.load_end_date IS NULL) = 0
