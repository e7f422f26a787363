import { createInterface } from 'node:readline/promises';

/** Asks a question at the terminal. Anything but a yes is a no, Ctrl-C included, and so is a terminal that is none. */
export async function agreesTo(question: string, signal?: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const reply = await dialogue.question(`${question} [y/N] `, signal === undefined ? {} : { signal });
    return /^y(es)?$/i.test(reply.trim());
  } catch {
    return false;
  } finally {
    dialogue.close();
  }
}
