import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When a process was born, as a text that only serves comparison: ids are used again, births are not. */
export function birthOf(pid: number): string | undefined {
  // The name in parentheses may hold blanks; the 20th field after it is the start time.
  const stat = readProc(pid, 'stat');
  return stat === undefined ? ps(pid, 'lstart') : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** The command line of a process, its arguments separated by blanks. */
export function commandLineOf(pid: number): string | undefined {
  return readProc(pid, 'cmdline')?.replaceAll('\0', ' ') ?? ps(pid, 'command');
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** macOS has no /proc. */
function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
