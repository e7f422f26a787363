-- Days of tenants that are not settled yet, and how many events of them nobody can tell what became of.
SELECT count(*)::integer AS open_days, coalesce(sum(abs(ledger.gap)), 0)::double precision AS gap
FROM raw.ledger_days AS ledger
WHERE ledger.settled_at IS NULL
  AND EXISTS (SELECT FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = ledger.tenant_id)
