/** How `npm run deploy` and `npm run destroy` end, for the scripts that call them. */
export const EXIT = {
  done: 0,
  /** A step failed; what AWS has done until then stays. */
  failed: 1,
  /** The command line or the environment lacks something; nothing was tried. */
  misused: 2,
  /** It would have done harm, or nobody agreed; nothing was changed. */
  refused: 3,
  /** It was deployed and does not work. */
  unhealthy: 4,
} as const;

/** A step that ended the command: what is wrong, and what to do about it. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly exitCode: number;

  constructor(reason: string, exitCode: number = EXIT.failed, options?: ErrorOptions) {
    super(reason, options);
    this.exitCode = exitCode;
  }
}

/**
 * Runs one step under its name.
 * @throws StepFailure that names the step, whatever the step threw.
 */
export async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  console.log(`\n── ${name}`);
  try {
    return await work();
  } catch (error) {
    const exitCode = error instanceof StepFailure ? error.exitCode : EXIT.failed;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepFailure(`${name}: ${reason}`, exitCode, { cause: error });
  }
}

/** Runs a whole command: what a step could not do is said in its own words, and decides the exit status. */
export async function runCommand(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.error(`\n${name} stopped. ${error.message}`);
    process.exitCode = error.exitCode;
  }
}
