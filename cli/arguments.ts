import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CommandFailure, printable } from './failure.ts';

/** Options every command takes. */
export const HELP_OPTION = {
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;

/**
 * Reads a command's arguments.
 * @throws CommandFailure for an unknown option or a missing value, naming the command's help.
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  command: string,
  options: Options,
  argv: readonly string[],
) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : 'The arguments cannot be read';
    throw new CommandFailure(`${printable(reason ?? '')}. See: onevault ${command} --help`);
  }
}

/**
 * A whole number from a flag.
 * @throws CommandFailure when the text is no whole number or outside [min, max].
 */
export function wholeNumber(
  flag: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CommandFailure(`--${flag} takes a whole number from ${min} to ${max}, not "${printable(text)}".`);
}
