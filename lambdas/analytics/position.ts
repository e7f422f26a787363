import * as z from 'zod';
import { cursorTime } from '../api/cursor.ts';
import type { Topic } from './answers.ts';

/** Rows that a list has passed over. */
const rowsBefore = z.tuple([z.int().positive()]);
/** The session that a list has come to: its begin in UTC, and its key in hexadecimal. */
const sessionBefore = z.tuple([cursorTime, z.string().regex(/^[0-9a-f]{40}$/)]);

/** Where a list goes on. */
export type Position = z.infer<typeof rowsBefore> | z.infer<typeof sessionBefore>;

/** What the cursors of a question hold. */
export const positionOf = (topic: Topic): z.ZodType<Position> =>
  topic === 'sessions' ? sessionBefore : rowsBefore;
