import { limits } from '../../lambdas/event/limits.ts';
import { HELP_OPTION, readArguments, wholeNumber } from '../arguments.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from '../connection.ts';
import { CommandFailure, EXIT, failureText, printable } from '../failure.ts';
import { skippedTypes } from './batch.ts';
import { CheckpointFile } from './checkpoint.ts';
import { EVENT_TYPES, type EventType } from './classify.ts';
import { siteFromFlag } from './event.ts';
import { resultJson, resultTable } from './ledger.ts';
import { openLog } from './reader.ts';
import { type ImportOutcome, ImportRun } from './run.ts';

const DEFAULT_BATCH_EVENTS = 500;
const DEFAULT_CONCURRENCY = 4;
const MAX_CONCURRENCY = 64;
const DEFAULT_GIVE_UP_SECONDS = 600;
const SAME_INTERRUPT_MS = 1_000;

export const IMPORT_HELP = `Usage: onevault import FILE|- [options]

Imports an Apache or nginx access log (common or combined format, plain or gzip) through the tracking API.
Each well-formed line becomes one event: ${EVENT_TYPES.join(', ')}.
Ids come from the lines, so importing a file again adds nothing. An interrupted import goes on where it stopped.

  --site-url URL        site the log is of, like https://example.com (default: the most frequent referrer)
  --only TYPE,…         import these event types only
  --skip TYPE,…         leave these event types out
  --batch-size N        events a request, up to ${limits.eventsPerRequest} (default ${DEFAULT_BATCH_EVENTS})
  --concurrency N       requests at a time (default ${DEFAULT_CONCURRENCY})
  --give-up-after S     seconds without any success before giving up (default ${DEFAULT_GIVE_UP_SECONDS})
  --no-resume           start from the first line, whatever an earlier run saved
  --state FILE          where to save progress (default: in $XDG_STATE_HOME or ~/.local/state)
  --json                print the ledger as JSON
  --quiet               no progress

${CONNECTION_HELP}

Exit status: ${EXIT.ok} imported, ${EXIT.failed} stopped by an error, ${EXIT.ledgerOpen} the ledger does not close, ${EXIT.interrupted} interrupted.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...CONNECTION_OPTIONS,
  'site-url': { type: 'string' },
  only: { type: 'string' },
  skip: { type: 'string' },
  'batch-size': { type: 'string' },
  concurrency: { type: 'string' },
  'give-up-after': { type: 'string' },
  'no-resume': { type: 'boolean' },
  state: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
} as const;

/** `onevault import`: returns the exit status. */
export async function importCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('import', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(IMPORT_HELP);
    return EXIT.ok;
  }
  const skipped = skippedTypes(
    values.only === undefined ? undefined : eventTypes('only', values.only),
    eventTypes('skip', values.skip),
  );
  const pace = {
    batchSize: wholeNumber(
      'batch-size',
      values['batch-size'],
      DEFAULT_BATCH_EVENTS,
      1,
      limits.eventsPerRequest,
    ),
    concurrency: wholeNumber('concurrency', values.concurrency, DEFAULT_CONCURRENCY, 1, MAX_CONCURRENCY),
    giveUpAfterMs:
      1000 * wholeNumber('give-up-after', values['give-up-after'], DEFAULT_GIVE_UP_SECONDS, 0, 1e6),
  };
  const site = values['site-url'] === undefined ? undefined : siteFromFlag(values['site-url']);
  const file = logArgument(positionals);
  const connection = await connect(values, 'secret');
  const source = await openLog(file);
  const checkpoint =
    source.identity === undefined
      ? undefined
      : new CheckpointFile(
          {
            file: source.identity,
            apiUrl: connection.apiUrl,
            tenant: connection.tenant,
            skippedTypes: skipped,
          },
          values.state,
        );
  const run = new ImportRun({
    source,
    connection,
    site,
    skippedTypes: skipped,
    ...pace,
    quiet: values.quiet ?? false,
    checkpoint,
    resume: values['no-resume'] !== true,
  });
  let interruptedAt: number | undefined;
  const interrupt = () => {
    // A second Ctrl-C ends the process at once; one that follows closely is the first, forwarded by a parent.
    if (interruptedAt !== undefined && performance.now() - interruptedAt > SAME_INTERRUPT_MS) {
      process.exit(EXIT.interrupted);
    }
    interruptedAt ??= performance.now();
    run.interrupt();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const outcome = await run.execute();
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  return report(outcome, values.json ?? false, checkpoint !== undefined);
}

function report(outcome: ImportOutcome, json: boolean, resumable: boolean): number {
  const { ledger, complete, error, rejectedLines, repeatedRequests } = outcome;
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  if (error !== undefined && ledger.lines === 0) throw error;
  process.stdout.write(json ? resultJson(outcome) : resultTable(outcome));
  const examples = rejectedLines.toString();
  if (examples !== '') process.stderr.write(`First rejected lines:\n${examples}`);
  if (repeatedRequests > 0) {
    say(
      `Requests sent again after no clear answer: ${repeatedRequests}. What their first try stored counts as already stored.`,
    );
  }
  const imbalance = ledger.imbalance();
  if (imbalance !== undefined) {
    say(
      `onevault: the ledger does not close: ${imbalance}. Import the file again; what is stored is not stored twice.`,
    );
    return EXIT.ledgerOpen;
  }
  if (complete) return onlyMalformed(outcome);
  if (error !== undefined) say(`onevault: ${failureText(error)}`);
  say(
    resumable
      ? `Answered for ${ledger.lines.toLocaleString('en-US')} lines. Run the same command again to go on from there.`
      : 'Run the same command again on the same input; what is stored is not stored twice.',
  );
  if (error === undefined) return EXIT.interrupted;
  return error instanceof CommandFailure ? error.exitCode : EXIT.failed;
}

function onlyMalformed({ ledger }: ImportOutcome): number {
  if (ledger.lines === 0 || (ledger.rejected.get('malformed_line') ?? 0) < ledger.lines) return EXIT.ok;
  process.stderr.write(
    'onevault: no line of it is in common or combined log format. Check that it is an access log.\n',
  );
  return EXIT.failed;
}

function logArgument(positionals: readonly string[]): string {
  const [file, ...more] = positionals;
  if (more.length > 0) {
    throw new CommandFailure(
      'Import one file at a time, or join them: zcat -f access.log* | onevault import -',
    );
  }
  if (file !== undefined) return file;
  if (!process.stdin.isTTY) return '-';
  throw new CommandFailure('Name the access log to import, or pipe it in. See: onevault import --help');
}

function eventTypes(flag: string, text: string | undefined): EventType[] {
  return (text ?? '')
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const type = EVENT_TYPES.find((known) => known === name);
      if (type !== undefined) return type;
      throw new CommandFailure(
        `--${flag} takes ${EVENT_TYPES.join(', ')}; "${printable(name)}" is none of them.`,
      );
    });
}
