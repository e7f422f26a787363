// What a deployment does before anything else runs: the migration function, once, and then the demo tenant.
import pg from 'pg';
import * as z from 'zod';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { processRecorder } from '../cloudwatch/recorder.ts';
import { openRoles } from '../database-login.ts';
import { FunctionHost } from '../function-host.ts';
import { functionSpec } from '../messages.ts';
import { Refused, runChild } from './child.ts';

/** Any page may try it: what it stores stays on this machine. */
const demo = { tenantId: 'demo', siteId: 'demo-site', name: 'Demo', origins: ['*'] };

const configuration = z.object({
  function: functionSpec,
  databaseUrl: z.string(),
  /** Whether the demo tenant needs new tokens. */
  provision: z.boolean(),
});

runChild(configuration, async (settings) => {
  const recorder = processRecorder();
  const host = new FunctionHost(settings.function, recorder);
  const outcome = await host.invoke('{}');
  await host.close();
  recorder.close();
  if (outcome.kind !== 'answered') {
    throw new Refused(
      `The migrations did not run: ${outcome.kind === 'failed' ? outcome.message : outcome.kind}`,
    );
  }
  await openRoles(settings.databaseUrl);
  const tenants = settings.provision ? [await provisionDemo(settings.databaseUrl)] : [];
  return { detail: { tenants }, stop: async () => undefined };
});

async function provisionDemo(connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: 1 });
  try {
    return await provisionTenant(pool, demo);
  } finally {
    await pool.end();
  }
}
