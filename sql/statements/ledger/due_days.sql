-- The days whose ledger is to be balanced, in their order, as text.
SELECT due.day::text AS day FROM raw.due_ledger_days() AS due (day)
