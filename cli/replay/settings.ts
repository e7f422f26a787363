import * as z from 'zod';
import type { ReplayScope } from '../../lambdas/lifecycle/replay/requests.ts';
import { HELP_OPTION, readArguments, wholeNumber } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';

const DEFAULT_WORKERS = 2;
const MAX_WORKERS = 32;
const DEFAULT_EXAMPLES = 10;
const MAX_EXAMPLES = 1_000;

export const REPLAY_HELP = `Usage: onevault replay [options]

Runs events from the raw layer into the vault again: loads what the vault lacks and judges again what was refused.
Events that today's rules would write otherwise need a rebuild of their tenant's vault; replay finds them and asks.
An interrupted replay leaves nothing half done; run it again. docs/replay.md tells more.

  --from TIME        from this arrival on, like 2026-11-01 or 2026-11-01T08:00:00Z (default: the first)
  --to TIME          before this arrival (default: now); a date is its first moment in UTC
  --tenant ID        this tenant's events only
  --diff             show what would change, change nothing
  --rebuild          empty the vault and make it anew from everything the raw layer has
  --yes              rebuild without asking
  --workers N        transactions at a time (default ${DEFAULT_WORKERS})
  --examples N       events to show (default ${DEFAULT_EXAMPLES})
  --json             print the findings as JSON
  --quiet            no progress

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error or in need of a rebuild, ${EXIT.interrupted} interrupted.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...DATABASE_OPTIONS,
  from: { type: 'string' },
  to: { type: 'string' },
  tenant: { type: 'string' },
  diff: { type: 'boolean' },
  rebuild: { type: 'boolean' },
  yes: { type: 'boolean' },
  workers: { type: 'string' },
  examples: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
} as const;

/** What a replay is asked to do. */
export interface ReplaySettings {
  readonly mode: 'mend' | 'diff' | 'rebuild';
  readonly scope: ReplayScope;
  readonly agreed: boolean;
  readonly workers: number;
  readonly examples: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly database: { readonly 'data-dir'?: string | undefined };
}

const time = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/**
 * Reads the arguments; null when help is wanted.
 * @throws CommandFailure that says what to change.
 */
export function readSettings(argv: readonly string[]): ReplaySettings | null {
  const { values, positionals } = readArguments('replay', OPTIONS, argv);
  if (values.help) return null;
  if (positionals[0] !== undefined) {
    throw new CommandFailure(`replay takes no "${printable(positionals[0])}". See: onevault replay --help`);
  }
  const from = timeOf('from', values.from);
  const to = timeOf('to', values.to);
  if (from !== null && to !== null && from >= to)
    throw new CommandFailure('--from must be earlier than --to.');
  if (values.rebuild && values.diff)
    throw new CommandFailure('Use --diff to look or --rebuild to act, not both.');
  if (values.rebuild && (from !== null || to !== null)) {
    throw new CommandFailure('--rebuild makes the whole vault anew; leave --from and --to out.');
  }
  return {
    mode: values.diff ? 'diff' : values.rebuild ? 'rebuild' : 'mend',
    scope: { tenantIds: values.tenant === undefined ? null : [values.tenant], from, to },
    agreed: values.yes ?? false,
    workers: wholeNumber('workers', values.workers, DEFAULT_WORKERS, 1, MAX_WORKERS),
    examples: wholeNumber('examples', values.examples, DEFAULT_EXAMPLES, 0, MAX_EXAMPLES),
    json: values.json ?? false,
    quiet: values.quiet ?? false,
    database: values,
  };
}

function timeOf(flag: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const parsed = time.safeParse(text);
  if (parsed.success) return new Date(parsed.data);
  throw new CommandFailure(
    `--${flag} takes a date or a time with its zone, like 2026-11-01 or 2026-11-01T08:00:00Z, not "${printable(text)}".`,
  );
}
