-- Takes back what the closed ones among sessions said of pages, while all their events are there. $1 keys of sessions.
SELECT business.contribute_sessions(
  ARRAY(
    SELECT session.hk
    FROM unnest($1::bytea[]) AS session (hk)
    WHERE NOT EXISTS (SELECT FROM business.site_session_acc AS open WHERE open.site_session_hk = session.hk)
  ),
  '{}',
  -1
)
