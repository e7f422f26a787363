import { CommandFailure, failureText, printable } from '../failure.ts';
import { type Endpoint, quarantined } from './endpoint.ts';

const DASHBOARD_PAGE = 20;

/** What a check found. */
export interface Finding {
  readonly name: string;
  /** What is wrong and what to do; null when the check passed. */
  readonly failure: string | null;
}

/** One thing that has to work. */
interface Check {
  readonly name: string;
  /** @throws CommandFailure that says what is wrong and what to do */
  run(endpoint: Endpoint): Promise<void>;
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
  { name: 'Dashboard Data', run: dashboardCounts },
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
  for (const { name, run } of checks) {
    const failure = await run(endpoint).then(
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

async function statusCounts(endpoint: Endpoint): Promise<void> {
  const { stages, queues, recent } = await endpoint.readStatus();
  if (queues.length === 0) {
    throw new CommandFailure(
      'The queues do not answer, so events wait for the sweeper. Check the queues and that the functions reach them.',
    );
  }
  if (recent.length === 0 || stages.raw.events === 0 || stages.vault.events === 0) {
    throw new CommandFailure(
      'It shows no events, though events have been sent. Check that reading and writing functions use one database.',
    );
  }
}

async function dashboardCounts(endpoint: Endpoint): Promise<void> {
  const { summary, events } = (await endpoint.readDashboard(DASHBOARD_PAGE)).data;
  if (events.length > DASHBOARD_PAGE) {
    throw new CommandFailure(
      `It shows ${events.length} events when asked for ${DASHBOARD_PAGE}. Check that --api-url is a OneVault endpoint of this release.`,
    );
  }
  if (events.length === 0 || summary.total_events === 0 || summary.processed_to_business === 0) {
    throw new CommandFailure(
      'It shows no events, though events have been sent. Check that reading and writing functions use one database.',
    );
  }
}
