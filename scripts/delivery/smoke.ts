import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { repository } from './cdk.ts';
import { EXIT, StepFailure } from './failure.ts';

/** A cluster that sleeps takes half a minute to wake, and a new name a while to be known. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 2_000;
const CALL_MS = 30_000;
const PATHS = ['/health', '/health/detailed', '/health/db'];

const healthy = z.object({ status: z.literal('ok') });

/** Who checks the installation from end to end; without it only health is asked. */
export interface SmokeTester {
  readonly tenant: string;
  readonly token: string;
}

/**
 * The tester that the environment names, if it names one.
 * @throws StepFailure when half of it is missing.
 */
export function smokeTester(environment: NodeJS.ProcessEnv): SmokeTester | undefined {
  const { ONEVAULT_TOKEN: token = '', ONEVAULT_TENANT: tenant = '' } = environment;
  if (token === '') return undefined;
  if (tenant === '') {
    throw new StepFailure(
      'ONEVAULT_TOKEN is set and ONEVAULT_TENANT is not: set both to let `onevault doctor` check the deployment, or none.',
      EXIT.misused,
    );
  }
  return { tenant, token };
}

/** @throws StepFailure that names what does not work. */
export async function smokeTest(
  url: string,
  tester: SmokeTester | undefined,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  for (const path of PATHS) await untilHealthy(`${url}${path}`, Date.now() + patienceMs);
  if (tester === undefined) {
    console.log(
      'Not checked from end to end: set ONEVAULT_TENANT and ONEVAULT_TOKEN (an admin token) for `onevault doctor`.',
    );
  } else if ((await runDoctor(url, tester)) !== 0) {
    throw new StepFailure(
      'It was deployed, and `onevault doctor` found what is above. docs/runbook.md says what to do about it.',
      EXIT.unhealthy,
    );
  }
}

async function untilHealthy(url: string, deadline: number): Promise<void> {
  for (;;) {
    const fault = await faultOf(url);
    if (fault === null) {
      console.log(`ok   ${url}`);
      return;
    }
    if (Date.now() >= deadline) {
      throw new StepFailure(
        `It was deployed, and ${url} ${fault}. docs/runbook.md says where to look.`,
        EXIT.unhealthy,
      );
    }
    await sleep(PAUSE_MS);
  }
}

async function faultOf(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(CALL_MS) });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.status === 200 && healthy.safeParse(body).success) return null;
    return `answers ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `cannot be reached (${cause instanceof Error ? cause.message : cause})`;
  }
}

function runDoctor(url: string, { tenant, token }: SmokeTester): Promise<number | null> {
  const doctor = spawn(process.execPath, [join(repository, 'cli', 'main.ts'), 'doctor'], {
    cwd: repository,
    // By the environment and not as arguments, which every user of a machine can read.
    env: { ...process.env, ONEVAULT_API_URL: url, ONEVAULT_TENANT: tenant, ONEVAULT_TOKEN: token },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    doctor.once('error', reject);
    doctor.once('exit', resolve);
  });
}
