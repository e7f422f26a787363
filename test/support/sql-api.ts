import type pg from 'pg';
import * as z from 'zod';

const answer = z.object({
  success: z.boolean(),
  message: z.string(),
  results: z.array(
    z.looseObject({
      index: z.number(),
      event_id: z.string().nullable(),
      status: z.string(),
      code: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
});

/** Sends a request through api.track_event and returns its whole answer. */
export async function track(database: pg.Pool | pg.PoolClient, request: unknown) {
  const { rows } = await database.query('SELECT api.track_event($1) AS answer', [JSON.stringify(request)]);
  return z.looseObject(answer.shape).parse(rows[0].answer);
}

/** A UUID of version 7 with a number of the test's. */
export const uuid = (n: number): string => `0190a0b0-c0d0-7000-8000-${String(n).padStart(12, '0')}`;
