import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';

const owner = `owner_${randomUUID().replaceAll('-', '')}`;
let server: pg.Pool;
let pool: pg.Pool;
beforeAll(async () => {
  server = new pg.Pool({ connectionString: `${inject('postgresUrl')}/postgres`, max: 1 });
  // Aurora's master user: no superuser, but may make roles and hand out those that it administers.
  await server.query(`CREATE ROLE ${owner} LOGIN CREATEROLE CREATEDB PASSWORD 'test'`);
  const roles = ['ingest', 'loader', 'reader', 'maintenance', 'migrator'].map((role) => `onevault_${role}`);
  await server.query(`GRANT ${roles.join(', ')} TO ${owner} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
  await server.query(`CREATE DATABASE ${owner} OWNER ${owner}`);
  const url = new URL(`${inject('postgresUrl')}/${owner}`);
  url.username = owner;
  url.password = 'test';
  pool = new pg.Pool({ connectionString: url.href, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await server.query(`DROP DATABASE ${owner}`);
  await server.query(`DROP OWNED BY ${owner}`);
  await server.query(`DROP ROLE ${owner}`);
  await server.end();
});

it('migrations run for an owner that is no superuser, who then sees and changes every tenant', async () => {
  await migrate(pool, readMigrations(migrationsDirectory));
  await pool.query(
    `INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source) VALUES ('\\x01', 'a', 't'), ('\\x02', 'b', 't')`,
  );
  await pool.query(
    `INSERT INTO auth.sites (tenant_hk, site_id, site_name) VALUES ('\\x01', 's', 's'), ('\\x02', 's', 's')`,
  );
  await pool.query(`UPDATE auth.sites SET site_name = 'changed'`);
  const { rows } = await pool.query(
    `SELECT count(*)::int AS sites FROM auth.sites WHERE site_name = 'changed'`,
  );
  expect(rows).toEqual([{ sites: 2 }]);
  const landed = await pool.query(
    `SELECT api.track_event('{"tenantId": "a", "event_type": "click"}') ->> 'success' AS success`,
  );
  expect(landed.rows).toEqual([{ success: 'true' }]);
});

it('functions with the rights of such an owner see what a partition holds before they drop it', async () => {
  await pool.query(`
    CREATE TABLE raw.site_tracking_requests_r_20200106 PARTITION OF raw.site_tracking_requests_r
      FOR VALUES FROM ('2020-01-06 00:00:00+00') TO ('2020-01-13 00:00:00+00');
    DELETE FROM raw.pending_requests;
    UPDATE raw.site_tracking_requests_r SET received_timestamp = '2020-01-07 00:00:00+00'`);
  const drop = async () =>
    (await pool.query(`SELECT raw.drop_expired_week('2020-01-06', now()) AS is_done`)).rows;
  expect(await drop()).toEqual([{ is_done: false }]);
  await pool.query('REVOKE onevault_migrator FROM CURRENT_USER');
  await expect(drop()).rejects.toMatchObject({ code: '42501' });
  await pool.query('GRANT onevault_migrator TO CURRENT_USER WITH INHERIT TRUE');
  await pool.query(
    `INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
     VALUES ('\\x01', now(), '\\x00', '{"site_tracking": {"data_retention_days": 30}}', 'test')`,
  );
  expect(await drop()).toEqual([{ is_done: true }]);
});

it('the same owner without the right to see all tenants is held by row-level security as everybody is', async () => {
  await pool.query('REVOKE onevault_migrator FROM CURRENT_USER');
  await expect(pool.query('SELECT site_id FROM auth.sites')).resolves.toMatchObject({ rows: [] });
});
