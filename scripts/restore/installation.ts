import { randomUUID } from 'node:crypto';
import pg from 'pg';
import * as z from 'zod';
import { beginChecks, readChecks, runCheck } from '../../cli/conformance/checks.ts';
import { type ErasedMark, eraseAgain, readErasedMarks } from '../../lambdas/lifecycle/erasure/erase-again.ts';
import { eraseVisitors } from '../../lambdas/lifecycle/erasure/erase-visitors.ts';
import { landRequest } from '../../lambdas/pipeline/land-request.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { readRequest } from '../../lambdas/pipeline/read-request.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Doorbell, PendingRequest } from '../../lambdas/platform/doorbell.ts';
import type { Logger } from '../../lambdas/platform/log.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { createKeyKeeper } from '../../lambdas/tenancy/visitor-keys.ts';
import { createSaltKeeper } from '../../lambdas/tenancy/visitor-salts.ts';
import { roleUrl } from '../../local/database-login.ts';

export const TENANT = { tenantId: 'drill', siteId: 'main', name: 'Drill' };
const EVENTS_PER_REQUEST = 5;
/** The visitor who is erased after the target. */
const ERASED = 'visitor-1';

const nothing = (): void => undefined;
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, measure: nothing };

const ledgerRow = z.object({
  landed: z.number(),
  vaulted: z.number(),
  quarantined: z.number(),
  pending: z.number(),
});
const idRow = z.object({ id: z.string() });
const countRow = z.object({ events: z.number() });

/** Where every event of a database is. */
export type Ledger = z.infer<typeof ledgerRow>;

/** A bell that keeps what it is rung for: the drill is its own queue. */
function collectingBell(): Doorbell & { readonly rung: PendingRequest[] } {
  const rung: PendingRequest[] = [];
  return {
    rung,
    ring: async (requests) => {
      rung.push(...requests);
    },
  };
}

const idsOf = (requests: readonly PendingRequest[]): string[] => requests.map(({ requestId }) => requestId);

/** The pipeline on one database, each stage logged in as the role that it has in a deployment. */
export class Installation {
  readonly owner: pg.Pool;
  readonly #ingest: pg.Pool;
  readonly #loader: pg.Pool;
  readonly #maintenance: pg.Pool;

  constructor(url: string) {
    const pool = (role: string) => new pg.Pool({ connectionString: roleUrl(url, role), max: 2 });
    this.owner = new pg.Pool({ connectionString: url, max: 2 });
    this.#ingest = pool(databaseRoles.ingest);
    this.#loader = pool(databaseRoles.loader);
    this.#maintenance = pool(databaseRoles.maintenance);
    // The drill ends servers under their connections; what is asked of them afterwards says so by itself.
    for (const each of this.#pools()) each.on('error', nothing);
  }

  /** Stores requests as a call does; @returns them. */
  async land(requests: number): Promise<PendingRequest[]> {
    const secrets = { saltOf: createSaltKeeper(this.#ingest), keyOf: createKeyKeeper(this.#ingest) };
    const { tenantHk } = await findTenant(this.owner, TENANT.tenantId);
    const landed: PendingRequest[] = [];
    for (let at = 0; at < requests; at += 1) {
      const events = Array.from({ length: EVENTS_PER_REQUEST }, (_, n) => ({
        event_id: randomUUID(),
        event_type: 'page_view',
        visitor_id: `visitor-${n}`,
        session_id: `session-${n}`,
        page_url: `https://shop.example/${at % 9}`,
      }));
      const { pending } = await landRequest(
        this.#ingest,
        secrets,
        { tenantId: TENANT.tenantId, tenantHk, siteId: TENANT.siteId, kind: 'secret' },
        { address: '198.51.100.7', userAgent: 'drill', arrival: new Date(), traceId: null },
        readRequest(Buffer.from(JSON.stringify({ events }))),
      );
      landed.push(...pending);
    }
    return landed;
  }

  async stage(requests: readonly PendingRequest[]): Promise<PendingRequest[]> {
    const bell = collectingBell();
    await stageRequests(this.#loader, bell, silent, idsOf(requests));
    return bell.rung;
  }

  async load(requests: readonly PendingRequest[]): Promise<void> {
    await loadRequests(this.#loader, silent, idsOf(requests));
  }

  /** Lets the sweeper find what waits, and finishes it. */
  async finish(): Promise<void> {
    const bells = { LANDED: collectingBell(), STAGED: collectingBell() };
    await sweep(this.#maintenance, bells, silent, 0);
    const staged = await this.stage(bells.LANDED.rung);
    await this.load([...staged, ...bells.STAGED.rung]);
  }

  /** Erases a visitor. @returns the marks of all who were erased, as their certificates tell them. */
  async erase(): Promise<ErasedMark[]> {
    await eraseVisitors(this.#maintenance, silent, await findTenant(this.owner, TENANT.tenantId), [ERASED]);
    return readErasedMarks(this.owner);
  }

  async eraseAgain(marks: readonly ErasedMark[]): Promise<void> {
    await eraseAgain(this.#maintenance, silent, marks);
  }

  /** Events of the erased visitor that the vault holds as theirs. */
  async eventsOfErased(): Promise<number> {
    const { rows } = await this.owner.query(
      `SELECT count(*)::int AS events FROM business.site_event_nl JOIN business.site_visitor_h USING (site_visitor_hk)
       WHERE site_visitor_bk = $1`,
      [ERASED],
    );
    return countRow.parse(rows[0]).events;
  }

  async ledger(): Promise<Ledger> {
    const { rows } = await this.owner.query(
      `SELECT
         (SELECT coalesce(sum(event_count), 0) FROM raw.site_tracking_requests_r)::int AS landed,
         (SELECT count(*) FROM business.site_event_nl)::int AS vaulted,
         (SELECT count(*) FROM staging.quarantined_events)::int AS quarantined,
         (SELECT coalesce(sum(event_count), 0) FROM raw.pending_requests)::int AS pending`,
    );
    return ledgerRow.parse(rows[0]);
  }

  /** Ids of all stored requests. */
  async requestIds(): Promise<Set<string>> {
    const { rows } = await this.owner.query(
      'SELECT request_id::text AS id FROM raw.site_tracking_requests_r',
    );
    return new Set(
      z
        .array(idRow)
        .parse(rows)
        .map(({ id }) => id),
    );
  }

  /** Names of the conformance checks that return rows. */
  brokenChecks(): Promise<string[]> {
    return inTransaction(this.owner, async (client) => {
      await beginChecks(client);
      const broken: string[] = [];
      for (const check of readChecks()) {
        if ((await runCheck(client, check)).rows > 0) broken.push(check.name);
      }
      return broken;
    });
  }

  async leave(): Promise<void> {
    await Promise.all(this.#pools().map((pool) => pool.end()));
  }

  #pools(): pg.Pool[] {
    return [this.owner, this.#ingest, this.#loader, this.#maintenance];
  }
}
