import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import { createAuthenticator } from '../../lambdas/tenancy/caller.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createToken, hashToken } from '../../lambdas/tenancy/token.ts';
import { hashKey } from '../../lambdas/vault/hash-key.ts';
import { createDatabase } from '../support/database.ts';
import { silent } from '../support/pipeline.ts';

const lambdas = join(import.meta.dirname, '../../lambdas');
const hashModule = '../../lambdas/vault/hash-key.ts';
const idModule = '../../lambdas/event/event-id.ts';

afterEach(() => {
  vi.doUnmock(hashModule);
  vi.doUnmock(idModule);
  // The next file of this worker must not find what was loaded with the mocks.
  vi.resetModules();
});

it('T5: lists of parts that look alike have keys of their own', () => {
  const lists = [
    ['a|b', 'c'],
    ['a', 'b|c'],
    ['a', 'b', 'c'],
    ['abc'],
    ['a', 'bc'],
    ['a', ''],
    ['a', null],
    ['a', 'NULL'],
    ['a', 'null'],
    ['a', ' '],
    ['a'],
    ['A'],
    ['a '],
    ['é'.normalize('NFC')],
    ['é'.normalize('NFD')],
    ['1:a'],
    ['n'],
    [null],
    [''],
  ];
  expect(new Set(lists.map((parts) => hashKey(...parts).toString('hex'))).size).toBe(lists.length);
});

it('T25: a token is looked up by its hash alone, and every refusal is the same', async () => {
  const database = await createDatabase();
  try {
    const { tokens } = await provisionTenant(database.pool, { tenantId: 'a', siteId: 'main', name: 'A' });
    const asked: { readonly statement: unknown; readonly values: readonly unknown[] | undefined }[] = [];
    const reader = database.as(databaseRoles.reader);
    const recording: Queryable = {
      query: (statement, values) => {
        asked.push({ statement, values });
        return reader.query(statement, values === undefined ? undefined : [...values]);
      },
    };
    const authenticate = createAuthenticator(recording, silent);
    const refusals: string[] = [];
    for (const [token, customerId] of [
      [tokens.read, 'b'],
      [createToken('read'), 'a'],
      [createToken('read'), 'b'],
      [`${tokens.read.slice(0, -8)}${createToken('read').slice(-8)}`, 'a'],
    ] as const)
      await authenticate({ token, customerId }).catch((error: unknown) =>
        refusals.push(`${error} ${JSON.stringify(error)}`),
      );
    expect(refusals).toHaveLength(4);
    expect(new Set(refusals).size).toBe(1);
    // A mistyped one is not even asked for.
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ statement }) => statement)).size).toBe(1);
    expect(asked[0]?.values).toEqual([hashToken(tokens.read)]);
    for (const { values } of asked) expect(values).toEqual([expect.objectContaining({ length: 32 })]);
  } finally {
    await database.drop();
  }
});

it('T17: no statement is put together from parts', async () => {
  const composed: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: lambdas })) {
    const text = readFileSync(join(lambdas, file), 'utf8');
    if (/\.query(<[^>]*>)?\(\s*(`[^`]*\$\{|'[^']*'\s*\+)/.test(text)) composed.push(file);
  }
  expect(composed).toEqual([]);
});

/** What an attack finds on a ground that was filled with the modules as they are mocked now. */
async function foundBy(
  name:
    | 'T4: the same ids in three tenants are three rows each'
    | 'T19: an id that another tenant has used is new',
) {
  vi.resetModules();
  const { createGround } = await import('./ground.ts');
  const { attacks } = await import('./attacks.ts');
  const { database, ground } = await createGround();
  try {
    return await attacks[name](ground);
  } finally {
    await database.drop();
  }
}

it('T32: hub keys without the tenant are caught', async () => {
  vi.doMock(hashModule, async (importActual) => {
    const actual = await importActual<typeof import('../../lambdas/vault/hash-key.ts')>();
    return {
      ...actual,
      hashKey: (_tenant: string | null, ...parts: (string | null)[]) => actual.hashKey(...parts),
    };
  });
  expect(await foundBy('T4: the same ids in three tenants are three rows each')).not.toEqual([]);
});

it('T32: registry keys without the tenant are caught', async () => {
  vi.doMock(idModule, async (importActual) => {
    const actual = await importActual<typeof import('../../lambdas/event/event-id.ts')>();
    const asked = new Map<string, number>();
    return {
      ...actual,
      registryKey: (_tenant: string, eventId: string) => {
        // Landing asks again for as long as it takes the id for one that is just being stored.
        const times = (asked.get(eventId) ?? 0) + 1;
        asked.set(eventId, times);
        if (times > 10) throw new Error('The id is another tenant’s.');
        return actual.registryKey('', eventId);
      },
    };
  });
  const found = await foundBy('T19: an id that another tenant has used is new').catch(String);
  expect(found).toBe('Error: The id is another tenant’s.');
});
