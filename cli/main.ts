import { conformanceCommand } from './conformance/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { CommandFailure, EXIT, failureText, printable } from './failure.ts';
import { importCommand } from './import/command.ts';
import { replayCommand } from './replay/command.ts';
import { sampleCommand } from './sample/command.ts';
import { siteCommand } from './site/command.ts';
import { statusCommand } from './status.ts';
import { tenantCommand } from './tenant/command.ts';
import { tokenCommand } from './token/command.ts';

const HELP = `Usage: onevault COMMAND [options]

  import FILE|-   import an access log through the tracking API
  status          show where the events are in the pipeline
  sample          write an access log to try things with
  replay          run events from the raw layer into the vault again
  conformance     check the vault of a database against the rules of Data Vault 2.0
  tenant          make tenants, change their settings
  site            make sites, say where they are
  token           make, replace and revoke tokens
  doctor          check that an endpoint works from end to end

onevault COMMAND --help tells more.
`;

const COMMANDS = new Map<string, (argv: readonly string[]) => Promise<number>>([
  ['import', importCommand],
  ['status', statusCommand],
  ['sample', sampleCommand],
  ['replay', replayCommand],
  ['conformance', conformanceCommand],
  ['tenant', tenantCommand],
  ['site', siteCommand],
  ['token', tokenCommand],
  ['doctor', doctorCommand],
]);

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    throw new CommandFailure(
      `There is no command "${printable(name)}"; there are ${[...COMMANDS.keys()].join(', ')}.`,
    );
  }
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
