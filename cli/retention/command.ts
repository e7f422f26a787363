import { ReplayInTheWay, type RetentionContext } from '../../lambdas/lifecycle/retention/context.ts';
import {
  type RetentionClass,
  type RetentionScope,
  retentionClasses,
} from '../../lambdas/lifecycle/retention/cut-offs.ts';
import { runRetention } from '../../lambdas/lifecycle/retention/retention.ts';
import { countExpired, findKept } from '../../lambdas/lifecycle/retention/survey.ts';
import { errorKind, type Logger } from '../../lambdas/platform/log.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { type Action, actionable, operands, runAction } from '../administration.ts';
import { agreesTo } from '../agreement.ts';
import { readArguments } from '../arguments.ts';
import { connectDatabase, DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { expiredJson, expiredTable, keptJson, keptTable, reportJson, reportTable } from './report.ts';

const HELP = `Usage: onevault retention [show|run] [options]

  show               how long each tenant keeps each class of data, and what is oldest of it (default)
  run                delete what tenants no longer keep, as maintenance does every hour
    --class CLASS    one class only: staging (refused events), raw (requests as they arrived), vault (events and all that is
                     made of them) or marts (daily metrics, ledger, audit log)
    --dry-run        count what would go, and delete nothing
    --yes            do not ask

  --tenant TENANT    one tenant only
  --json             print JSON

How long is set by: onevault tenant set TENANT --retention-days N --staging-retention-days N …; docs/retention.md tells more.

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error or not agreed to, ${EXIT.interrupted} interrupted; the next run goes on.
`;

const OPTIONS = { ...DATABASE_OPTIONS, tenant: { type: 'string' }, json: { type: 'boolean' } } as const;

/** `onevault retention`: returns the exit status. */
export const retentionCommand = (argv: readonly string[]): Promise<number> => {
  const [first] = argv;
  const isAction = first !== undefined && (!first.startsWith('-') || first === '-h' || first === '--help');
  return runAction('retention', HELP, { show, run }, isAction ? argv : ['show', ...argv]);
};

const show: Action = async (argv) => {
  const { values, positionals } = readArguments('retention', OPTIONS, argv);
  operands('retention show', [], positionals);
  return withContext(values, async (context) => {
    const kept = await findKept(context.pool, values.tenant ?? null, context.asOf);
    return values.json ? keptJson(kept) : keptTable(kept);
  });
};

const run: Action = async (argv) => {
  const options = {
    ...OPTIONS,
    class: { type: 'string' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
  } as const;
  const { values, positionals } = readArguments('retention', options, argv);
  operands('retention run', [], positionals);
  const scope: RetentionScope = { tenantId: values.tenant ?? null, classes: classesOf(values.class) };
  return withContext(values, async (context, signal) => {
    if (values['dry-run'] || !values.yes) {
      const expired = await countExpired(context, scope);
      if (values['dry-run']) return values.json ? expiredJson(expired) : expiredTable(expired);
      process.stderr.write(expiredTable(expired));
      if (!(await agreesTo('Delete all this? It does not come back.', signal))) {
        throw new CommandFailure('Nothing was deleted. Pass --yes to delete it, or --dry-run to look.');
      }
    }
    const report = await runRetention(context, scope, { again: true });
    process.stdout.write(values.json ? reportJson(report) : reportTable(report));
    if (report.isDone) return '';
    if (!signal.aborted) throw replayInTheWay();
    throw new CommandFailure(
      'Interrupted between two transactions. Run the same command again.',
      EXIT.interrupted,
    );
  });
};

const replayInTheWay = () =>
  new CommandFailure('A replay is under way. Run the command again when it has ended.');

function classesOf(text: string | undefined): readonly RetentionClass[] {
  if (text === undefined) return retentionClasses;
  const found = retentionClasses.find((each) => each === text);
  if (found !== undefined) return [found];
  throw new CommandFailure(`--class takes ${retentionClasses.join(', ')}, not "${printable(text)}".`);
}

/** Does work on the database until it is done or somebody presses Ctrl-C. @throws CommandFailure that says what to change. */
async function withContext(
  flags: { readonly 'data-dir'?: string | undefined; readonly tenant?: string | undefined },
  work: (context: RetentionContext, signal: AbortSignal) => Promise<string>,
): Promise<string> {
  const pool = await connectDatabase(flags, 1);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    if (flags.tenant !== undefined) await findTenant(pool, flags.tenant);
    const timeLeft = () => (stop.signal.aborted ? 0 : Number.POSITIVE_INFINITY);
    return await work({ pool, logger: warningsOnly, asOf: new Date(), timeLeft }, stop.signal);
  } catch (error) {
    if (error instanceof ReplayInTheWay) throw replayInTheWay();
    if (!(error instanceof AggregateError)) throw actionable(error);
    throw new CommandFailure(
      `Some classes were not gone through (${printable(errorKind(error))}). What was deleted stays deleted; run the command again.`,
    );
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await pool.end();
  }
}

const ignore = () => undefined;
const say = (message: string) => process.stderr.write(`onevault: ${message}\n`);
const warningsOnly: Logger = { debug: ignore, info: ignore, warn: say, error: say, measure: ignore };
