-- Who was erased, with the keys of the marks.
SELECT erased.tenant_hk, erased.visitor_mark, erased.key_version, erased.erased_at, key.secret
FROM raw.erased_visitors AS erased
JOIN auth.visitor_keys AS key ON key.tenant_hk = erased.tenant_hk AND key.key_version = erased.key_version
ORDER BY erased.tenant_hk, erased.visitor_mark
