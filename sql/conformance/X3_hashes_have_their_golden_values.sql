-- This server gives the hash keys that every process agreed on, whatever its encoding, locale and settings.
SELECT 'util.hash_key' AS relation, golden.hash_key AS offending_key
FROM (
  VALUES
    (ARRAY['acme'], '\xfd834411077133aa771d847208eeb1e1cc068186'::bytea),
    (ARRAY['acme', 's1'], '\x2557a6079ddfd518728ef1b71727afaae99d8286'),
    (ARRAY['acme', 'S1'], '\x14cb79b61bfe61492c5d41a615652a1ee95d5577'),
    (ARRAY['acme', ''], '\x466158a2722d1a29870ccb09218977808f56bc69'),
    (ARRAY['acme', NULL], '\x76476a82759dfae364d2ed380048c9a5f261e5f5'),
    (ARRAY['acme', 'é'], '\xb5f18e67f4592ec21e53950b1f1925334c9262c1'),
    (ARRAY['acme', '\x41'], '\xfc015b188f5bfe57880ecec15fe3eb803a11bd91')
) AS golden (parts, hash_key)
WHERE util.hash_key(VARIADIC golden.parts) IS DISTINCT FROM golden.hash_key
UNION ALL
SELECT 'util.event_time', '\x019c1310e47b0e34b06234739a0d3d8d6bbba94a'
WHERE util.event_time('\x019c1310e47b0e34b06234739a0d3d8d6bbba94a') IS DISTINCT FROM timestamptz '2026-01-31 08:00:00.123+00'
