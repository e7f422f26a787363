import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PurgeQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import * as z from 'zod';
import type { FunctionName } from '../../lib/config.ts';
import { roleUrl } from '../../local/database-login.ts';
import type { FunctionSpec, QueueAccess } from '../../local/messages.ts';
import { Poller } from '../../local/poller.ts';
import { createQueues, queueClient } from '../../local/queues.ts';
import type { TestDatabase } from '../support/database.ts';
import { credentials, gatewayEvent } from '../support/http-calls.ts';
import { until } from '../support/stack.ts';
import { Release } from './release.ts';

const VISIBILITY_SECONDS = 5;

const roles = {
  ingest: 'onevault_ingest',
  staging: 'onevault_loader',
  business: 'onevault_loader',
  analytics: 'onevault_reader',
  maintenance: 'onevault_maintenance',
} as const satisfies Partial<Record<FunctionName, string>>;

const httpAnswer = z.object({ statusCode: z.number(), body: z.string() });
const count = z.object({ n: z.number() });

type Addresses = ReadonlyMap<string, { readonly url: string; readonly arn: string }>;

export interface Sender {
  readonly tenantId: string;
  readonly token: string;
}

/** A database and queues on which the functions of several releases run, together or one after the other. */
export class Installation {
  readonly database: TestDatabase;
  readonly #server: ReturnType<typeof buildApp>;
  readonly #client: SQSClient;
  readonly #access: QueueAccess;
  readonly #urls: Addresses;
  readonly #releases: Release[] = [];
  #pollers: Poller[] = [];

  private constructor(
    database: TestDatabase,
    server: ReturnType<typeof buildApp>,
    access: QueueAccess,
    urls: Addresses,
  ) {
    this.database = database;
    this.#server = server;
    this.#access = access;
    this.#client = queueClient(access);
    this.#urls = urls;
  }

  static async on(database: TestDatabase): Promise<Installation> {
    const region = 'us-east-1';
    const server = buildApp({ logger: false, defaultRegion: region });
    const endpoint = await server.listen({ port: 0, host: '127.0.0.1' });
    const access = { endpoint, region, accessKeyId: 'local', secretAccessKey: 'local' };
    const client = queueClient(access);
    const queues = ['staging', 'business'].flatMap((name) => [
      { logicalId: `${name}-dead`, name: `${name}-dead`, attributes: {}, redrive: undefined },
      {
        logicalId: name,
        name,
        attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
        redrive: { deadLetterQueueId: `${name}-dead`, maxReceiveCount: 5 },
      },
    ]);
    const addresses = await createQueues(client, queues);
    client.destroy();
    return new Installation(
      database,
      server,
      access,
      new Map(addresses.map(({ logicalId, url, arn }) => [logicalId, { url, arn }])),
    );
  }

  /** The functions of a release, with the environment that the templates give them. */
  release(directory: string, more: readonly Omit<FunctionSpec, 'entry'>[] = []): Release {
    const functions = Object.entries(roles).map(([name, role]) =>
      this.functionOf(name, roleUrl(this.database.url, role)),
    );
    const release = new Release(directory, [...functions, ...more]);
    this.#releases.push(release);
    return release;
  }

  functionOf(name: string, databaseUrl: string): Omit<FunctionSpec, 'entry'> {
    const url = (queue: string): string => this.#urls.get(queue)?.url ?? '';
    return {
      name,
      timeoutMs: 20_000,
      memoryMb: 512,
      concurrency: 20,
      environment: {
        SYSTEM_DATABASE_URL: databaseUrl,
        DB_POOL_MAX: '4',
        STAGING_QUEUE_URL: url('staging'),
        STAGING_DLQ_URL: url('staging-dead'),
        BUSINESS_QUEUE_URL: url('business'),
        BUSINESS_DLQ_URL: url('business-dead'),
        PROCESSING_INTERVAL: '1',
        LOG_LEVEL: 'ERROR',
        TZ: 'UTC',
        AWS_REGION: this.#access.region,
        AWS_ENDPOINT_URL_SQS: this.#access.endpoint,
        AWS_ACCESS_KEY_ID: this.#access.accessKeyId,
        AWS_SECRET_ACCESS_KEY: this.#access.secretAccessKey,
      },
    };
  }

  /** Lets a release take what the queues ring for, beside those that do already. */
  consumeWith(release: Release): void {
    for (const name of ['staging', 'business'] as const) {
      const { url = '', arn = '' } = this.#urls.get(name) ?? {};
      const poller = new Poller(this.#client, (event) => release.invoke(name, JSON.parse(event)), {
        queueUrl: url,
        queueArn: arn,
        region: this.#access.region,
        batchSize: 10,
        batchingWindowSeconds: 0,
        concurrency: 2,
        reportsItemFailures: true,
      });
      this.#pollers.push(poller);
      void poller.run();
    }
  }

  async stopConsuming(): Promise<void> {
    await Promise.all(this.#pollers.map((poller) => poller.stop()));
    this.#pollers = [];
  }

  async forgetMessages(): Promise<void> {
    for (const name of ['staging', 'business']) {
      await this.#client.send(new PurgeQueueCommand({ QueueUrl: this.#urls.get(name)?.url }));
    }
  }

  /** Sends events through a release, and returns the status of its answer. */
  async send(release: Release, { tenantId, token }: Sender, route: string, body: unknown): Promise<number> {
    return (await this.call(release, 'ingest', gatewayEvent(route, credentials(token, tenantId), body)))
      .statusCode;
  }

  /** @throws Error when the function did not answer. */
  async call(release: Release, name: string, event: unknown) {
    const outcome = await release.invoke(name, event);
    if (outcome.kind === 'answered') return httpAnswer.parse(outcome.value);
    throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  }

  /** @param from a table and what follows it in a statement. */
  async count(from: string): Promise<number> {
    const { rows } = await this.database.pool.query(`SELECT count(*)::int AS n FROM ${from}`);
    return count.parse(rows[0]).n;
  }

  untilLoaded(events: number): Promise<void> {
    return until(
      `${events} events are in the vault`,
      async () => (await this.count('business.site_event_nl')) >= events,
    );
  }

  async stop(): Promise<void> {
    await this.stopConsuming();
    await Promise.all(this.#releases.map((release) => release.stop()));
    this.#client.destroy();
    await this.#server.close();
    await this.database.drop();
  }
}

let sent = 0;

/** An event that no other is. */
export function pageView(session: string) {
  sent += 1;
  return {
    event_id: randomUUID(),
    event_type: 'page_view',
    session_id: session,
    visitor_id: `visitor-${sent % 7}`,
    page_url: `https://shop.example/${sent % 5}?utm_source=upgrade`,
    page_title: `Page ${sent % 5}`,
    items: [{ id: `item-${sent % 3}`, name: 'An item' }],
  };
}

/** Repeats until it is told to stop, and returns how often it did. */
export async function repeat(
  work: () => Promise<void>,
  { signal }: { signal: AbortSignal },
): Promise<number> {
  let times = 0;
  for (; !signal.aborted; times += 1) {
    await work();
    await sleep(5);
  }
  return times;
}
