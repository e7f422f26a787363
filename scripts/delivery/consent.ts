import { createInterface } from 'node:readline/promises';
import { EXIT, StepFailure } from './failure.ts';

/**
 * Asks a person before anything changes.
 * @param expected what has to be typed.
 * @throws StepFailure when something else was typed, or nobody is there to ask.
 */
export async function askConsent(question: string, expected: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new StepFailure(
      'Nobody can be asked here: run it in a terminal, or with --yes when the changes were reviewed.',
      EXIT.refused,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const typed = await terminal.question(`${question} Type "${expected}" to go on: `);
    if (typed.trim() !== expected) throw new StepFailure('Not confirmed; nothing was changed.', EXIT.refused);
  } finally {
    terminal.close();
  }
}
