import { crc32 } from 'node:zlib';
import pg from 'pg';
import { databaseRoles } from '../lambdas/platform/database-roles.ts';
import type { Logger } from '../lambdas/platform/log.ts';
import { createAuthenticator } from '../lambdas/tenancy/caller.ts';
import { provisionTenant } from '../lambdas/tenancy/provision.ts';
import { createToken, isWellFormedToken } from '../lambdas/tenancy/token.ts';
import { roleUrl } from '../local/database-login.ts';
import { startStack } from '../test/support/stack.ts';
import { quantile, welch } from './statistics.ts';

const SAMPLES = 100_000;
const WARM_UP = 5_000;
/** Above this a difference of two means is held for real. */
const NOTICEABLE = 4.5;
/** What takes longer than this share of all samples is a pause of the machine. */
const KEPT_SHARE = 0.95;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;
/** Letters in which a token with the right beginning differs; enough for no two samples to be alike. */
const NEW_LETTERS = 8;

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  measure: () => undefined,
};

/** A well-formed token that begins like another one. @throws Error when the checksum is made otherwise now. */
function beginningLike(token: string): string {
  const fresh = createToken('read').slice(0, -CHECKSUM_LENGTH);
  const body = token.slice(0, fresh.length - NEW_LETTERS) + fresh.slice(-NEW_LETTERS);
  let rest = crc32(body);
  let checksum = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    checksum = ALPHABET[rest % ALPHABET.length] + checksum;
    rest = Math.floor(rest / ALPHABET.length);
  }
  if (!isWellFormedToken(body + checksum))
    throw new Error('The bench makes tokens that are not well formed.');
  return body + checksum;
}

/** Whether the time of a refusal tells anything of a token or a tenant: Welch's t of every two kinds of bad credentials. */
export async function benchTokenTiming(): Promise<void> {
  const stack = await startStack();
  const owner = new pg.Pool({ connectionString: stack.databaseUrl, max: 1 });
  const pool = new pg.Pool({ connectionString: roleUrl(stack.databaseUrl, databaseRoles.reader), max: 1 });
  try {
    const { id, tokens } = await provisionTenant(owner, {
      tenantId: 'timing',
      siteId: 'main',
      name: 'Timing',
    });
    const stranger = createToken('read');
    const kinds: Readonly<Record<string, () => { token: string; customerId: string }>> = {
      'wrong token': () => ({ token: beginningLike(stranger), customerId: id }),
      'wrong token, unknown tenant': () => ({ token: beginningLike(stranger), customerId: 'nobody' }),
      'right beginning': () => ({ token: beginningLike(tokens.read), customerId: id }),
    };
    const times = new Map<string, number[]>(Object.keys(kinds).map((kind) => [kind, []]));
    for (let sample = -WARM_UP; sample < SAMPLES; sample += 1) {
      for (const [kind, credentials] of Object.entries(kinds).sort(() => Math.random() - 0.5)) {
        const sent = credentials();
        // One that remembers nothing, so that every sample asks the database.
        const authenticate = createAuthenticator(pool, silent);
        const begin = process.hrtime.bigint();
        await authenticate(sent).catch(() => undefined);
        const took = Number(process.hrtime.bigint() - begin);
        if (sample >= 0) times.get(kind)?.push(took);
      }
    }
    const pause = quantile([...times.values()].flat(), KEPT_SHARE);
    const kept = [...times].map(([kind, all]) => ({
      kind,
      all,
      samples: all.filter((took) => took < pause),
    }));
    for (const { kind, all } of kept)
      process.stdout.write(
        `${kind}: median ${(quantile(all, 0.5) / 1_000).toFixed(1)} µs of ${all.length}\n`,
      );
    for (const [index, one] of kept.entries())
      for (const other of kept.slice(index + 1)) {
        const t = welch(one.samples, other.samples);
        const verdict = Math.abs(t) < NOTICEABLE ? 'not to be told apart' : 'TOLD APART';
        process.stdout.write(`${one.kind} / ${other.kind}: t = ${t.toFixed(2)}, ${verdict}\n`);
      }
  } finally {
    await pool.end();
    await owner.end();
    await stack.stop();
  }
}
