import { HELP_OPTION, readArguments, wholeNumber } from '../arguments.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Connection, connect } from '../connection.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { examine, type Finding } from './checks.ts';
import { Endpoint } from './endpoint.ts';

const DEFAULT_WAIT_SECONDS = 60;
const MAX_WAIT_SECONDS = 3_600;

const HELP = `Usage: onevault doctor [options]

Checks that an endpoint works from end to end: health, the database, processing in the call and in the background, status,
dashboard and the manual trigger. Sends three events of type doctor_check, which count as a bot's, and follows them into the vault.
Needs an admin token.

  --wait SECONDS     how long each event may take into the vault (default ${DEFAULT_WAIT_SECONDS})
  --json             print the results as JSON

${CONNECTION_HELP}

Exit status: ${EXIT.ok} everything works, ${EXIT.failed} a check failed.
`;

const OPTIONS = {
  ...HELP_OPTION,
  ...CONNECTION_OPTIONS,
  wait: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `onevault doctor`: returns the exit status. */
export async function doctorCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('doctor', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (positionals[0] !== undefined) {
    throw new CommandFailure(`doctor takes no "${printable(positionals[0])}". See: onevault doctor --help`);
  }
  const waitMs = 1_000 * wholeNumber('wait', values.wait, DEFAULT_WAIT_SECONDS, 0, MAX_WAIT_SECONDS);
  const connection = await connect(values, 'admin');
  const print = values.json ? () => undefined : (text: string) => process.stdout.write(text);
  print(heading(connection));
  const findings: Finding[] = [];
  for await (const finding of examine(new Endpoint(connection, waitMs))) {
    const { name, failure } = finding;
    findings.push(finding);
    print(failure === null ? `PASS ${name}\n` : `FAIL ${name}\n     ${failure}\n`);
  }
  const passed = findings.filter(({ failure }) => failure === null).length;
  print(`\nOverall Results: ${passed}/${findings.length} tests passed\n`);
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ passed, total: findings.length, checks: findings })}\n`);
  }
  if (passed < findings.length) return EXIT.failed;
  print('ALL TESTS PASSED! Site tracking works.\n');
  return EXIT.ok;
}

function heading({ apiUrl, tenant }: Connection): string {
  return `Site tracking at ${apiUrl}, tenant ${printable(tenant)}\n${'='.repeat(60)}\n`;
}
