import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import type { Rows } from '../support/recompute-sessions.ts';
import { vaultRows } from '../support/vault-rows.ts';

/** What a cluster's own locale orders otherwise than the bytes do. */
const names = ['Zebra', 'apple', 'Ärmel', 'Apple', '_x', 'a b', 'ab', 'zebra', 'ärmel', '10', '9', 'É'];
const at = Date.now() - 86_400_000;
const events = names.map((name, n) => ({
  event_id: `0190a0b0-c0d0-7000-8000-${String(n).padStart(12, '0')}`,
  event_type: 'item_interaction',
  event_label: name,
  business_item_type: name,
  conversion_funnel_stage: name,
  timestamp: new Date(at + n).toISOString(),
  session_id: 's',
  visitor_id: 'v',
}));

/** The rows of session and visitor in a new database of the given collation. */
async function rowsUnder(locale: string): Promise<Rows[]> {
  const server = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await server.connect();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ${locale}`);
  const pool = new pg.Pool({ connectionString: `${inject('postgresUrl')}/${name}`, max: 2 });
  await migrate(pool, readMigrations(migrationsDirectory));
  const tenant = await createTenant(pool, 'tenant');
  const { pending } = await tenant.land(events);
  for (const table of ['raw.site_tracking_requests_r', 'raw.pending_requests'])
    await pool.query(`UPDATE ${table} SET received_timestamp = $1`, [new Date(at)]);
  // Pseudonyms come from a salt of each database's own.
  await pool.query('UPDATE raw.site_tracking_requests_r SET visitor_ip_hash = NULL');
  await tenant.load(await tenant.stage(pending.map(({ requestId }) => requestId)));
  await takeSnapshots(pool, silent, new Date());
  const rows = [
    await vaultRows(pool, 'site_session_details_s'),
    await vaultRows(pool, 'site_visitor_details_s'),
  ];
  await pool.end();
  await server.query(`DROP DATABASE ${name}`);
  await server.end();
  return rows;
}

it('a satellite says the same, and has the same hash difference, whatever the database’s locale', async () => {
  const plain = await rowsUnder("LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' ENCODING 'UTF8'");
  const other = await rowsUnder("LOCALE_PROVIDER icu ICU_LOCALE 'en-US' ENCODING 'UTF8'");
  expect([...plain.map((rows) => rows.size)]).toEqual([1, 1]);
  expect(other).toEqual(plain);
}, 60_000);
