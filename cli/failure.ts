/** Exit status of every command, one list for the help texts and the scripts that call them. */
export const EXIT = { ok: 0, failed: 1, ledgerOpen: 2, stillPending: 3, interrupted: 130 } as const;

/** A failure the user can act on: its message says what to change and is all that is printed. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** The text of anything thrown, safe to print on a terminal. */
export function failureText(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), 1_000);
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Outside text with control and direction characters escaped, so it cannot drive a terminal. */
export function printable(text: string, maxLength = 300): string {
  const shown = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return shown.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
