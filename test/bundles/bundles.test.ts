import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { viewerFiles } from '../../lambdas/description/reference-page.ts';
import { readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import type { FunctionName } from '../../lib/config.ts';
import { functionSpecOf } from '../../local/functions.ts';
import { createQueues, type QueueAddress, queueClient } from '../../local/queues.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, gatewayEvent } from '../support/http-calls.ts';
import { type Bundles, bundleInto, filesOf, invokeBundle, kindOfHandler, sourcesOf } from './bundles.ts';
import { bytesOf } from './composition.ts';

const LARGEST_BUNDLE_BYTES = 600_000;
const LARGEST_ZOD_BYTES = 110_000;

const names = ['ingest', 'analytics', 'staging', 'business', 'maintenance', 'migrate'] as const;
const functionName = z.enum(names);
const outdir = mkdtempSync(join(tmpdir(), 'onevault-bundles-'));
let bundles: Bundles;
// Seconds of esbuild and the CDK, and more while other tests run.
beforeAll(() => {
  bundles = bundleInto(outdir);
}, 180_000);
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

it('bundles every function of the template', () => {
  expect(bundles.model.functions.map(({ name }) => name).sort()).toEqual([...names].sort());
});

describe.each(names)('the bundle of %s', (name) => {
  it('is no larger than 600,000 bytes', () => {
    expect(statSync(join(bundles.folderOf(name), 'index.mjs')).size).toBeLessThanOrEqual(
      LARGEST_BUNDLE_BYTES,
    );
  });

  it('brings its source map, the statements, and the files it reads beside them', () => {
    const folder = bundles.folderOf(name);
    expect(filesOf(folder, 'index.*')).toEqual(['index.mjs', 'index.mjs.map']);
    const statements = filesOf(join(import.meta.dirname, '../..'), 'sql/**/*.sql');
    expect(statements.length).toBeGreaterThan(0);
    expect(filesOf(folder, 'sql/**/*.sql')).toEqual(statements);
    const beside = filesOf(folder, 'node_modules/**/*.*');
    expect(beside).toEqual(name === 'analytics' ? [...viewerFiles].sort() : []);
  });

  it('holds the SDK of version 3 and none of its login chains, and leaves pg-native outside', () => {
    const folder = bundles.folderOf(name);
    const sources = sourcesOf(folder);
    expect(sources).toContain('lambdas/platform/execution-credentials.ts');
    expect(sources.filter((each) => each.startsWith('node_modules/@aws-sdk/')).length).toBeGreaterThan(0);
    const unwanted =
      /node_modules\/(aws-sdk|pg-native|@aws-sdk\/(nested-clients|credential-provider-(?!env)))\//;
    expect(sources.filter((each) => unwanted.test(each))).toEqual([]);
    expect(/\("pg-native"\)/.test(readFileSync(join(folder, 'index.mjs'), 'utf8'))).toBe(true);
  });
});

it('each starts on its own with what a deployment gives it: a cluster to sign in to, and the authorities to trust', () => {
  const authorities = join(outdir, 'authorities.pem');
  writeFileSync(authorities, rootCertificates.join('\n'));
  const deployed: Record<string, string> = {
    DB_HOST: 'database.invalid',
    DB_PORT: '5432',
    DB_CA_FILE: authorities,
  };
  for (const { name, environment } of bundles.model.functions) {
    const variables = Object.entries(environment).map(([variable, value]) => [
      variable,
      deployed[variable] ?? (typeof value === 'string' ? value : 'https://queue.invalid/'),
    ]);
    const folder = bundles.folderOf(functionName.parse(name));
    const kind = kindOfHandler(folder, { ...Object.fromEntries(variables), AWS_REGION: 'us-east-1' });
    expect(kind, name).toBe('function');
  }
}, 60_000);

it('no bundle holds more of zod than an import of its namespace brings', async () => {
  const sizes = await bytesOf('zod', names);
  expect(Object.keys(sizes).sort()).toEqual([...names].sort());
  for (const [name, bytes] of Object.entries(sizes)) {
    expect(bytes, name).toBeGreaterThan(LARGEST_ZOD_BYTES / 2);
    expect(bytes, name).toBeLessThanOrEqual(LARGEST_ZOD_BYTES);
  }
});

const queueServer = buildApp({ logger: false });
const access = {
  region: 'us-east-1',
  accessKeyId: 'AKIDBUNDLE',
  secretAccessKey: 'secret',
  sessionToken: 'session',
};

describe('with the variables of the template, against Postgres and a server of the SQS protocol', () => {
  let database: TestDatabase;
  let tenant: ProvisionedTenant;
  let client: SQSClient;
  let endpoint: string;
  let queues: QueueAddress[];
  beforeAll(async () => {
    database = await createDatabase({ empty: true });
    endpoint = await queueServer.listen({ port: 0, host: '127.0.0.1' });
    client = queueClient({ ...access, endpoint });
    queues = await createQueues(client, bundles.model.queues);
  });
  afterAll(async () => {
    client.destroy();
    await queueServer.close();
    await database.drop();
  });

  const invoke = (name: FunctionName, event: unknown, queueEndpoint = endpoint): Promise<unknown> => {
    const model = bundles.model.functions.find((each) => each.name === name);
    if (model === undefined) throw new Error(`The template has no function ${name}.`);
    const { environment } = functionSpecOf(model, {
      database: bundles.model.database,
      databaseUrl: database.url,
      queues,
      access: { ...access, endpoint: queueEndpoint },
    });
    return invokeBundle(bundles.folderOf(name), environment, event);
  };
  const rows = async (statement: string): Promise<unknown[]> => (await database.pool.query(statement)).rows;
  const answer = z.object({ statusCode: z.number(), body: z.string().transform((body) => JSON.parse(body)) });

  /** The event that Lambda's poller makes of what lies in a queue of the template. */
  async function received(consumer: FunctionName): Promise<{ Records: unknown[] }> {
    const functionId = bundles.model.functions.find(({ name }) => name === consumer)?.logicalId;
    const mapping = bundles.model.eventSourceMappings.find((each) => each.functionId === functionId);
    const queue = queues.find(({ logicalId }) => logicalId === mapping?.queueId);
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queue?.url, MessageSystemAttributeNames: ['All'] }),
    );
    return {
      Records: Messages.map(({ MessageId, Body, Attributes }: Message) => ({
        messageId: MessageId,
        body: Body,
        attributes: Attributes,
        eventSource: 'aws:sqs',
      })),
    };
  }

  it('migrate makes an empty database into the product, and has nothing left to do afterwards', async () => {
    const all = readMigrations(migrationsDirectory).length;
    expect(await invoke('migrate', {})).toMatchObject({ ran: { length: all } });
    expect(await invoke('migrate', {})).toEqual({ ran: [] });
    tenant = await provisionTenant(database.pool, { tenantId: 'canned', siteId: 'main', name: 'Canned' });
  });

  it('ingest answers a request with 202, with its bytes in the raw layer', async () => {
    const request = gatewayEvent('POST /api/v1/track/async', credentials(tenant.tokens.secret, tenant.id), {
      event_type: 'page_view',
      page_url: 'https://example.com/',
      event_id: '0190a0b0-c0d0-7000-8000-00000000b001',
    });
    expect(answer.parse(await invoke('ingest', request)).statusCode).toBe(202);
    expect(await rows('SELECT tenant_id, stage FROM raw.pending_requests')).toEqual([
      { tenant_id: 'canned', stage: 'LANDED' },
    ]);
    expect(await rows('SELECT event_count FROM raw.site_tracking_requests_r')).toEqual([{ event_count: 1 }]);
  });

  it('staging stages what the message in its queue rings for', async () => {
    const event = await received('staging');
    expect(event.Records).toHaveLength(1);
    expect(await invoke('staging', event)).toEqual({ batchItemFailures: [] });
    expect(await rows('SELECT stage FROM raw.pending_requests')).toEqual([{ stage: 'STAGED' }]);
  });

  it('business loads what the message in its queue rings for', async () => {
    const event = await received('business');
    expect(event.Records).toHaveLength(1);
    expect(await invoke('business', event)).toEqual({ batchItemFailures: [] });
    expect(await rows('SELECT event_type FROM business.site_event_nl')).toEqual([
      { event_type: 'page_view' },
    ]);
    expect(await rows('SELECT stage FROM raw.pending_requests')).toEqual([]);
  });

  it('maintenance does each job that the schedules hand it', async () => {
    for (const { payload } of bundles.model.schedules) await invoke('maintenance', payload);
    expect(await rows('SELECT total_events FROM analytics.daily_site_metrics')).toEqual([
      { total_events: 1 },
    ]);
  });

  it('analytics answers a question about the event', async () => {
    const question = gatewayEvent('GET /api/v1/analytics/events', credentials(tenant.tokens.read, tenant.id));
    const { statusCode, body } = answer.parse(await invoke('analytics', question));
    expect(statusCode).toBe(200);
    expect(JSON.stringify(body)).toContain('page_view');
  });
});
