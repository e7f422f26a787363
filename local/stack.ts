import * as z from 'zod';
import { type DataDirectory, StartRefused } from './data-directory.ts';
import { startDatabase } from './database.ts';
import { functionSpecOf, type Surroundings } from './functions.ts';
import { freePort, probePort } from './listen.ts';
import { loadTemplate } from './load-template.ts';
import type { FunctionSpec, QueueAccess } from './messages.ts';
import type { StackOptions } from './options.ts';
import { createQueues, type QueueAddress, queueAddress, queueClient } from './queues.ts';
import { type StackDescription, stackFile, type Tenant, tenantShape } from './stack-file.ts';
import { Supervisor } from './supervisor.ts';
import type { TemplateModel } from './template.ts';
import { TenantStore } from './tenants.ts';

/** The entry that deployments run before everything else. */
const migration = 'migrate';
/** What the other processes need until they have stopped. */
const foundations = ['postgres', 'queue'];
const noDetail = z.unknown();

/** The whole product on this machine, as the template describes it. */
export class LocalStack {
  readonly #options: StackOptions;
  readonly #data: DataDirectory;
  readonly #report: (line: string) => void;
  readonly #supervisor: Supervisor;
  #locked = false;

  constructor(options: StackOptions, data: DataDirectory, report: (line: string) => void) {
    this.#options = options;
    this.#data = data;
    this.#report = report;
    this.#supervisor = new Supervisor(data, report);
  }

