import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import * as z from 'zod';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock is. */
const MICROSECONDS_PER_TICK = 10_000;

/** What the kernel says of a process: its parent, and the ticks that it and its ended children have used. */
function readProcess(
  pid: string,
): { readonly parent: number; readonly ticks: number; readonly endedTicks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { parent, ticks: user + system, endedTicks: endedUser + endedSystem };
  } catch {
    // It ended between being listed and being read.
    return null;
  }
}

const backend = z.object({ pid: z.number() });

/** Microseconds of processor time that a Postgres server on this machine has used, all of its processes together. */
export async function serverCpu(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
  const server = readProcess(String(backend.parse(rows[0]).pid))?.parent;
  if (server === undefined) throw new Error('This Postgres does not run on this machine.');
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), found: readProcess(pid) }))
    .reduce((sum, { pid, found }) => {
      if (found === null) return sum;
      if (pid === server) return sum + found.ticks + found.endedTicks;
      return found.parent === server ? sum + found.ticks : sum;
    }, 0);
  return ticks * MICROSECONDS_PER_TICK;
}
