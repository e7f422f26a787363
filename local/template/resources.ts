import * as z from 'zod';
import { referredIds } from '../intrinsics.ts';

interface Resource {
  Type: string;
  Properties?: unknown;
  Metadata?: unknown;
}

export interface ParsedResource<T> {
  logicalId: string;
  properties: T;
}

const indirection: Record<string, string> = {
  'AWS::Lambda::Alias': 'FunctionName',
  'AWS::Lambda::Version': 'FunctionName',
};

/** Parsed access to the resources of one template. */
export class Resources {
  readonly #all: Record<string, Resource>;

  constructor(all: Record<string, Resource>) {
    this.#all = all;
  }

  /**
   * Every resource of a type, with its properties parsed.
   * @throws Error naming the resource whose properties have another shape.
   */
  ofType<T>(type: string, properties: z.ZodType<T>): ParsedResource<T>[] {
    return Object.entries(this.#all)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({
        logicalId,
        properties: parse(properties, resource.Properties ?? {}, `${type} ${logicalId}`),
      }));
  }

  /** One entry of a resource's `Metadata`, when it is there and a string. */
  metadata(logicalId: string, key: string): string | undefined {
    const parsed = z.record(z.string(), z.unknown()).safeParse(this.#all[logicalId]?.Metadata);
    const value = parsed.success ? parsed.data[key] : undefined;
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * The logical id of the resource of a type that an expression points at, also through a function's alias or version.
   * @throws Error when the expression points at none.
   */
  target(expression: unknown, type: string): string {
    for (const logicalId of referredIds(expression)) {
      const resource = this.#all[logicalId];
      if (resource?.Type === type) return logicalId;
      const through = resource === undefined ? undefined : indirection[resource.Type];
      const properties = z.record(z.string(), z.unknown()).safeParse(resource?.Properties);
      if (through !== undefined && properties.success) return this.target(properties.data[through], type);
    }
    throw new Error(`The template expression ${JSON.stringify(expression)} does not point at a ${type}.`);
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`The template's ${subject} cannot be run locally.\n${z.prettifyError(parsed.error)}`);
}
