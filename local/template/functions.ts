import * as z from 'zod';
import type { Resources } from './resources.ts';

export const functionType = 'AWS::Lambda::Function';
/** The metadata in which the template says which source file a function's bundle is made of. */
const entryMetadata = 'onevault:entry';
/** What Lambda takes where the template is silent. */
const lambdaDefaults = { timeoutSeconds: 3, memoryMb: 128 };

const properties = z.object({
  Timeout: z.number().default(lambdaDefaults.timeoutSeconds),
  MemorySize: z.number().default(lambdaDefaults.memoryMb),
  ReservedConcurrentExecutions: z.number().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

export interface FunctionModel {
  logicalId: string;
  /** The entry's file name without its ending, for example `staging`. */
  name: string;
  /** The source file, relative to the project. */
  entry: string;
  timeoutSeconds: number;
  memoryMb: number;
  /** Invocations that may run at once; undefined where only the account limits them. */
  reservedConcurrency: number | undefined;
  /** Unresolved expressions by variable. */
  environment: Record<string, unknown>;
}

/** The functions with a source entry; CDK's own helpers have none and do not run locally. */
export function readFunctions(resources: Resources): FunctionModel[] {
  return resources.ofType(functionType, properties).flatMap(({ logicalId, properties }) => {
    const entry = resources.metadata(logicalId, entryMetadata);
    if (entry === undefined) return [];
    return {
      logicalId,
      name: entry.replace(/^.*\//, '').replace(/\.\w+$/, ''),
      entry,
      timeoutSeconds: properties.Timeout,
      memoryMb: properties.MemorySize,
      reservedConcurrency: properties.ReservedConcurrentExecutions,
      environment: properties.Environment?.Variables ?? {},
    };
  });
}
