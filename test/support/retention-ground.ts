import type pg from 'pg';
import * as z from 'zod';
import type { RetentionContext } from '../../lambdas/lifecycle/retention/context.ts';
import type { RetentionClass } from '../../lambdas/lifecycle/retention/cut-offs.ts';
import { type DatabaseRole, databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction, type Queryable } from '../../lambdas/platform/postgres.ts';
import { changeSettings, type SettingsChange } from '../../lambdas/tenancy/tenants.ts';
import { mixedTraffic } from './mixed-industries.ts';
import { createTenant, silent } from './pipeline.ts';

export const DAY = 86_400_000;

/** Days of each class that the tenants keep, chosen so that every class outlives and is outlived by every other. */
export const keptDays = {
  short: { raw: 4, staging: 3, vault: 3, marts: 5 },
  long: { raw: 3, staging: 5, vault: 4, marts: 4 },
  keeps: {},
} as const satisfies Record<string, Partial<Record<RetentionClass, number>>>;
export type GroundTenant = keyof typeof keptDays;
export const groundTenants = ['short', 'long', 'keeps'] as const satisfies readonly GroundTenant[];

/** One request, and when it arrives. */
export interface Arrival {
  readonly tenant: GroundTenant;
  readonly at: number;
  readonly body: readonly object[];
  readonly origin: {
    readonly kind: 'secret' | 'public';
    readonly address: string;
    readonly userAgent: string;
  };
  /** Whether staging refuses its first event, as rules do that came after it was landed. */
  readonly isRefused: boolean;
}

/** An event that is stored somewhere, and the times that decide how long. */
interface StoredEvent {
  readonly tenant: GroundTenant;
  readonly eventId: string;
  readonly happened: number;
  readonly arrived: number;
  readonly isRefused: boolean;
}

/** What each tenant has of each class: ids of events and of requests. */
export interface Holdings {
  readonly vault: readonly string[];
  readonly quarantine: readonly string[];
  readonly requests: readonly string[];
}

const landedRow = z.object({ request_id: z.string(), event_id: z.string(), ordinal: z.number() });
const idRow = z.object({ tenant_id: z.string(), id: z.string() });
const sender = { kind: 'secret', address: '198.51.100.7', userAgent: 'curl/8' } as const;
const named = z.looseObject({ event_id: z.string() });

/** A database, and how to log in to it. */
interface GroundDatabase {
  readonly pool: pg.Pool;
  as(role: DatabaseRole): pg.Pool;
}

type GroundTenants = Readonly<Record<GroundTenant, Awaited<ReturnType<typeof createTenant>>>>;

/** Three tenants of whom two keep things for some days, and traffic that arrives around all their cut-offs. */
export class RetentionGround {
  readonly #tenants: GroundTenants;
  readonly #stored: StoredEvent[] = [];
  readonly #requests = new Map<string, { tenant: GroundTenant; arrived: number; isRefused: boolean }>();
  readonly #times = new Map<string, number | null>();
  readonly database: GroundDatabase;
  readonly asOf: Date;

  private constructor(database: GroundDatabase, asOf: Date, tenants: GroundTenants) {
    this.database = database;
    this.asOf = asOf;
    this.#tenants = tenants;
  }

  static async make(database: GroundDatabase, asOf: Date): Promise<RetentionGround> {
    const { pool } = database;
    const logins = {
      ingest: database.as(databaseRoles.ingest),
      loader: database.as(databaseRoles.loader),
    };
    const tenants = {
      short: await createTenant(pool, 'short', logins),
      long: await createTenant(pool, 'long', logins),
      keeps: await createTenant(pool, 'keeps', logins),
    };
    for (const tenant of groundTenants) {
      const days: Partial<Record<RetentionClass, number>> = keptDays[tenant];
      const change: SettingsChange = {
        data_retention_days: days.raw,
        staging_retention_days: days.staging,
        vault_retention_days: days.vault,
        marts_retention_days: days.marts,
      };
      if (days.raw !== undefined) await changeSettings(pool, tenants[tenant], change);
    }
    const ground = new RetentionGround(database, asOf, tenants);
    await ground.makeWeeks();
    return ground;
  }

