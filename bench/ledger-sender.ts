import type pg from 'pg';
import { Random } from '../cli/sample/random.ts';
import type { Logger } from '../lambdas/platform/log.ts';
import { inTransaction, type Tenant } from '../lambdas/platform/postgres.ts';
import { type ProvisionedTenant, provisionTenant } from '../lambdas/tenancy/provision.ts';
import { findTenant } from '../lambdas/tenancy/tenants.ts';
import { issueToken } from '../lambdas/tenancy/tokens.ts';
import { credentials, ingestProcess } from '../test/support/http-calls.ts';
import { silent } from '../test/support/pipeline.ts';
import { type BenchEvent, createEventStream } from './event-stream.ts';
import { LedgerModel } from './ledger-model.ts';

const ROUTE = 'POST /api/v1/track/batch';
/** Batches that are remembered, to be sent again. */
const REMEMBERED = 50;

type Call = ReturnType<typeof ingestProcess>;
type Action = (this: LedgerSender) => Promise<void>;

/** One tenant's traffic of every kind, through the handlers and through SQL, and the books of who sends it. */
export class LedgerSender {
  readonly model = new LedgerModel();
  readonly tenant: Tenant;
  readonly #owner: pg.Pool;
  readonly #tokens: ProvisionedTenant['tokens'];
  readonly #limited: string;
  /** Two ingest processes, each with its own memory of tokens and rates. */
  readonly #processes: readonly [Call, Call];
  readonly #random: Random;
  readonly #next: () => BenchEvent;
  readonly #batchSize: number;
  readonly #sent: BenchEvent[][] = [];
  /** What the handlers have logged as errors. */
  readonly #complaints: string[] = [];

  static async open(
    owner: pg.Pool,
    tenantId: string,
    seed: number,
    batchSize: number,
  ): Promise<LedgerSender> {
    const { tokens } = await provisionTenant(owner, { tenantId, siteId: 'main', name: tenantId });
    const tenant = await findTenant(owner, tenantId);
    const limited = await issueToken(owner, tenant, {
      siteId: 'main',
      kind: 'secret',
      name: 'limited',
      rateLimit: 1,
    });
    return new LedgerSender(owner, tenant, tokens, limited.token, seed, batchSize);
  }

