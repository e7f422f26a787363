import * as z from 'zod';
import type { JsonSchema, SchemaCollection } from './openapi-schemas.ts';

/** The parameters of a call, one for each member of the schema that reads them. */
export function parametersOf(
  place: 'path' | 'query',
  schema: z.ZodObject | undefined,
  schemas: SchemaCollection,
): JsonSchema[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, member]) => {
    const { description, example, ...value } = schemas.take(member, 'input');
    return {
      name,
      in: place,
      required: place === 'path' || !z.safeParse(member, undefined).success,
      description,
      // Several values of one parameter are joined by commas, as API Gateway does with a repeated one.
      ...(value.type === 'array' && { style: 'form', explode: false }),
      schema: value,
      ...(example !== undefined && { example }),
    };
  });
}
