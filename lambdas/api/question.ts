import type * as z from 'zod';
import { Problem } from '../platform/problem.ts';

/**
 * Reads the parameters of a question with the schema that describes them.
 * @throws Problem 400 that names the parameter.
 */
export function readQuery<Schema extends z.ZodObject>(
  schema: Schema,
  sent: Readonly<Record<string, string | undefined>>,
): z.infer<Schema> {
  const read = schema.safeParse(sent);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const allowed = Object.keys(schema.shape).join(', ') || 'none';
    throw new Problem(400, 'unknown_parameter', `There is no such parameter here. Allowed: ${allowed}.`, {
      pointer: `/${issue.keys[0]}`,
    });
  }
  const name = String(issue?.path[0] ?? '');
  throw new Problem(400, `invalid_${name}`, `${name}: ${issue?.message ?? 'the value does not fit.'}`, {
    pointer: `/${name}`,
  });
}
