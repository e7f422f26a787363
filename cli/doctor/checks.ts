import { CommandFailure, failureText, printable } from '../failure.ts';
import { type Endpoint, quarantined, type Status } from './endpoint.ts';

/** How far the dashboard is read for the doctor's own events: others may have come after them. */
const DASHBOARD_PAGE = 500;
const DASHBOARD_PAGES = 10;

/** What a check found. */
export interface Finding {
  readonly name: string;
  /** What is wrong and what to do; null when the check passed. */
  readonly failure: string | null;
}

/** One thing that has to work. */
interface Check {
  readonly name: string;
  /**
   * @param before the status before the doctor sent anything
   * @throws CommandFailure that says what is wrong and what to do
   */
  run(endpoint: Endpoint, before: Promise<Status>): Promise<void>;
}

/** In the order of dependence: what fails first is where to look first. */
const checks: readonly Check[] = [
  {
    name: 'Health Check',
    run: async (endpoint) => {
      await endpoint.readHealth();
    },
  },
  { name: 'Database Health Check', run: databaseIsWhole },
  { name: 'Automatic Processing', run: tracksInTheCall },
  {
    name: 'Background Processing',
    run: async (endpoint) => {
      const { event_id } = await endpoint.trackAsync();
      await endpoint.untilLoaded(event_id);
    },
  },
  { name: 'Status Monitoring', run: statusCounts },
  { name: 'Dashboard Data', run: dashboardShowsThem },
  {
    name: 'Manual Trigger',
    run: async (endpoint) => {
      const { event_id } = await endpoint.trackAsync();
      await endpoint.process();
      await endpoint.untilLoaded(event_id);
    },
  },
];

/** Runs every check, also after one that failed. */
export async function* examine(endpoint: Endpoint): AsyncGenerator<Finding> {
  const before = endpoint.readStatus();
  // Why it failed is said by the check that asks for it.
  await before.catch(() => undefined);
  for (const { name, run } of checks) {
    const failure = await run(endpoint, before).then(
      () => null,
      (error: unknown) => failureText(error),
    );
    yield { name, failure };
  }
}

async function databaseIsWhole(endpoint: Endpoint): Promise<void> {
  const { status, migrations, missing } = await endpoint.readDatabaseHealth();
  if (status === 'ok') return;
  if (migrations === null) {
    throw new CommandFailure(
      'The database does not answer. Check that it runs and that the functions reach it.',
    );
  }
  if (migrations.applied < migrations.expected) {
    throw new CommandFailure(
      `${migrations.applied} of ${migrations.expected} migrations have run. Run the migration function of this release.`,
    );
  }
  throw new CommandFailure(
    `The database lacks ${printable(missing.join(', '))}. Run the migrations, and maintenance for partitions.`,
  );
}

/** The call itself processes the event, or leaves it to the queue when the tenant wants that or the call took too long. */
async function tracksInTheCall(endpoint: Endpoint): Promise<void> {
  const { event_id, processing, pipeline } = await endpoint.track();
  if (processing === 'automatic' && pipeline?.loaded !== true) {
    throw pipeline?.code === undefined
      ? new CommandFailure(
          'The call says that it processed the event, and not that the event is in the vault.',
        )
      : quarantined(pipeline.code);
  }
  await endpoint.untilLoaded(event_id);
}

async function statusCounts(endpoint: Endpoint, before: Promise<Status>): Promise<void> {
  const { stages: earlier } = await before;
  const { stages, queues, recent } = await endpoint.readStatus();
  if (queues.length === 0) {
    throw new CommandFailure(
      'The queues do not answer, so events wait for the sweeper. Check the queues and that the functions reach them.',
    );
  }
  const counted = stages.raw.events - earlier.raw.events;
  const vaulted = stages.vault.events - earlier.vault.events;
  if (recent.length === 0 || counted < endpoint.accepted.size || vaulted < endpoint.loaded.size) {
    throw new CommandFailure(
      `Of ${endpoint.accepted.size} events sent and ${endpoint.loaded.size} in the vault it counts ${counted} and ${vaulted}. ${ONE_DATABASE}`,
    );
  }
}

async function dashboardShowsThem(endpoint: Endpoint): Promise<void> {
  const missing = new Set(endpoint.accepted);
  let cursor: string | null = '';
  for (let page = 0; page < DASHBOARD_PAGES && cursor !== null; page += 1) {
    const { data } = await endpoint.readDashboard(DASHBOARD_PAGE, cursor);
    if (data.events.length > DASHBOARD_PAGE) {
      throw new CommandFailure(
        `It shows ${data.events.length} events when asked for ${DASHBOARD_PAGE}. Check that --api-url is a OneVault endpoint of this release.`,
      );
    }
    if (page === 0 && (data.summary?.processed_to_business ?? 0) < endpoint.loaded.size) {
      throw new CommandFailure(`Its summary counts fewer events than the doctor's own. ${ONE_DATABASE}`);
    }
    for (const { event_id } of data.events) missing.delete(event_id);
    cursor = missing.size === 0 ? null : data.next_cursor;
  }
  const [lost] = missing;
  if (lost !== undefined) {
    throw new CommandFailure(`It does not show the event ${lost}, which was sent. ${ONE_DATABASE}`);
  }
}

const ONE_DATABASE = 'Check that reading and writing functions use one database.';
