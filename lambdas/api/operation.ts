import type * as z from 'zod';
import type { Scope } from '../tenancy/scope.ts';

/** What an operation answers with one status: by media type, the schema that the answer fits and an example of it. */
export interface Answer {
  readonly description: string;
  /** Headers beyond those of every call, as OpenAPI describes them. */
  readonly headers?: Readonly<Record<string, AnswerHeader>>;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType; readonly example: unknown }>>;
}

export interface AnswerHeader {
  readonly description: string;
  readonly required: boolean;
  readonly schema: { readonly type: 'string' };
  readonly example: string;
}

/**
 * One call of the HTTP API, described once: its handler validates with these schemas and the OpenAPI document is made of them.
 */
export interface Operation {
  /** The name of the call in a generated client. */
  readonly operationId: string;
  /** A line in the imperative, and what a caller has to know beyond it. */
  readonly summary: string;
  readonly description: string;
  readonly tag: 'tracking' | 'pipeline' | 'analytics' | 'visitors' | 'health' | 'description';
  /** The scope a token needs, or null for a call that needs no token. */
  readonly scope: Scope | null;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly mediaTypes: readonly string[];
    readonly examples: Readonly<Record<string, unknown>>;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of the problems it may answer with beyond those of every call. */
  readonly problems: readonly string[];
}
