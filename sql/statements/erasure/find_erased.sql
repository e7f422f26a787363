-- Which visitors are erased. $1 tenant keys and $2 marks, side by side.
SELECT erased.visitor_mark
FROM unnest($1::bytea[], $2::bytea[]) AS asked (tenant_hk, visitor_mark)
JOIN raw.erased_visitors AS erased
  ON erased.tenant_hk = asked.tenant_hk AND erased.visitor_mark = asked.visitor_mark
