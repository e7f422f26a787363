import { CommandFailure, EXIT, failureText, printable } from './failure.ts';

const HELP = `Usage: onevault COMMAND [options]

  import FILE|-   import an access log through the tracking API
  status          show where the events are in the pipeline
  ledger          account for every event that arrived
  metrics         calculate daily metrics anew, list what was restated
  sample          write an access log to try things with
  replay          run events from the raw layer into the vault again
  retention       delete what tenants no longer keep
  export          write down everything that is known of a visitor
  erase           erase visitors
  redrive         give dead letters of a queue another try
  conformance     check the vault of a database against the rules of Data Vault 2.0
  tenant          make tenants, change their settings
  site            make sites, say where they are
  token           make, replace and revoke tokens
  doctor          check that an endpoint works from end to end

onevault COMMAND --help tells more.
`;

type Command = (argv: readonly string[]) => Promise<number>;

/** Each is read when it is called for: the others' code would be most of what a command waits for. */
const COMMANDS = new Map<string, () => Promise<Command>>([
  ['import', async () => (await import('./import/command.ts')).importCommand],
  ['status', async () => (await import('./status.ts')).statusCommand],
  ['ledger', async () => (await import('./ledger/command.ts')).ledgerCommand],
  ['metrics', async () => (await import('./metrics/command.ts')).metricsCommand],
  ['sample', async () => (await import('./sample/command.ts')).sampleCommand],
  ['replay', async () => (await import('./replay/command.ts')).replayCommand],
  ['retention', async () => (await import('./retention/command.ts')).retentionCommand],
  ['export', async () => (await import('./visitors/export-command.ts')).exportCommand],
  ['erase', async () => (await import('./visitors/erase-command.ts')).eraseCommand],
  ['redrive', async () => (await import('./redrive/command.ts')).redriveCommand],
  ['conformance', async () => (await import('./conformance/command.ts')).conformanceCommand],
  ['tenant', async () => (await import('./tenant/command.ts')).tenantCommand],
  ['site', async () => (await import('./site/command.ts')).siteCommand],
  ['token', async () => (await import('./token/command.ts')).tokenCommand],
  ['doctor', async () => (await import('./doctor/command.ts')).doctorCommand],
]);

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) {
    throw new CommandFailure(
      `There is no command "${printable(name)}"; there are ${[...COMMANDS.keys()].join(', ')}.`,
    );
  }
  const command = await load();
  return command(argv);
}

// Started through an older Node, it ends with that: a command that lives on alone would surprise the next one.
process.channel?.unref();
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

// The reader of a pipe may stop early (`| head`); that is its right and no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`onevault: ${failureText(error)}\n`);
  process.exitCode = error instanceof CommandFailure ? error.exitCode : EXIT.failed;
}
