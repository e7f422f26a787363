import { inTransaction, sqlState } from '../../lambdas/platform/postgres.ts';
import { HELP_OPTION, readArguments } from '../arguments.ts';
import { connectDatabase, DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, failureText, printable } from '../failure.ts';
import { columnTable } from '../table.ts';
import { beginChecks, type Check, type CheckResult, readChecks, runCheck, UNASKED } from './checks.ts';

const HELP = `Usage: onevault conformance [options]

Checks the vault against the rules of Data Vault 2.0, on any database: each check is a query that must return no row.
Reads only, in one transaction, so it may run beside the pipeline. docs/conformance.md explains the checks.

  --only ID,…        these checks only, like H1,S10
  --json             print the results as JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} every check returned no row, ${EXIT.failed} one did, or could not be asked.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...DATABASE_OPTIONS,
  only: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** SQLSTATEs of a table, a column, a function or a schema that is not there. */
const NOT_MIGRATED = new Set(['42P01', '42703', '42883', '3F000']);

/** `onevault conformance`: returns the exit status. */
export async function conformanceCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('conformance', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (positionals[0] !== undefined) {
    throw new CommandFailure(
      `conformance takes no "${printable(positionals[0])}". See: onevault conformance --help`,
    );
  }
  const checks = selectChecks(readChecks(), values.only);
  const pool = await connectDatabase(values);
  try {
    const results = await inTransaction(pool, async (client) => {
      await beginChecks(client);
      const all: CheckResult[] = [];
      for (const check of checks) {
        showProgress(`${check.id} (${all.length + 1} of ${checks.length})`);
        all.push(await runCheck(client, check));
      }
      showProgress('');
      return all;
    });
    process.stdout.write(values.json ? `${JSON.stringify(resultJson(results))}\n` : resultTables(results));
    return results.every(({ rows }) => rows === 0) ? EXIT.ok : EXIT.failed;
  } catch (error) {
    throw databaseFailure(error);
  } finally {
    await pool.end();
  }
}

/** @throws CommandFailure for an id that the checklist does not have, or that no database at rest can be asked. */
function selectChecks(checks: readonly Check[], only: string | undefined): readonly Check[] {
  if (only === undefined) return checks;
  const ids = only.split(',').map((id) => id.trim().toUpperCase());
  for (const id of ids) {
    if (checks.some((check) => check.id === id)) continue;
    const reason = UNASKED[id];
    if (reason !== undefined)
      throw new CommandFailure(`${id} is no query: it ${reason}. See docs/conformance.md.`);
    const known = [...new Set(checks.map((check) => check.id))].join(', ');
    throw new CommandFailure(`There is no check "${printable(id)}"; there are ${known}.`);
  }
  return checks.filter(({ id }) => ids.includes(id));
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function databaseFailure(error: unknown): CommandFailure {
  const state = sqlState(error);
  if (state === null) return new CommandFailure(`The database cannot be asked: ${failureText(error)}`);
  if (NOT_MIGRATED.has(state)) {
    return new CommandFailure(
      `The database does not hold the vault of this release (${state}). Run its migrations first.`,
    );
  }
  return new CommandFailure(
    `The database refused a check (${state}). Check that the login may read every schema.`,
  );
}

function resultJson(results: readonly CheckResult[]) {
  return {
    checks: results.map(({ check: { id, name, statement }, rows, seconds, offending }) => ({
      id,
      name,
      statement,
      rows,
      seconds,
      offending,
    })),
    unasked: Object.entries(UNASKED).map(([id, reason]) => ({ id, reason })),
  };
}

function resultTables(results: readonly CheckResult[]): string {
  const broken = results.filter(({ rows }) => rows > 0);
  const parts = [
    columnTable(
      ['check', 'rows', 'seconds', 'statement'],
      results.map(({ check, rows, seconds }) => [check.id, rows, seconds, check.statement]),
    ),
  ];
  if (broken.length > 0) {
    const named = broken.flatMap(({ check, offending }) =>
      offending.map(({ relation, key }) => [check.id, printable(relation), key ?? '']),
    );
    parts.push(columnTable(['check', 'found in', 'first keys'], named));
  }
  const unasked = `Not for a database at rest, or not for this vault: ${Object.keys(UNASKED).join(', ')}. See docs/conformance.md.\n`;
  const verdict =
    broken.length === 0
      ? `All ${results.length} checks returned no row.\n`
      : `${broken.length} of ${results.length} checks returned rows.\n`;
  return [...parts, unasked + verdict].join('\n');
}
