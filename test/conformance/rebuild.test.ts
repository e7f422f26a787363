import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { sqlState } from '../../lambdas/platform/postgres.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { fillVault } from './fixture.ts';
import { item, titled } from './scenario.ts';
import { digestVault, emptyVault, loadAgain, markAsLanded, requestsInOrder } from './vault-state.ts';

describe('a vault of its own', { timeout: 60_000 }, () => {
  let own: TestDatabase;
  let pool: pg.Pool;
  beforeEach(async () => {
    own = await createDatabase();
    pool = new pg.Pool({ connectionString: own.url });
    await fillVault(pool);
  });
  afterEach(async () => {
    if (!pool.ended) await pool.end();
    await own.drop();
  });

  it('S16: a batch cut short at any of its writes leaves nothing, and run again ends as a clean run', async () => {
    const requests = await requestsInOrder(pool);
    await emptyVault(pool);
    const empty = await digestVault(pool);
    await loadAgain(pool, requests, [requests.length]);
    const clean = await digestVault(pool);
    await emptyVault(pool);
    await markAsLanded(pool, requests);
    await stageRequests(pool, recordingBell(), silent, requests);
    await cutWrites(pool);
    let cuts = 0;
    for (; await isCutAt(pool, cuts + 1, requests); cuts += 1) {
      expect(await digestVault(pool), `after a cut at write ${cuts + 1}`).toEqual(empty);
    }
    expect(cuts).toBeGreaterThan(20);
    expect(await digestVault(pool)).toEqual(clean);
  });

  it('C3, C5: the raw layer loaded again, and batches split or merged anywhere, give the same vault byte for byte', async () => {
    const requests = await requestsInOrder(pool);
    const digests: Record<string, string>[] = [];
    for (const sizes of [[requests.length], [1], [2, 3, 1, 4], [5], [1]]) {
      await emptyVault(pool);
      await pool.query('DELETE FROM raw.pending_requests');
      await loadAgain(pool, requests, sizes);
      digests.push(await digestVault(pool));
    }
    for (const digest of digests) expect(digest).toEqual(digests[0]);
  });

  it('C1: loaded by eight workers at once, shuffled and overlapping, it keeps every check, repaired or not', async () => {
    const requests = await requestsInOrder(pool);
    await emptyVault(pool);
    await markAsLanded(pool, requests);
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      const mine = requests.map((_, place) => requests[(place * 5 + worker * 3) % requests.length] ?? '');
      for (let from = 0; from < mine.length; from += 2) {
        await stageRequests(pool, recordingBell(), silent, mine.slice(from, from + 2));
        await loadRequests(pool, silent, mine.slice(from, from + 2));
      }
    });
    await Promise.all(workers);
    await stageRequests(pool, recordingBell(), silent, requests);
    await loadRequests(pool, silent, requests);
    expect(await brokenChecks(pool)).toEqual([]);
    await takeSnapshots(pool, silent, new Date(Date.now() + 3_600_000));
    expect(await brokenChecks(pool)).toEqual([]);
  });

  it('H9, E5, S19: the pipeline updates and deletes no row of the raw vault, and no snapshot', async () => {
    // A connection that ends hands in what it counted.
    await pool.end();
    const { rows } = await own.pool.query<{ relname: string; written: number; changed: number }>(
      `SELECT relname, n_tup_ins::int AS written, (n_tup_upd + n_tup_del)::int AS changed FROM pg_stat_user_tables
         WHERE schemaname = 'business' AND relname ~ '(_h|_l|_nl(_\\d+)?|_r|_s|_history)$' AND n_tup_ins > 0`,
    );
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.filter(({ changed }) => changed > 0)).toEqual([]);
  });

  it('S19: rows that are closed never change, whatever comes after them', async () => {
    const closed = async () => {
      const { rows } = await pool.query<{ closed: string }>(
        `SELECT s::text AS closed FROM business.site_session_details_s AS s WHERE load_end_date IS NOT NULL
           UNION ALL SELECT s::text FROM business.site_visitor_details_s AS s WHERE load_end_date IS NOT NULL
           UNION ALL SELECT s::text FROM business.site_page_details_s AS s WHERE load_end_date IS NOT NULL
           UNION ALL SELECT s::text FROM business.business_item_details_s AS s WHERE load_end_date IS NOT NULL`,
      );
      return rows.map((row) => row.closed);
    };
    const before = await closed();
    expect(before.length).toBeGreaterThan(10);
    await takeSnapshots(pool, silent, new Date(Date.now() + 100 * 3_600_000));
    const acme = await createTenant(pool, 'acme');
    await acme.track([
      titled('Home, new', { visitor_id: 'ann', page_url: 'https://shop.example/', session_id: 's-1' }),
      item({ visitor_id: 'cleo', session_id: undefined, timestamp: '2026-03-02T08:50:00Z' }),
    ]);
    await takeSnapshots(pool, silent, new Date(Date.now() + 200 * 3_600_000));
    expect(await closed()).toEqual(expect.arrayContaining(before));
  });

  it('X3: hashes are the same under any TimeZone, DateStyle and other settings of a session', async () => {
    const hashes = async (...settings: string[]): Promise<string[]> => {
      const client = await pool.connect();
      try {
        for (const setting of settings) await client.query(`SET ${setting}`);
        const { rows } = await client.query<{ hash: string }>(
          `SELECT encode(hash_diff, 'hex') AS hash FROM business.site_session_details_s
             UNION ALL SELECT encode(hash_diff, 'hex') FROM business.site_visitor_details_s
             UNION ALL SELECT encode(hash_diff, 'hex') FROM business.site_page_details_s
             UNION ALL SELECT encode(hash_diff, 'hex') FROM business.business_item_details_s
             UNION ALL SELECT encode(hash_diff, 'hex') FROM business.site_event_details_s
             UNION ALL SELECT encode(link_event_session_hk, 'hex') FROM business.event_session_l
             UNION ALL SELECT encode(util.hash_key('acme', 'straße', 'É'), 'hex')
             ORDER BY 1`,
        );
        return rows.map(({ hash }) => hash);
      } finally {
        await client.query('RESET ALL');
        client.release();
      }
    };
    const usual = await hashes();
    expect(usual.length).toBeGreaterThan(50);
    expect(
      await hashes("TimeZone = 'Asia/Kathmandu'", "DateStyle = 'German'", "IntervalStyle = 'sql_standard'"),
    ).toEqual(usual);
    expect(
      await hashes("TimeZone = 'America/St_Johns'", "DateStyle = 'SQL, MDY'", 'extra_float_digits = -5'),
    ).toEqual(usual);
    expect(
      await hashes("bytea_output = 'escape'", "lc_numeric = 'C'", "lc_monetary = 'C'", "lc_time = 'C'"),
    ).toEqual(usual);
  });
});

