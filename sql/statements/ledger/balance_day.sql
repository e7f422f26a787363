-- Brings the ledger of one day ($1) up to date, for all tenants.
SELECT raw.balance_ledger_day($1::date)
