import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { deployableConfigOf } from '../../lib/environments.ts';
import { ConfigError } from '../../lib/parse-config.ts';
import { EXIT, StepFailure } from './failure.ts';

/**
 * Reads a command's flags, and checks the environment that `--env` names.
 * @throws StepFailure that says what is missing, with the usage.
 */
export function readFlags<const Options extends ParseArgsOptionsConfig>(
  options: Options,
  usage: string,
  argv: readonly string[],
) {
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    throw new StepFailure(`${error instanceof Error ? error.message : error}\n\n${usage}`, EXIT.misused);
  }
}

/** @throws StepFailure when no environment was named, or there is none of that name. */
export function environmentOf(name: string | undefined, usage: string) {
  if (name === undefined) throw new StepFailure(`Name an environment with --env.\n\n${usage}`, EXIT.misused);
  try {
    return { name, config: deployableConfigOf(name) };
  } catch (error) {
    if (error instanceof ConfigError) throw new StepFailure(error.message, EXIT.misused);
    throw error;
  }
}
