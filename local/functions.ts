import path from 'node:path';
import { roleUrl } from './database-login.ts';
import { evaluate, type References } from './intrinsics.ts';
import type { FunctionSpec, QueueAccess } from './messages.ts';
import type { QueueAddress } from './queues.ts';
import type { DatabaseModel, FunctionModel } from './template.ts';

/** Connections of one function at the most: a laptop's few cores serve no more at once. */
const largestPool = 8;
/** Invocations of a function at once where the template sets no limit. */
const unreservedConcurrency = 50;
const accountId = '000000000000';

const project = path.dirname(import.meta.dirname);

/** What the functions' environments are resolved against. */
export interface Surroundings {
  database: DatabaseModel;
  databaseUrl: string;
  queues: QueueAddress[];
  access: QueueAccess;
}

/** A function of the template as this machine runs it: from its source, with its environment resolved. */
export function functionSpecOf(model: FunctionModel, surroundings: Surroundings): FunctionSpec {
  const { access, databaseUrl } = surroundings;
  const references = referencesOf(surroundings);
  const declared = Object.fromEntries(
    Object.entries(model.environment).map(([name, expression]) => [name, evaluate(expression, references)]),
  );
  const concurrency = model.reservedConcurrency ?? unreservedConcurrency;
  // One thread serves what are single environments in Lambda, so it gets the connections of them all.
  const connections = Math.min(largestPool, concurrency * Number(declared.DB_POOL_MAX ?? 1));
  return {
    name: model.name,
    entry: path.join(project, model.entry),
    timeoutMs: model.timeoutSeconds * 1000,
    memoryMb: model.memoryMb,
    concurrency,
    environment: {
      ...declared,
      SYSTEM_DATABASE_URL:
        declared.DB_USER === undefined || declared.DB_USER === surroundings.database.owner
          ? databaseUrl
          : roleUrl(databaseUrl, declared.DB_USER),
      DB_POOL_MAX: String(connections),
      TZ: 'UTC',
      AWS_REGION: access.region,
      AWS_ENDPOINT_URL_SQS: access.endpoint,
      AWS_ACCESS_KEY_ID: access.accessKeyId,
      AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
      ...(access.sessionToken !== undefined && { AWS_SESSION_TOKEN: access.sessionToken }),
      AWS_LAMBDA_FUNCTION_NAME: model.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMb),
    },
  };
}

/** A reference to a part that does not exist on this machine stands for its own name. */
function referencesOf({ database, databaseUrl, queues, access }: Surroundings): References {
  const { hostname, port } = new URL(databaseUrl);
  const values: Record<string, string> = {
    'AWS::Region': access.region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    [`${database.logicalId}.Endpoint.Address`]: hostname,
    [`${database.logicalId}.Endpoint.Port`]: port || '5432',
  };
  for (const { logicalId, url, arn } of queues) {
    values[logicalId] = url;
    values[`${logicalId}.QueueUrl`] = url;
    values[`${logicalId}.Arn`] = arn;
    values[`${logicalId}.QueueName`] = arn.slice(arn.lastIndexOf(':') + 1);
  }
  const resolve = (name: string) => values[name] ?? name;
  return { ref: resolve, attribute: (logicalId, attribute) => resolve(`${logicalId}.${attribute}`) };
}
