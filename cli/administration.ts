import * as z from 'zod';
import { inTransaction, type Queryable, sqlState } from '../lambdas/platform/postgres.ts';
import { RefusedChange } from '../lambdas/tenancy/refused-change.ts';
import { connectDatabase } from './database.ts';
import { CommandFailure, EXIT, failureText, printable } from './failure.ts';

/** One action of a command: takes the arguments behind its name and returns what to print. */
export type Action = (argv: readonly string[]) => Promise<string>;

/**
 * Runs the action that the first argument names, and prints what it returns.
 * @returns the exit status
 */
export async function runAction(
  command: string,
  help: string,
  actions: Readonly<Record<string, Action>>,
  [name, ...argv]: readonly string[],
): Promise<number> {
  if (name === undefined || [name, ...argv].some((text) => text === '--help' || text === '-h')) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    throw new CommandFailure(
      `${command} has no action "${printable(name)}"; it has ${Object.keys(actions).join(', ')}.`,
    );
  }
  process.stdout.write(await action(argv));
  return EXIT.ok;
}

/**
 * The arguments that are no options, one for each name.
 * @throws CommandFailure when there are more or fewer.
 */
export function operands<const Names extends readonly string[]>(
  action: string,
  names: Names,
  positionals: readonly string[],
): { readonly [Index in keyof Names]: string } {
  if (!isAsLongAs(names, positionals)) {
    const wanted = names.length === 0 ? 'no argument' : names.join(' ');
    const [command] = action.split(' ');
    throw new CommandFailure(`${action} takes ${wanted} and options. See: onevault ${command} --help`);
  }
  return positionals;
}

function isAsLongAs<Names extends readonly string[]>(
  names: Names,
  texts: readonly string[],
): texts is { readonly [Index in keyof Names]: string } {
  return texts.length === names.length;
}

/**
 * Does an operator's work in one transaction on the database itself.
 * @throws CommandFailure that says what to change; never the words of the database, which may hold data.
 */
export async function administer<Result>(
  flags: { readonly 'data-dir'?: string | undefined },
  work: (database: Queryable) => Promise<Result>,
): Promise<Result> {
  const pool = await connectDatabase(flags, 1);
  try {
    return await inTransaction(pool, work);
  } catch (error) {
    throw actionable(error);
  } finally {
    await pool.end();
  }
}

/** What to do about a statement that the database refused, by its SQLSTATE. */
const REMEDIES: Readonly<Record<string, string>> = {
  '42P01': 'The database does not hold the tables of this release. Run its migrations first.',
  '42703': 'The database does not hold the tables of this release. Run its migrations first.',
  '42883': 'The database does not hold the functions of this release. Run its migrations first.',
  '3F000': 'The database does not hold the schemas of this release. Run its migrations first.',
  '42501':
    'The login may not change tenants, sites and tokens. Use the owner of the tables, or a member of onevault_migrator.',
  '22023': 'This database does not know the time zone. Take another name of the same zone.',
  '23502':
    'auth.tenant_profile_s of this One Vault database has columns that a new profile must fill. Make the profile of this tenant there first.',
};

/** What the operator can do about a failure; never the words of the database, which may hold data. */
export function actionable(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof RefusedChange) return new CommandFailure(printable(error.message, 1_000));
  if (error instanceof z.ZodError) {
    return new CommandFailure(
      printable([...new Set(error.issues.map(({ message }) => message))].join(' '), 1_000),
    );
  }
  const state = sqlState(error);
  if (state === null) return new CommandFailure(`The database cannot be asked: ${failureText(error)}`);
  const remedy = REMEDIES[state] ?? 'Nothing was changed. Run the command again.';
  return new CommandFailure(`The database refused a statement (${state}). ${remedy}`);
}