/** Lets the server end the loader at one of its writes: at the one whose number stands in `cut_at`. */
async function cutWrites(pool: pg.Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE public.cut_at (write_number bigint);
    CREATE SEQUENCE public.writes;
    CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('public.writes') = (SELECT write_number FROM public.cut_at) THEN
        RAISE EXCEPTION 'cut' USING ERRCODE = '57P01';
      END IF;
      RETURN NULL;
    END $$;
    DO $$
    DECLARE vault_table regclass;
    BEGIN
      FOR vault_table IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'business'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      LOOP
        EXECUTE format('CREATE TRIGGER cut AFTER INSERT OR UPDATE OR DELETE ON %s EXECUTE FUNCTION public.cut()', vault_table);
      END LOOP;
    END $$`);
}

/** Loads requests up to the given write; false when the load needs fewer and has ended. */
async function isCutAt(pool: pg.Pool, write: number, requests: readonly string[]): Promise<boolean> {
  await pool.query(
    `TRUNCATE public.cut_at; ALTER SEQUENCE public.writes RESTART; INSERT INTO public.cut_at VALUES (${write})`,
  );
  try {
    await loadRequests(pool, silent, requests);
    return false;
  } catch (error) {
    expect(sqlState(error)).toBe('57P01');
    return true;
  }
}
