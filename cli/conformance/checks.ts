import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { Queryable } from '../../lambdas/platform/postgres.ts';

/** Where the checks are, whatever the working directory. */
export const CHECKS_DIRECTORY = resolve(import.meta.dirname, '../../sql/conformance');

/** Rows that a result names of those that offend. */
const NAMED_ROWS = 5;

/** A statement about the vault, and the query that returns a row for each exception. */
export interface Check {
  /** Of the checklist, like H1; several checks may share one. */
  readonly id: string;
  /** Name of its file without `.sql`. */
  readonly name: string;
  readonly statement: string;
  readonly query: string;
}

export interface CheckResult {
  readonly check: Check;
  readonly rows: number;
  readonly seconds: number;
  /** The first offending rows: where they were found and their hash key in hexadecimal, never what they hold. */
  readonly offending: readonly { readonly relation: string; readonly key: string | null }[];
}

const FILE = /^(?<id>([A-Z])\d+)_[a-z0-9_]+\.sql$/;
const STATEMENT = /^-- (.+)\n/;

/** Families of the checklist in its own order. */
const FAMILIES = 'HLESCXPBG';

/**
 * Reads the checks of a folder, in the order of the checklist.
 * @throws Error for a file that is not named `H1_like_this.sql` or does not begin with its statement as a comment.
 */
export function readChecks(directory: string = CHECKS_DIRECTORY): Check[] {
  const checks = readdirSync(directory).map((file): Check => {
    const id = FILE.exec(file)?.groups?.id;
    const query = readFileSync(join(directory, file), 'utf8');
    const statement = STATEMENT.exec(query)?.[1];
    if (id === undefined || statement === undefined) {
      throw new Error(
        `${file} is no check: name it H1_like_this.sql and begin it with its statement as a comment.`,
      );
    }
    return { id, name: file.replace(/\.sql$/, ''), statement, query };
  });
  const rank = ({ id }: Check) => FAMILIES.indexOf(id.charAt(0)) * 100 + Number(id.slice(1));
  return checks.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

const answer = z.tuple([
  z.object({
    rows: z.number(),
    offending: z.array(z.object({ relation: z.string(), key: z.string().nullable() })),
  }),
]);

/** Asks one check: how many rows offend, and where the first of them are. */
export async function runCheck(database: Queryable, check: Check): Promise<CheckResult> {
  const began = performance.now();
  const { rows } = await database.query(
    `WITH offending AS MATERIALIZED (
${check.query}
)
SELECT
  (SELECT count(*)::double precision FROM offending) AS rows,
  coalesce(
    (
      SELECT json_agg(json_build_object('relation', named.relation, 'key', encode(named.offending_key, 'hex')))
      FROM (SELECT relation, offending_key FROM offending LIMIT ${NAMED_ROWS}) AS named
    ),
    '[]'
  ) AS offending`,
  );
  const [found] = answer.parse(rows);
  return { check, seconds: (performance.now() - began) / 1_000, ...found };
}

/** Begins the transaction that checks run in: all of them see the same moment, and nothing can be written. */
export async function beginChecks(database: Queryable): Promise<void> {
  await database.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await database.query('SET LOCAL search_path = pg_catalog');
  await database.query('SET LOCAL statement_timeout = 0');
  // Whole tables are joined: the server's own limits are made for single events.
  await database.query("SET LOCAL work_mem = '128MB'");
  await database.query('SET LOCAL jit = off');
}

/**
 * Statements of the checklist that a database at rest cannot be asked, and why. Tests show them; docs/conformance.md says
 * which.
 */
export const UNASKED: Readonly<Record<string, string>> = {
  H3: 'shows while a batch loads; its trace is H1',
  H6: 'shows while a batch loads; its trace is H5',
  H7: 'shows over several loads; its trace is H1',
  H8: 'shows while an empty batch loads',
  S4: 'shows over several loads; its trace is S5',
  S7: 'shows while a batch loads; its traces are S5 and S6',
  S8: 'shows while a batch loads; its trace is S1',
  S12: 'shows while a batch loads; its traces are S5 and S13',
  S15: 'shows while a batch loads; its trace is S9',
  S16: 'shows when a batch is cut short; its traces are E7 and B1',
  S17: 'shows while a batch loads; its traces are S1 and S5',
  S18: 'shows while a batch loads; its traces are S5 and S13',
  C1: 'shows when workers meet; its traces are S5 and B1',
  C2: 'shows when workers meet',
  C4: 'shows when a worker is killed; its traces are E7 and B1',
  C5: 'shows when batches are cut differently; its traces are S5 and B1',
  X1: 'shows on keys made to collide; its trace is H2',
  P1: 'does not apply: this vault has no PIT tables',
  P2: 'does not apply: this vault has no ghost rows; the zero key of a page is L3',
  G2: 'does not apply: this release erases no visitors',
};