  /** Makes the weeks that requests arrive in, those again that retention has dropped. */
  async makeWeeks(): Promise<void> {
    for (let week = 1; week <= 10; week += 1) await makeWeek(this.database.pool, this.asOf, week);
  }

  /** The first instant that a tenant still keeps; for ever is since the beginning of time. */
  cutOff(tenant: GroundTenant, each: RetentionClass): number {
    const days: Partial<Record<RetentionClass, number>> = keptDays[tenant];
    const kept = days[each];
    return kept === undefined ? Number.NEGATIVE_INFINITY : this.#today - kept * DAY;
  }

  get #today(): number {
    return Math.floor(this.asOf.getTime() / DAY) * DAY;
  }

  context(timeLeft: () => number = () => Number.POSITIVE_INFINITY): RetentionContext {
    return { pool: this.database.as(databaseRoles.maintenance), logger: silent, asOf: this.asOf, timeLeft };
  }

  /** Requests that arrive on each cut-off, a millisecond before and after it, with events of these times and of visitors on both sides. */
  edges(round: number): Arrival[] {
    return groundTenants.flatMap((tenant) => {
      const days = keptDays[tenant === 'keeps' ? 'short' : tenant];
      const times = [...new Set(Object.values(days))].flatMap((count) =>
        [-1, 0, 1].map((shift) => this.#today - count * DAY + shift),
      );
      return [
        ...times.map((at, index) =>
          this.#at(tenant, at, [at, at], `edge-${round}`, (index + round) % 2 === 0),
        ),
        // Late ones: they arrive when their time is over, or nearly.
        this.#at(tenant, this.#today - DAY, times, `late-${round}`, false),
        // Of a year that nobody else has anything of.
        ...(tenant === 'keeps'
          ? []
          : [this.#at(tenant, this.#today - DAY, [Date.UTC(2019, 2, 1)], `import-${round}`, false)]),
      ];
    });
  }

  /** A visitor of whom one event has expired, and another that comes later has not. */
  visitor(tenant: GroundTenant, name: string): readonly [Arrival, Arrival] {
    const expired = this.cutOff(tenant, 'vault') - 1;
    return [
      this.#at(tenant, expired, [expired], name, false),
      this.#at(tenant, this.#today - DAY, [this.#today - DAY], name, false),
    ];
  }

  /** Requests of two weeks of long ago, of which one has nothing that anybody keeps. */
  longAgo(): Arrival[] {
    const week = (weeks: number) => weekStart(this.asOf, weeks) + DAY;
    return [
      this.#at('short', week(8), [week(8)], 'old', false),
      this.#at('long', week(8), [week(8)], 'old', false),
      this.#at('short', week(9), [week(9)], 'older', false),
      this.#at('keeps', week(9), [week(9)], 'older', false),
    ];
  }

  /** The traffic of a few shops over the five days before yesterday. */
  traffic(events: number, seed: number, eventsOfRequest = 20): Arrival[] {
    const { sendings, drafts } = mixedTraffic(events, seed, groundTenants, this.asOf, eventsOfRequest);
    // Traffic of another seed has the same ids.
    const ofSeed = (id: string) => id.replace('-7000-', `-7${seed.toString(16).padStart(3, '0')}-`);
    for (const [key, { at }] of drafts) this.#times.set(ofSeed(key), at);
    return sendings.map(({ tenantId, body, ...origin }, index): Arrival => {
      const tenant = z.enum(groundTenants).parse(tenantId);
      const sent = body.map((event) => ({ ...event, event_id: ofSeed(named.parse(event).event_id) }));
      const times = sent.map(({ event_id }) => this.#times.get(JSON.stringify([tenant, event_id])) ?? 0);
      const at = times.reduce((a, b) => Math.max(a, b), this.#today - 6 * DAY) + 1_000;
      return { tenant, at, body: sent, origin, isRefused: index % 10 === 0 };
    });
  }

  #at(
    tenant: GroundTenant,
    at: number,
    times: readonly number[],
    visitor: string,
    isRefused: boolean,
  ): Arrival {
    const body = times.map((time, index) => {
      const event_id = crypto.randomUUID();
      this.#times.set(JSON.stringify([tenant, event_id]), time);
      return {
        event_id,
        event_type: 'page_view',
        timestamp: new Date(time).toISOString(),
        visitor_id: visitor,
        // Of sessions that a client named some lie on both sides of a cut-off, and of those that nobody named as well.
        ...(index % 2 === 0 && { session_id: `s-${visitor}` }),
        page_url: `https://shop.example/${visitor}?n=${index}`,
        page_title: visitor,
        items: [{ item_id: `item-${visitor}`, price: 10 }],
      };
    });
    return { tenant, at, body, origin: sender, isRefused };
  }

  /**
   * Lands a request that arrives at its time, in one transaction, so that nobody sees it as of today.
   * @returns its id, unless all of it was there before.
   */
  async land({ tenant, at, body, origin, isRefused }: Arrival): Promise<string[]> {
    const { tenantId, land } = this.#tenants[tenant];
    return inTransaction(this.database.pool, async (client) => {
      const { pending } = await land(body, { ...origin, database: client });
      const ids = pending.map(({ requestId }) => requestId);
      for (const statement of backdating) await client.query(statement, [ids, new Date(at)]);
      await client.query(backdatingConflicts, [tenantId, new Date(at)]);
      if (isRefused) await client.query(refusing, [ids]);
      const { rows } = await client.query(landedEvents, [ids]);
      for (const { request_id, event_id, ordinal } of z.array(landedRow).parse(rows)) {
        this.#requests.set(request_id, { tenant, arrived: at, isRefused });
        this.#stored.push({
          tenant,
          eventId: event_id,
          happened: this.#times.get(JSON.stringify([tenant, event_id])) ?? at,
          arrived: at,
          isRefused: isRefused && ordinal === 0,
        });
      }
      return ids;
    });
  }

  stage(tenant: GroundTenant, requestIds: readonly string[]): Promise<string[]> {
    return this.#tenants[tenant].stage(requestIds);
  }

  /** Stages and loads requests. @returns milliseconds that loading took. */
  async load(tenant: GroundTenant, requestIds: readonly string[]): Promise<number> {
    const staged = await this.stage(tenant, requestIds);
    const began = performance.now();
    await this.#tenants[tenant].load(staged);
    return performance.now() - began;
  }

  /** What is to be there in the end, no more and no less. */
  expected(tenant: GroundTenant, conflicts: readonly string[]): Holdings {
    const own = this.#stored.filter((event) => event.tenant === tenant);
    const isKept = (each: RetentionClass, time: number) => time >= this.cutOff(tenant, each);
    const refused = own.filter(({ isRefused, arrived }) => isRefused && isKept('staging', arrived));
    return {
      vault: own
        .filter(({ isRefused, happened }) => !isRefused && isKept('vault', happened))
        .map(({ eventId }) => eventId)
        .sort(),
      quarantine: [...refused.map(({ eventId }) => eventId), ...conflicts].sort(),
      requests: [...this.#requests]
        .filter(
          ([, request]) =>
            request.tenant === tenant &&
            (isKept('raw', request.arrived) || (request.isRefused && isKept('staging', request.arrived))),
        )
        .map(([id]) => id)
        .sort(),
    };
  }

  /** What is there. */
  async holdings(tenant: GroundTenant): Promise<Holdings> {
    const of = async (statement: string) => {
      const { rows } = await this.database.pool.query(statement);
      return z
        .array(idRow)
        .parse(rows)
        .filter(({ tenant_id }) => tenant_id === tenant)
        .map(({ id }) => id)
        .sort();
    };
    return {
      vault: await of(
        `SELECT tenant_bk AS tenant_id, site_event_bk::text AS id FROM business.site_event_nl JOIN auth.tenant_h USING (tenant_hk)`,
      ),
      quarantine: await of(`SELECT tenant_id, event_id::text AS id FROM staging.quarantined_events`),
      requests: await of(`SELECT tenant_id, request_id::text AS id FROM raw.site_tracking_requests_r`),
    };
  }

  /** An event of a tenant that its vault no longer keeps. */
  expiredEvent(tenant: GroundTenant): string {
    const gone = this.#stored.find(
      (event) => event.tenant === tenant && event.happened < this.cutOff(tenant, 'vault'),
    );
    if (gone === undefined) throw new Error('Nothing has expired.');
    return gone.eventId;
  }

  resend(tenant: GroundTenant, eventId: string) {
    return this.#tenants[tenant].land([{ event_id: eventId, event_type: 'click' }]);
  }
}

const backdating = [
  'UPDATE raw.site_tracking_requests_r SET received_timestamp = $2 WHERE request_id = ANY ($1::bigint[])',
  'UPDATE raw.pending_requests SET received_timestamp = $2 WHERE request_id = ANY ($1::bigint[])',
  'UPDATE raw.event_registry SET received_timestamp = $2 WHERE request_id = ANY ($1::bigint[])',
];
const backdatingConflicts = `
UPDATE staging.quarantined_events SET received_timestamp = $2
WHERE tenant_id = $1 AND raw_event_id IS NULL AND quarantined_at = now()`;
const refusing = `
UPDATE raw.site_tracking_requests_r
SET event_context = coalesce(event_context, '{}') || '{"0": {"payload": {"event_type": "page_view"}}}'
WHERE request_id = ANY ($1::bigint[])`;
const landedEvents = `
SELECT request_id::text AS request_id, event.event_id::text AS event_id, event.ordinal::integer - 1 AS ordinal
FROM raw.site_tracking_requests_r, unnest(event_ids) WITH ORDINALITY AS event (event_id, ordinal)
WHERE request_id = ANY ($1::bigint[])`;

const conflictRow = z.object({ tenant_id: z.string(), event_id: z.string(), at: z.date() });

/** Conflicts of ids that have not expired: which of two payloads comes second is the traffic's affair. */
export async function keptConflicts(ground: RetentionGround, tenant: GroundTenant): Promise<string[]> {
  const { rows } = await ground.database.pool.query(
    `SELECT tenant_id, event_id::text AS event_id, received_timestamp AS at
     FROM staging.quarantined_events WHERE raw_event_id IS NULL`,
  );
  return z
    .array(conflictRow)
    .parse(rows)
    .filter((row) => row.tenant_id === tenant && row.at.getTime() >= ground.cutOff(tenant, 'staging'))
    .map(({ event_id }) => event_id);
}

/** The first moment of a week, so many weeks before. Weeks begin on Mondays. */
function weekStart(asOf: Date, weeksBefore: number): number {
  const today = Math.floor(asOf.getTime() / DAY) * DAY;
  return today - ((new Date(today).getUTCDay() + 6) % 7) * DAY - weeksBefore * 7 * DAY;
}

async function makeWeek(database: Queryable, asOf: Date, weeksBefore: number): Promise<void> {
  const [from, to] = [weeksBefore, weeksBefore - 1].map((weeks) =>
    new Date(weekStart(asOf, weeks)).toISOString().slice(0, 10),
  );
  await database.query(
    `CREATE TABLE IF NOT EXISTS raw.site_tracking_requests_r_${from?.replaceAll('-', '')}
     PARTITION OF raw.site_tracking_requests_r FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`,
  );
  await database.query('SELECT auth.isolate_partitions()');
}
