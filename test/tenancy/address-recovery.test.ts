import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dumpDatabase, recover } from '../../bench/address-attack.ts';
import { measureRecovery } from '../../bench/address-recovery.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('who has the whole database once its salts are forgotten recovers none of the addresses, and before all', async () => {
  const pools = {
    owner: database.pool,
    ingest: database.as(databaseRoles.ingest),
    loader: database.as(databaseRoles.loader),
  };
  expect(await measureRecovery(pools, 200)).toMatchObject({
    addresses: 200,
    withoutSalts: 0,
    withSalts: 200,
  });
});

it('the attack would find a salt that is gone in what the planner sampled, and in the file', async () => {
  const [sampled, deleted] = [randomBytes(32), randomBytes(32)];
  const { pool } = database;
  await pool.query('CREATE TABLE auth.planted (salt bytea)');
  await pool.query('INSERT INTO auth.planted SELECT unnest($1::bytea[])', [[sampled, sampled, deleted]]);
  await pool.query('ANALYZE auth.planted');
  // On the disk at once, and not with the next checkpoint.
  await pool.query('VACUUM FULL auth.planted');
  await pool.query('DELETE FROM auth.planted WHERE salt = $1', [deleted]);
  const { secrets } = await dumpDatabase(pool);
  expect(secrets).toEqual(expect.arrayContaining([sampled, deleted]));
  await pool.query('TRUNCATE auth.planted');
  const after = await dumpDatabase(pool);
  expect(after.secrets).toContainEqual(sampled);
  expect(after.secrets).not.toContainEqual(deleted);
  await pool.query('DROP TABLE auth.planted');
});

it('the attack would find a plain hash, a cut one behind a version, one whose key stands beside it, and the address itself', async () => {
  const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest();
  const planted = new Map([
    ['203.0.113.1', digest('sha256', '203.0.113.1')],
    [
      '2001:db8:1:2:3:4:5:6',
      Buffer.concat([Buffer.of(1), digest('md5', '2001:db8:1:2:3:4:5:6').subarray(0, 15)]),
    ],
    ['203.0.113.3', digest('sha256', 'a key in the table203.0.113.3')],
    ['203.0.113.4', digest('sha256', 'a key in the table203.0.113.4')],
    ['203.0.113.5', Buffer.from(`${' '.repeat(200)}{"host": "203.0.113.5"}`)],
  ]);
  await database.pool.query(
    `CREATE TABLE raw.planted AS SELECT 'a key in the table' AS secret, planted.hash FROM unnest($1::bytea[]) AS planted (hash)`,
    [[...planted.values()]],
  );
  const dump = await dumpDatabase(database.pool);
  // The attacker's own address is one of the two whose key stands beside them.
  const candidates = [...planted.keys(), '203.0.113.50', '198.51.100.1'];
  const attack = { dump, candidates, known: ['203.0.113.3'], agent: '', days: [], tenants: [] };
  expect(recover(attack)).toEqual(new Set(planted.keys()));
});
