-- Whether who is logged in has a role, and whether row-level security would not hold them: superusers, roles that bypass it, and
-- who owns the tables or may become their owner. $1 role.
SELECT
  current_user AS login,
  pg_has_role(current_user, $1, 'USAGE') AS is_member,
  login.rolsuper OR login.rolbypassrls OR pg_has_role(current_user, owner.relowner, 'MEMBER') AS is_too_strong
FROM pg_roles AS login
CROSS JOIN (SELECT relowner FROM pg_class WHERE oid = 'raw.site_tracking_requests_r'::regclass) AS owner
WHERE login.rolname = current_user
