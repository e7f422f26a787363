import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

/** A JSON Schema or another part of the document, as it is written there. */
export type JsonSchema = Record<string, unknown>;

/** Formats that say what zod repeats as a pattern of several hundred characters. */
const plainFormats = new Set(['date', 'date-time', 'uuid']);

/** The JSON Schemas of a document: schemas with an `id` stand once, under their name, and are referred to. */
export class SchemaCollection {
  readonly #named = new Map<string, JsonSchema>();

  /**
   * The JSON Schema of a zod schema.
   * @param side whether callers write it (before defaults and coercion) or read it.
   */
  take(schema: z.ZodType, side: 'input' | 'output'): JsonSchema {
    const {
      $schema,
      $defs = {},
      ...made
    } = z.toJSONSchema(schema, {
      io: side,
      override: ({ jsonSchema }) => {
        if (jsonSchema.format !== undefined && plainFormats.has(jsonSchema.format)) delete jsonSchema.pattern;
        // What every JavaScript integer keeps is no promise of this API.
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      },
    });
    for (const [name, definition] of Object.entries($defs)) this.#keep(name, pointToComponents(definition));
    return pointToComponents(made);
  }

  /** The schemas with a name, by it. */
  named(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#named].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #keep(name: string, definition: JsonSchema): void {
    const known = this.#named.get(name);
    if (known !== undefined && !isDeepStrictEqual(known, definition))
      throw new Error(`Two schemas of the API are called "${name}"; give one of them another id.`);
    this.#named.set(name, definition);
  }
}

/** A plain copy whose references lead to where the document keeps its schemas. */
const pointToComponents = (schema: object): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  );
