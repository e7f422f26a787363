import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { forgetSalts } from '../lambdas/lifecycle/salts.ts';
import { databaseRoles } from '../lambdas/platform/database-roles.ts';
import { roleUrl } from '../local/database-login.ts';
import { createTenant, silent } from '../test/support/pipeline.ts';
import { startStack } from '../test/support/stack.ts';
import { dumpDatabase, recover } from './address-attack.ts';

const ADDRESSES = 10_000;
const AT_ONCE = 500;
const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const TENANTS = ['recovery-a', 'recovery-b'];
/** The attacker's own address, which is stored like all others: what fits it fits all of its tenant and day. */
const KNOWN = '192.0.2.66';

export interface Recovery {
  readonly addresses: number;
  /** Different values that the attacker tried as keys and looked for hashes in. */
  readonly values: number;
  /** How many addresses were found in the whole database, the tenants' keys included, once the salts were forgotten. */
  readonly withoutSalts: number;
  /** And before, which proves that the attack works. */
  readonly withSalts: number;
}

interface Pools {
  readonly owner: pg.Pool;
  readonly ingest: pg.Pool;
  readonly loader: pg.Pool;
}

const random4 = (): string => [...randomBytes(4)].join('.');
const random6 = (): string =>
  (randomBytes(16).toString('hex').match(/.{4}/g) ?? [])
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');

/** Random addresses, half of each version, no two of one network. */
function randomAddresses(count: number): string[] {
  const addresses = new Set<string>();
  while (addresses.size < count) addresses.add(addresses.size % 2 === 0 ? random4() : random6());
  return [...addresses];
}

/**
 * Sends events from random addresses through ingest, staging and the vault, and then tries to find the addresses in what the
 * database holds.
 */
export async function measureRecovery({ owner, ingest, loader }: Pools, count: number): Promise<Recovery> {
  const addresses = randomAddresses(count);
  const [one, other] = [
    await createTenant(owner, TENANTS[0] ?? '', { ingest, loader }),
    await createTenant(owner, TENANTS[1] ?? '', { ingest, loader }),
  ];
  for (const [tenant, own] of [
    [one, addresses],
    [other, addresses.slice(0, count / 10)],
  ] as const) {
    for (let first = 0; first < own.length; first += AT_ONCE) {
      const events = [...own.slice(first, first + AT_ONCE), ...(first === 0 ? [KNOWN] : [])];
      // What a server says of its visitors, and also where a sender should not: in a field of its own.
      await tenant.track(
        events.map((client_ip) => ({
          event_type: 'click',
          client_ip,
          user_agent: AGENT,
          properties: { ip: client_ip },
        })),
      );
    }
    for (const address of [KNOWN, ...own.slice(0, 5)])
      await tenant.track({ event_type: 'click' }, { kind: 'public', address, userAgent: AGENT });
  }
  const decoys = randomAddresses(Math.ceil(count / 10));
  const today = Date.now();
  const days = [0, 1, 2].map((ago) => new Date(today - ago * 86_400_000).toISOString().slice(0, 10));
  const found = async () => {
    const dump = await dumpDatabase(owner);
    const candidates = [...addresses, ...decoys];
    const recovered = recover({ dump, candidates, known: [KNOWN], agent: AGENT, days, tenants: TENANTS });
    if (decoys.some((decoy) => recovered.has(decoy))) throw new Error('The attack finds what is not there.');
    return { recovered: recovered.size, values: dump.values.size };
  };
  // So that the planner and the disk have what the table has.
  await owner.query('ANALYZE');
  await owner.query('VACUUM FULL auth.visitor_salts');
  const withSalts = await found();
  await owner.query(`UPDATE auth.visitor_salts SET created_at = created_at - interval '46 hours'`);
  await forgetSalts(owner, silent);
  const withoutSalts = await found();
  return {
    addresses: count,
    values: withoutSalts.values,
    withoutSalts: withoutSalts.recovered,
    withSalts: withSalts.recovered,
  };
}

/** How many visitors' addresses somebody finds who has the whole database once its salts are forgotten. */
export async function benchAddressRecovery(): Promise<void> {
  const stack = await startStack();
  const owner = new pg.Pool({ connectionString: stack.databaseUrl, max: 4 });
  const ingest = new pg.Pool({ connectionString: roleUrl(stack.databaseUrl, databaseRoles.ingest), max: 4 });
  const loader = new pg.Pool({ connectionString: roleUrl(stack.databaseUrl, databaseRoles.loader), max: 4 });
  try {
    const begun = performance.now();
    const { addresses, values, withoutSalts, withSalts } = await measureRecovery(
      { owner, ingest, loader },
      ADDRESSES,
    );
    const seconds = (performance.now() - begun) / 1_000;
    process.stdout.write(`${addresses} addresses (IPv4 and IPv6), a tenth of them of a second tenant as well; ${values} values tried as keys; ${seconds.toFixed(0)} s
found in the whole database, its statistics and its files, once the salts are forgotten: ${withoutSalts}
before, which proves the attack: ${withSalts}
`);
    if (withoutSalts > 0 || withSalts < addresses) process.exitCode = 1;
  } finally {
    for (const pool of [owner, ingest, loader]) await pool.end();
    await stack.stop();
  }
}
