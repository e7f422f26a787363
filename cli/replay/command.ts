import { ReplayUnderWay } from '../../lambdas/lifecycle/replay/lock.ts';
import { HalfErased, UnreplayableEvents } from '../../lambdas/lifecycle/replay/rebuild.ts';
import { sqlState } from '../../lambdas/platform/postgres.ts';
import { connectDatabase } from '../database.ts';
import { CommandFailure, EXIT, failureText } from '../failure.ts';
import { figure } from '../table.ts';
import { ReplayRun } from './run.ts';
import { REPLAY_HELP, readSettings } from './settings.ts';

/** Connections beside the workers': one looks ahead, one holds the lock. */
const MORE_CONNECTIONS = 2;
const SAME_INTERRUPT_MS = 1_000;

/** SQLSTATEs of a table, a column or a schema that is not there, and of a right that the login lacks. */
const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);
const NO_RIGHT = '42501';
/** A lock was not to be had in time. */
const LOCKED = '55P03';

/** `onevault replay`: returns the exit status. */
export async function replayCommand(argv: readonly string[]): Promise<number> {
  const settings = readSettings(argv);
  if (settings === null) {
    process.stdout.write(REPLAY_HELP);
    return EXIT.ok;
  }
  const pool = await connectDatabase(settings.database, settings.workers + MORE_CONNECTIONS);
  const stop = new AbortController();
  let interruptedAt: number | undefined;
  const interrupt = () => {
    // A second Ctrl-C ends the process at once; one that follows closely is the first, forwarded by a parent.
    if (interruptedAt !== undefined && performance.now() - interruptedAt > SAME_INTERRUPT_MS) {
      process.exit(EXIT.interrupted);
    }
    interruptedAt ??= performance.now();
    stop.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await new ReplayRun(settings, pool, stop.signal).execute();
  } catch (error) {
    throw actionable(error);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await pool.end();
  }
}

/** What the user can do about a failure; never the words of the database, which may hold data. */
function actionable(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof HalfErased) {
    return new CommandFailure(
      `${figure(error.erasures)} erasures have begun and not ended; a rebuild would lose what is counted of their events, so nothing was emptied. Let them end, or run \`onevault erase\` for those that failed (docs/privacy.md).`,
    );
  }
  if (error instanceof ReplayUnderWay) return new CommandFailure(`${error.message} Wait until it has ended.`);
  if (error instanceof UnreplayableEvents) {
    return new CommandFailure(
      `${figure(error.events)} events of the vault are no longer in the raw layer; a rebuild would lose them, so nothing was emptied. Put their raw requests back, or leave the vault as it is.`,
    );
  }
  const state = sqlState(error);
  if (state === null) return new CommandFailure(`The replay stopped: ${failureText(error)}`);
  if (NOT_MIGRATED.has(state)) {
    return new CommandFailure(
      `The database does not hold the vault of this release (${state}). Run its migrations first.`,
    );
  }
  if (state === NO_RIGHT) {
    return new CommandFailure(
      'The login may not write the raw layer, staging and the vault, or not empty the vault. Use their owner.',
    );
  }
  if (state === LOCKED) {
    return new CommandFailure(
      'Other connections kept the vault busy, so it was not emptied. End long queries and run the replay again.',
    );
  }
  return new CommandFailure(`The database refused a statement of the replay (${state}). Run it again.`);
}
