import type pg from 'pg';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { recordingBell, silent } from '../support/pipeline.ts';

/** Every table of the vault, each with a digest of its rows whatever their order. */
export async function digestVault(pool: pg.Pool): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of await tablesOfVault(pool)) {
    const { rows } = await pool.query<{ digest: string }>(
      `SELECT md5(coalesce(string_agg(stored::text, E'\\n' ORDER BY stored::text COLLATE "C"), '')) AS digest FROM ${table} AS stored`,
    );
    digests[table] = rows[0]?.digest ?? '';
  }
  return digests;
}

/** Empties the vault, but for the row that no event brought. */
export async function emptyVault(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query("SELECT * FROM business.site_page_h WHERE record_source = 'SYSTEM'");
  await pool.query(`TRUNCATE ${(await tablesOfVault(pool)).join(', ')}`);
  await pool.query(
    'INSERT INTO business.site_page_h SELECT * FROM json_populate_recordset(NULL::business.site_page_h, $1)',
    [
      JSON.stringify(
        rows.map((row) => ({
          ...row,
          site_page_hk: `\\x${row.site_page_hk.toString('hex')}`,
          tenant_hk: `\\x${row.tenant_hk.toString('hex')}`,
        })),
      ),
    ],
  );
}

/** All requests of the raw layer in the order of their arrival. */
export async function requestsInOrder(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ request_id: string }>(
    'SELECT request_id::text AS request_id FROM raw.site_tracking_requests_r ORDER BY received_timestamp, site_tracking_requests_r.request_id',
  );
  return rows.map(({ request_id }) => request_id);
}

/** Marks requests as landed and nothing more. */
export async function markAsLanded(pool: pg.Pool, requests: readonly string[]): Promise<void> {
  await pool.query(
    `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
     SELECT request_id, received_timestamp, tenant_id, event_count, now()
     FROM raw.site_tracking_requests_r WHERE request_id = ANY ($1::bigint[])
     ON CONFLICT (request_id) DO NOTHING`,
    [requests],
  );
}

/** Stages and loads requests once more, in batches of the given sizes; the last size holds for the rest. */
export async function loadAgain(
  pool: pg.Pool,
  requests: readonly string[],
  sizes: readonly number[],
): Promise<void> {
  await markAsLanded(pool, requests);
  let from = 0;
  for (let batch = 0; from < requests.length; batch += 1) {
    const size = sizes[Math.min(batch, sizes.length - 1)] ?? requests.length;
    const ids = requests.slice(from, from + size);
    await stageRequests(pool, recordingBell(), silent, ids);
    await loadRequests(pool, silent, ids);
    from += size;
  }
}

async function tablesOfVault(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relnamespace = 'business'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
