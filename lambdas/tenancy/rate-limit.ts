import { createHash } from 'node:crypto';
import * as z from 'zod';
import { errorKind, type Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import type { TokenHolder } from './caller.ts';

const countUse = readStatement('count_use');
const usedRow = z.object({ used: z.coerce.number() });

/** Seconds of a window: the quota of a token is this many times its rate, and starts anew with each window. */
export const WINDOW_SECONDS = 10;
const WINDOW = WINDOW_SECONDS * 1_000;
/** A process asks what the others used after so many milliseconds, or when it used this share of the quota itself. */
const SYNCED_EVERY = 200;
const UNSYNCED_SHARE = 1 / 50;
const COUNTED_TOKENS = 10_000;

/** What is counted, apart from the other, and how many a second a token has without a rate of its own. */
export interface Rate {
  readonly of: 'events' | 'questions';
  readonly perSecond: number;
}

/** What a token used in one window. */
interface Use {
  readonly windowStart: number;
  /** By all processes, when last asked. */
  known: number;
  /** By this process since then, and what of it is being reported now. */
  unsynced: number;
  reported: number;
  syncedAt: number;
}

/** Whether a call is within its token's rate, and the headers that say so. */
export interface Standing {
  readonly isWithin: boolean;
  /** Seconds until the quota starts anew. */
  readonly retryAfter: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Counts what each token uses, together with all other processes through the database. A database that does not answer refuses
 * nobody.
 */
export function createRateLimiter(database: Queryable, logger: Logger, { of, perSecond }: Rate) {
  const uses = new Map<string, Use>();

  // What a token writes must not use up what it may ask.
  const counterOf = (tokenHash: Buffer): Buffer =>
    of === 'events' ? tokenHash : createHash('sha256').update(of).update(tokenHash).digest();

  function useOf(counter: Buffer, windowStart: number): Use {
    const key = counter.toString('base64');
    const known = uses.get(key);
    if (known?.windowStart === windowStart) return known;
    if (uses.size >= COUNTED_TOKENS) forget(windowStart);
    const use = { windowStart, known: 0, unsynced: 0, reported: 0, syncedAt: 0 };
    uses.set(key, use);
    return use;
  }

  /** Makes room: windows that are over first, then everything, which at worst forgets a part of a second. */
  function forget(windowStart: number): void {
    for (const [key, use] of uses) if (use.windowStart !== windowStart) uses.delete(key);
    if (uses.size >= COUNTED_TOKENS) uses.clear();
  }

  async function sync(counter: Buffer, use: Use): Promise<void> {
    const units = use.unsynced;
    use.unsynced = 0;
    use.reported += units;
    use.syncedAt = Date.now();
    try {
      const { rows } = await database.query(countUse, [counter, new Date(use.windowStart), units]);
      use.known = Math.max(use.known, usedRow.parse(rows[0]).used);
    } catch (error) {
      use.unsynced += units;
      logger.warn('use not counted', { cause: errorKind(error) });
    } finally {
      use.reported -= units;
    }
  }

  /** @param units events of a call that writes, at least 1; 1 for a call that reads. */
  return async function spend({ tokenHash, rateLimit }: TokenHolder, units: number): Promise<Standing> {
    const now = Date.now();
    const quota = (rateLimit ?? perSecond) * WINDOW_SECONDS;
    const counter = counterOf(tokenHash);
    const use = useOf(counter, now - (now % WINDOW));
    const used = () => use.known + use.reported + use.unsynced;
    // A batch beyond the whole quota would never pass; it may when it is the first of its window.
    const isFirst = used() === 0;
    let isWithin = isFirst || used() + units <= quota;
    if (isWithin) {
      use.unsynced += units;
      const isDue = use.syncedAt < now - SYNCED_EVERY || use.unsynced > quota * UNSYNCED_SHARE;
      if (isDue) await sync(counter, use);
      isWithin = used() <= quota || (isFirst && used() === units);
    }
    const retryAfter = Math.ceil((use.windowStart + WINDOW - now) / 1_000);
    return { isWithin, retryAfter, headers: headersOf(quota, quota - used(), retryAfter) };
  };
}

/** Fields of the RateLimit headers draft of the IETF. */
function headersOf(quota: number, left: number, seconds: number): Record<string, string> {
  return {
    'ratelimit-policy': `"default";q=${quota};w=${WINDOW_SECONDS}`,
    ratelimit: `"default";r=${Math.max(0, left)};t=${seconds}`,
  };
}
