-- Writes hub rows of items anew. $1 tenant key, $2 keys, $3 business keys, $4 load dates, $5 record sources.
INSERT INTO business.business_item_h (business_item_hk, business_item_bk, tenant_hk, load_date, record_source)
SELECT hub.key, hub.business_key, $1, hub.load_date, hub.record_source
FROM unnest($2::bytea[], $3::text[], $4::timestamptz[], $5::text[]) AS hub (key, business_key, load_date, record_source)