  private constructor(
    owner: pg.Pool,
    tenant: Tenant,
    tokens: ProvisionedTenant['tokens'],
    limited: string,
    seed: number,
    batchSize: number,
  ) {
    this.#owner = owner;
    this.tenant = tenant;
    this.#tokens = tokens;
    this.#limited = limited;
    const logger: Logger = {
      ...silent,
      error: (message, facts) => this.#complaints.push(`${message} ${JSON.stringify(facts)}`),
    };
    this.#processes = [
      ingestProcess(owner, { logger, defaultRate: 10_000_000 }),
      ingestProcess(owner, { logger, defaultRate: 10_000_000 }),
    ];
    this.#random = new Random(seed);
    this.#next = createEventStream(seed, Date.now, 20);
    this.#batchSize = batchSize;
  }

  /** Sends so many events, of every kind. */
  async send(events: number): Promise<void> {
    const until = this.model.figures.received + events;
    for (let turn = 0; this.model.figures.received < until; turn += 1) {
      // Every kind once, then at random: a short run misses none.
      const action = ACTIONS[turn] ?? (this.#random.chance(0.6) ? sendBatch : this.#random.pick(ACTIONS));
      await action.call(this);
    }
  }

  /** A batch from each process that nobody takes further. */
  async leavePending(): Promise<void> {
    for (const process of [0, 1]) {
      const batch = this.batch();
      await this.call(batch, 202, { process });
      this.model.send(batch, 'pending');
    }
  }

  batch(size = this.#batchSize): BenchEvent[] {
    return Array.from({ length: size }, this.#next);
  }

  /** A batch that was taken before. */
  earlier(): BenchEvent[] {
    const [first = this.batch(), ...others] = this.#sent;
    return this.#random.pick([first, ...others]);
  }

  remember(batch: BenchEvent[]): void {
    this.#sent.push(batch);
    if (this.#sent.length > REMEMBERED) this.#sent.shift();
  }

  /** @throws unless the answer is as expected. */
  async call(
    body: unknown,
    expected: number | readonly number[],
    { token = this.#tokens.secret, headers = {}, process = this.#random.between(0, 1) }: Sending = {},
  ): Promise<number> {
    const call = process === 0 ? this.#processes[0] : this.#processes[1];
    const { statusCode, body: said } = await call(
      ROUTE,
      credentials(token, this.tenant.tenantId, headers),
      body,
    );
    if (![expected].flat().includes(statusCode))
      throw new Error(`Answered ${statusCode}: ${said.slice(0, 500)} ${this.#complaints.join(' ')}`);
    return statusCode;
  }

  tokenOf(kind: 'public' | 'read' | 'limited'): string {
    return kind === 'limited' ? this.#limited : this.#tokens[kind];
  }

  /** Sends through SQL, as a session of this tenant. */
  bySql(request: unknown): Promise<unknown> {
    return inTransaction(this.#owner, async (client) => {
      await client.query(`SELECT set_config('app.default_tenant_id', $1, true)`, [this.tenant.tenantId]);
      return client.query('SELECT api.track_event($1)', [JSON.stringify(request)]);
    });
  }
}

interface Sending {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly process?: number;
}

const sendBatch: Action = async function () {
  const batch = this.batch();
  await this.call(batch, 202);
  this.model.send(batch);
  this.remember(batch);
};

const bots: Action = async function () {
  const batch = this.batch().map((event): BenchEvent => ({ ...event, user_agent: 'ExampleBot/2.1' }));
  await this.call(batch, 202);
  this.model.send(batch);
};

const resend: Action = async function () {
  const batch = this.earlier();
  await this.call(batch, 202);
  this.model.send(batch);
};

const twins: Action = async function () {
  const batch = this.batch().flatMap((event) => [event, event]);
  await this.call(batch, 202);
  this.model.send(batch);
};

/** The same batch to two processes at once: who comes second finds the ids taken while it waits. */
const race: Action = async function () {
  const batch = this.batch();
  await Promise.all([0, 1].map((process) => this.call(batch, 202, { process })));
  this.model.send([...batch, ...batch]);
};

/** Known ids with other payloads, twice, and beside something new. */
const contest: Action = async function () {
  const changed = this.earlier()
    .slice(0, 5)
    .map((event): BenchEvent => ({ ...event, evt_label: 'changed' }));
  for (const batch of [
    [...this.batch(3), ...changed, ...changed],
    [...this.batch(2), ...changed],
  ]) {
    await this.call(batch, 202);
    this.model.send(batch);
  }
};

const tooDeep: unknown = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`);

const brokenItems: Action = async function () {
  const batch = this.batch(6);
  const broken = [
    7,
    'text',
    { event_type: 'page_view' },
    { events: [] },
    { event_type: 'click', deep: tooDeep },
  ];
  await this.call([...batch, ...broken], 202);
  this.model.send(batch);
  this.model.refuse('not_an_object', 2);
  this.model.refuse('missing_field');
  this.model.refuse('nested_batch');
  this.model.refuse('too_deep');
  await this.call(broken.slice(0, 2), 400);
  this.model.refuse('not_an_object', 2);
};

const brokenBodies: Action = async function () {
  const bodies: readonly (readonly [unknown, number, string, Sending?])[] = [
    ['{"event_type"', 400, 'invalid_json'],
    [Buffer.from([0x22, 0xff, 0x22]), 400, 'invalid_utf8'],
    ['"text"', 400, 'not_an_event'],
    [[], 400, 'no_events'],
    [Array.from({ length: 1_001 }, () => 0), 413, 'too_many_events'],
    [
      { ...Object.fromEntries([['more', 'x'.repeat(9_000)]]), events: this.batch(1) },
      413,
      'envelope_too_large',
    ],
    [' '.repeat(1_048_577), 413, 'body_too_large'],
    [Buffer.from('no gzip'), 400, 'invalid_encoding', { headers: { 'content-encoding': 'gzip' } }],
    ['x', 415, 'unsupported_media_type', { headers: { 'content-type': 'text/html' } }],
    [this.batch(2), 403, 'token_not_allowed', { token: this.tokenOf('read') }],
  ];
  for (const [body, status, code, sending] of bodies) {
    await this.call(body, status, sending);
    this.model.refuse(code);
  }
};

const optOut: Action = async function () {
  const [batch, open] = [this.batch(7), this.batch(4)];
  await this.call(batch, 202, { token: this.tokenOf('public'), headers: { 'sec-gpc': '1' } });
  this.model.refuse('opted_out', 7);
  await this.call([...open, ...this.batch(3).map((event) => ({ ...event, gpc: true })), 7], 202);
  this.model.send(open);
  this.model.refuse('opted_out', 3);
  this.model.refuse('not_an_object');
};

/** A token whose rate is used up at once: the first call of a window passes, whatever its size. */
const flood: Action = async function () {
  for (let call = 0; call < 4; call += 1) {
    const batch = this.batch(15);
    const status = await this.call(batch, [202, 429], { token: this.tokenOf('limited'), process: 0 });
    if (status === 202) this.model.send(batch);
    else this.model.refuse('rate_limited', batch.length);
  }
};

const throughSql: Action = async function () {
  const [batch, refused, known] = [this.batch(6), this.batch(2), this.earlier().slice(0, 3)];
  // Staging finds what is wrong with these.
  const unfit = refused.map((event): BenchEvent => ({ ...event, event_type: 'page_view', page_url: null }));
  const changed = known.map((event): BenchEvent => ({ ...event, evt_label: 'changed in SQL' }));
  await this.bySql([...batch, ...unfit, ...known, ...changed, 7, { ...batch[0], gpc: true }]);
  this.model.send(batch);
  this.model.send(unfit, 'quarantined');
  this.model.send([...known, ...changed]);
  this.model.refuse('not_an_object');
  this.model.refuse('opted_out');
  await this.bySql([]);
  this.model.refuse('no_events');
};

const ACTIONS: readonly [Action, ...Action[]] = [
  sendBatch,
  bots,
  resend,
  twins,
  race,
  contest,
  brokenItems,
  brokenBodies,
  optOut,
  flood,
  throughSql,
];
