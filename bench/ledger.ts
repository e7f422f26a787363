import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { eraseVisitors } from '../lambdas/lifecycle/erasure/erase-visitors.ts';
import { type DatabaseRole, databaseRoles } from '../lambdas/platform/database-roles.ts';
import { roleUrl } from '../local/database-login.ts';
import { silent } from '../test/support/pipeline.ts';
import { startStack } from '../test/support/stack.ts';
import { type Books, balance, type Ground, runLedger } from './ledger-run.ts';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const BATCH = 100;
const CONNECTIONS = 6;

/** Whether the ledger is exact over many events of every kind, what it says, and how long a balance takes. */
export async function benchLedger(): Promise<void> {
  const stack = await startStack();
  const pools = new Map<DatabaseRole, pg.Pool>();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: CONNECTIONS });
  const as = (role: DatabaseRole): pg.Pool => {
    const known = pools.get(role);
    const login =
      known ?? new pg.Pool({ connectionString: roleUrl(stack.databaseUrl, role), max: CONNECTIONS });
    pools.set(role, login);
    return login;
  };
  const ground: Ground = { pool, as };
  try {
    const books = await runLedger(ground, {
      tenantIds: ['ledger-a', 'ledger-b'],
      events: EVENTS,
      batchSize: BATCH,
      erase: (tenant, visitors) => eraseVisitors(as(databaseRoles.maintenance), silent, tenant, visitors),
    });
    const begun = performance.now();
    await balance(ground);
    process.stdout.write(report(books, performance.now() - begun));
  } finally {
    await Promise.all([pool, ...pools.values()].map((each) => each.end()));
    await stack.stop();
  }
}

function report(books: readonly Books[], milliseconds: number): string {
  const sum = (of: (books: Books) => number) => books.reduce((total, each) => total + of(each), 0);
  const figure = (value: number) => value.toLocaleString('en').padStart(9);
  const classes = [
    'received',
    'stored',
    'duplicate',
    'quarantined',
    'refused',
    'erased',
    'pending',
    'bots',
  ] as const;
  const isExact = books.every(
    ({ sent, found: { gap, ...found } }) => gap === 0 && isDeepStrictEqual(found, sent),
  );
  if (!isExact) throw new Error(`The ledger is not exact: ${JSON.stringify(books)}`);
  return [
    `${books.length} tenants, ${EVENTS.toLocaleString('en')} events at least, through the handlers and through SQL; balanced while they came.`,
    '',
    'class             sent     ledger',
    ...classes.map(
      (each) =>
        `${each.padEnd(12)}${figure(sum(({ sent }) => sent[each]))}  ${figure(sum(({ found }) => found[each]))}`,
    ),
    `${'gap'.padEnd(12)}${figure(0)}  ${figure(sum(({ found }) => found.gap))}`,
    '',
    `Refusals by code are equal as well: ${Object.keys(books[0]?.sent.refusals ?? {}).join(', ')}.`,
    `A balance of the day takes ${Math.round(milliseconds)} ms.`,
    '',
  ].join('\n');
}
