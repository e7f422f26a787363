import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('every example of docs/sql.md succeeds, in their order', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/sql.md'), 'utf8');
  const examples = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  expect(examples.length).toBeGreaterThan(5);
  for (const text of examples) {
    const { rows } = await database.pool.query(text);
    for (const [name, value] of Object.entries(rows[0] ?? {})) {
      if (name !== 'ingest_tracking_event') expect(value).toMatchObject({ success: true });
      else expect(value).toMatch(/^\d+$/);
    }
  }
  const { rows } = await database.pool.query(
    `SELECT count(*)::int AS events FROM raw.site_tracking_events_r WHERE tenant_id = 'test_tenant_001'`,
  );
  expect(rows).toEqual([{ events: 3 }]);
});

describe('the functions for SQL clients', () => {
  it('run with the rights of their caller', async () => {
    const { rows } = await database.pool.query(
      `SELECT oid::regprocedure::text FROM pg_proc
       WHERE pronamespace IN ('api'::regnamespace, 'raw'::regnamespace, 'staging'::regnamespace)
         AND prosecdef AND proname NOT LIKE 'ensure\\_%\\_partitions' AND proname <> 'drop_expired_week'`,
    );
    expect(rows).toEqual([]);
  });

  it('let a role without rights write nothing, and say only that it may not', async () => {
    const role = `stranger_${randomUUID().replaceAll('-', '')}`;
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `CREATE ROLE ${role}; GRANT USAGE ON SCHEMA api, raw, staging TO ${role}; SET LOCAL ROLE ${role}`,
      );
      for (const call of [
        `api.track_event('{"tenantId": "test_tenant_001", "event_type": "click"}')`,
        `raw.ingest_tracking_event('test_tenant_001', NULL, NULL, '{"event_type": "click"}')`,
        'staging.trigger_pipeline_now()',
        'staging.get_pipeline_status()',
      ]) {
        await client.query('SAVEPOINT attempt');
        await expect(client.query(`SELECT ${call}`)).rejects.toMatchObject({ code: '42501' });
        await client.query('ROLLBACK TO attempt');
      }
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('mean the same whatever search path and settings their caller has', async () => {
    const client = await database.pool.connect();
    try {
      await client.query(`
        BEGIN;
        CREATE SCHEMA evil;
        CREATE FUNCTION evil.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$;
        CREATE FUNCTION evil.encode(bytea, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT repeat('0', 32) $$;
        CREATE FUNCTION evil.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'string' $$;
        INSERT INTO auth.tenant_h VALUES ('\\x01', 'elsewhere', now(), 'test')`);
      const send = async () => {
        const { rows } = await client.query(
          `SELECT api.track_event('{"tenantId": "elsewhere", "event_id": "mine", "event_type": "click", "timestamp": "2026-01-31T08:00:00Z"}') AS answer`,
        );
        return rows[0].answer;
      };
      const first = await send();
      expect(first).toMatchObject({ success: true, status: 'accepted' });
      await client.query(`
        SET LOCAL search_path = evil, pg_catalog; SET LOCAL timezone = 'Asia/Tokyo'; SET LOCAL datestyle = 'German';
        SET LOCAL bytea_output = 'escape'; SET LOCAL extra_float_digits = -10`);
      expect(await send()).toMatchObject({ success: true, status: 'duplicate', event_id: first.event_id });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});
