-- What writes each table of ours anew, partitioned ones whole.
SELECT format('VACUUM (FULL, ANALYZE) %I.%I', namespace.nspname, relation.relname) AS vacuum
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname IN ('auth', 'raw', 'staging', 'business', 'analytics')
  AND relation.relkind IN ('r', 'p')
  AND NOT relation.relispartition
ORDER BY pg_total_relation_size(relation.oid), vacuum
