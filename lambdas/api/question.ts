import type * as z from 'zod';
import { Problem } from '../platform/problem.ts';

/** How a parameter that does not fit is refused. */
export type Correction = readonly [code: string, detail: string];

/**
 * Reads the parameters of a question with the schema that describes them.
 * @param correctionOf what to say of a parameter by its name; null for what the schema says.
 * @throws Problem 400 that names the parameter.
 */
export function readQuery<Schema extends z.ZodObject>(
  schema: Schema,
  sent: Readonly<Record<string, string | undefined>>,
  correctionOf: (name: string) => Correction | null = () => null,
): z.infer<Schema> {
  const read = schema.safeParse(sent);
  if (read.success) return read.data;
  const { issues } = read.error;
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) {
    const allowed = Object.keys(schema.shape).join(', ') || 'none';
    throw new Problem(400, 'unknown_parameter', `There is no such parameter here. Allowed: ${allowed}.`, {
      pointer: `/${unknown.keys[0]}`,
    });
  }
  const name = String(issues[0]?.path[0] ?? '');
  const [code, detail] = correctionOf(name) ?? [
    `invalid_${name}`,
    `${name}: ${issues[0]?.message ?? 'the value does not fit.'}`,
  ];
  throw new Problem(400, code, detail, { pointer: `/${name}` });
}
