-- Takes over who was erased. For each $1 tenant key, $2 mark, $3 version of its key, $4 when.
INSERT INTO raw.erased_visitors (tenant_hk, visitor_mark, key_version, erased_at)
SELECT mark.tenant_hk, mark.value, mark.key_version, mark.erased_at
FROM unnest($1::bytea[], $2::bytea[], $3::smallint[], $4::timestamptz[]) AS mark (tenant_hk, value, key_version, erased_at)
ORDER BY mark.tenant_hk, mark.value
ON CONFLICT (tenant_hk, visitor_mark) DO NOTHING
