-- Deletes exports of erased visitors, which a restore has brought back.
DELETE FROM auth.privacy_jobs AS export
USING raw.erased_visitors AS erased
WHERE export.job_kind = 'export'
  AND erased.tenant_hk = export.tenant_hk
  AND erased.visitor_mark IN (export.visitor_mark, export.stored_mark)