  /**
   * Starts everything and resolves when it answers.
   * @throws StartRefused when it cannot, with what to do; call {@link stop} then, too.
   */
  async start(): Promise<StackDescription> {
    this.#data.create();
    this.#data.lock();
    this.#locked = true;
    await requireFreePort(this.#options.port);
    const template = await loadTemplate(this.#options.template);
    const [databaseUrl, { access, queues }] = await Promise.all([
      this.#startDatabase(template),
      this.#startQueues(template),
    ]);
    const surroundings = { database: template.database, databaseUrl, queues, access };
    const tenants = await this.#migrate(template, surroundings);
    const specs = new Map(
      template.functions.map((model) => [model.logicalId, functionSpecOf(model, surroundings)]),
    );
    const [gateway] = await Promise.all([
      this.#startGateway(template, specs),
      this.#startPollers(template, specs, surroundings),
      this.#startScheduler(template, specs),
    ]);
    const describe = (): StackDescription => ({
      apiUrl: `http://127.0.0.1:${gateway.port}`,
      databaseUrl,
      queueEndpoint: access.endpoint,
      tenants,
      pid: process.pid,
      processes: this.#supervisor.pids(),
    });
    this.#supervisor.onChange = () => this.#data.write(stackFile, describe());
    this.#supervisor.onChange();
    return describe();
  }

  /** Stops every process, those that others need last, and gives the data directory back. */
  async stop(): Promise<void> {
    this.#supervisor.release();
    const first = this.#supervisor.names().filter((name) => !foundations.includes(name));
    await this.#supervisor.stop(first);
    await this.#supervisor.stop(foundations);
    this.#leave();
  }

  /** Ends every process at once. */
  kill(): void {
    this.#supervisor.kill();
    this.#leave();
  }

  #leave(): void {
    if (!this.#locked) return;
    this.#locked = false;
    this.#data.remove(stackFile);
    this.#data.unlock();
  }

  async #startDatabase(template: TemplateModel): Promise<string> {
    const url = this.#options.external.SYSTEM_DATABASE_URL;
    if (url !== undefined) return url;
    return startDatabase(this.#data, template.database, this.#supervisor, this.#options, this.#report);
  }

  async #startQueues({ queues }: TemplateModel): Promise<{ access: QueueAccess; queues: QueueAddress[] }> {
    const { external } = this.#options;
    const signing = {
      region: external.AWS_REGION,
      accessKeyId: external.AWS_ACCESS_KEY_ID,
      secretAccessKey: external.AWS_SECRET_ACCESS_KEY,
      sessionToken: external.AWS_SESSION_TOKEN,
    };
    if (external.AWS_ENDPOINT_URL_SQS !== undefined) {
      const access = { ...signing, endpoint: external.AWS_ENDPOINT_URL_SQS };
      const client = queueClient(access);
      return { access, queues: await createQueues(client, queues).finally(() => client.destroy()) };
    }
    const port = await freePort();
    const { endpoint, addresses } = await this.#supervisor.start({
      name: 'queue',
      module: new URL('./processes/queue.ts', import.meta.url),
      configuration: () => ({ port, access: signing, queues }),
      detail: z.object({ endpoint: z.string(), addresses: z.array(queueAddress) }),
    });
    return { access: { ...signing, endpoint }, queues: addresses };
  }

  /** Brings the database up to date and resolves with the tenants in it. */
  async #migrate({ functions }: TemplateModel, surroundings: Surroundings): Promise<Tenant[]> {
    const model = functions.find(({ name }) => name === migration);
    if (model === undefined) throw new StartRefused(`The template has no function "${migration}".`);
    const store = new TenantStore(this.#data, this.#options.external.SYSTEM_DATABASE_URL);
    if (this.#options.fresh) store.forget();
    const known = store.read();
    const { tenants } = await this.#supervisor.start({
      name: migration,
      module: new URL('./processes/migrate.ts', import.meta.url),
      configuration: () => ({
        function: functionSpecOf(model, surroundings),
        databaseUrl: surroundings.databaseUrl,
        provision: known === undefined,
      }),
      detail: z.object({ tenants: z.array(tenantShape) }),
    });
    await this.#supervisor.stop([migration]);
    if (known !== undefined) return known;
    store.write(tenants);
    return tenants;
  }

  #startGateway({ api }: TemplateModel, specs: Map<string, FunctionSpec>): Promise<{ port: number }> {
    const behindRoutes = new Set(api.routes.map(({ functionId }) => functionId));
    // A port that was free for the asking stays the same when the gateway has to be started again.
    let { port } = this.#options;
    return this.#supervisor.start({
      name: 'gateway',
      module: new URL('./processes/gateway.ts', import.meta.url),
      configuration: () => ({ port, api, functions: pick(specs, behindRoutes) }),
      detail: z.object({ port: z.number() }).transform((detail) => {
        port = detail.port;
        return detail;
      }),
    });
  }

  async #startPollers(
    { eventSourceMappings }: TemplateModel,
    specs: Map<string, FunctionSpec>,
    { queues, access }: Surroundings,
  ): Promise<void> {
    const starts = eventSourceMappings.map(({ functionId, queueId, maximumConcurrency, ...mapping }) => {
      const spec = specs.get(functionId);
      const queue = queues.find(({ logicalId }) => logicalId === queueId);
      if (spec === undefined || queue === undefined) {
        throw new StartRefused(
          `The event source mapping from ${queueId} to ${functionId} lacks one of the two.`,
        );
      }
      const source = {
        ...mapping,
        queueUrl: queue.url,
        queueArn: queue.arn,
        region: access.region,
        concurrency: Math.min(maximumConcurrency ?? spec.concurrency, spec.concurrency),
      };
      return this.#supervisor.start({
        name: spec.name,
        module: new URL('./processes/poller.ts', import.meta.url),
        configuration: () => ({ function: spec, access, source }),
        detail: noDetail,
      });
    });
    await Promise.all(starts);
  }

  async #startScheduler({ schedules }: TemplateModel, specs: Map<string, FunctionSpec>): Promise<void> {
    const jobs = schedules.map(({ logicalId, payload, eventAgeSeconds, ...schedule }) => ({
      ...schedule,
      name: logicalId,
      event: JSON.stringify(payload),
      eventAgeMs: eventAgeSeconds * 1000,
    }));
    await this.#supervisor.start({
      name: 'scheduler',
      module: new URL('./processes/scheduler.ts', import.meta.url),
      configuration: () => ({
        jobs,
        functions: pick(specs, new Set(schedules.map(({ functionId }) => functionId))),
      }),
      detail: noDetail,
    });
  }
}

async function requireFreePort(port: number): Promise<void> {
  await probePort(port).catch((cause) => {
    const reason =
      cause.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${cause.code})`;
    const message = `Port ${port} ${reason}. Pass --port with another one, or --port 0 for any free port.`;
    throw new StartRefused(message, { cause });
  });
}

function pick(specs: Map<string, FunctionSpec>, ids: Set<string>): Record<string, FunctionSpec> {
  return Object.fromEntries([...specs].filter(([id]) => ids.has(id)));
}
