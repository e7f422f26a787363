import type pg from 'pg';
import { beginChecks, readChecks, runCheck } from '../../cli/conformance/checks.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';

/** Names of the conformance checks that return rows. */
export async function brokenChecks(pool: pg.Pool): Promise<string[]> {
  return inTransaction(pool, async (client) => {
    await beginChecks(client);
    const broken: string[] = [];
    for (const check of readChecks()) {
      if ((await runCheck(client, check)).rows > 0) broken.push(check.name);
    }
    return broken;
  });
}
