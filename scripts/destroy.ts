import { environmentOf, readFlags } from './delivery/arguments.ts';
import { destroy } from './delivery/destroy.ts';
import { EXIT, runCommand } from './delivery/failure.ts';

const USAGE = `Usage: npm run destroy -- --env NAME [--yes]

Removes an environment with everything stored in it, and says what stays. Refuses an environment that is protected.

  --env NAME         the environment
  --yes              do not ask

Exit status: ${EXIT.done} removed, ${EXIT.failed} a step failed, ${EXIT.misused} something is missing to begin, ${EXIT.refused} refused and nothing changed.
`;

await runCommand('The removal', async () => {
  const flags = readFlags(
    { env: { type: 'string' }, yes: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    USAGE,
    process.argv.slice(2),
  );
  if (flags.help === true) {
    console.log(USAGE);
    return;
  }
  const { name, config } = environmentOf(flags.env, USAGE);
  await destroy({
    environment: name,
    isProtected: config.database.protected,
    isAgreed: flags.yes === true,
  });
});
