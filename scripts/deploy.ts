import { environmentOf, readFlags } from './delivery/arguments.ts';
import { deploy } from './delivery/deploy.ts';
import { EXIT, runCommand } from './delivery/failure.ts';

const USAGE = `Usage: npm run deploy -- --env NAME [options]

Brings an environment to what the sources say: synthesis and validation, comparison with what is deployed, consent, deployment,
smoke test. Needs credentials of AWS (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) and a region (AWS_REGION).

  --env NAME         the environment: dev, staging, prod, or one of environments/
  --yes              do not ask; for pipelines whose changes were reviewed
  --bootstrap        put the CDK's own stack into the account when it is not there
  --accept-replacement LOGICAL_ID
                     let this stateful resource be replaced or removed; repeat it for more
  --rotate-edge-key  give the edge a new key
  --at-once          to all callers at once, without a canary: for what ends alarms that ring
  --assembly DIR     deploy what an earlier run has synthesised there, and synthesise nothing
  --dry-run          stop before the first call to AWS

ONEVAULT_TENANT and ONEVAULT_TOKEN (an admin token of that tenant), when set, let \`onevault doctor\` check the result.

Exit status: ${EXIT.done} deployed and working, ${EXIT.failed} a step failed, ${EXIT.misused} something is missing to begin, ${EXIT.refused} refused and nothing changed,
${EXIT.unhealthy} deployed and not working.
`;

await runCommand('The deployment', async () => {
  const flags = readFlags(
    {
      env: { type: 'string' },
      yes: { type: 'boolean' },
      bootstrap: { type: 'boolean' },
      'accept-replacement': { type: 'string', multiple: true },
      'rotate-edge-key': { type: 'boolean' },
      'at-once': { type: 'boolean' },
      assembly: { type: 'string' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    USAGE,
    process.argv.slice(2),
  );
  if (flags.help === true) {
    console.log(USAGE);
    return;
  }
  await deploy({
    environment: environmentOf(flags.env, USAGE).name,
    isAgreed: flags.yes === true,
    bootstrap: flags.bootstrap === true,
    accepted: flags['accept-replacement'] ?? [],
    rotateEdgeKey: flags['rotate-edge-key'] === true,
    atOnce: flags['at-once'] === true,
    assembly: flags.assembly,
    dryRun: flags['dry-run'] === true,
  });
});
