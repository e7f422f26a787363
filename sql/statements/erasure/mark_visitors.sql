-- Marks visitors as erased, for ever. $1 tenant key, $2 version of the key that the marks are made with, $3 marks.
INSERT INTO raw.erased_visitors (tenant_hk, key_version, visitor_mark)
SELECT DISTINCT $1::bytea, $2::smallint, mark.value
FROM unnest($3::bytea[]) AS mark (value)
ORDER BY mark.value
ON CONFLICT (tenant_hk, visitor_mark) DO NOTHING
