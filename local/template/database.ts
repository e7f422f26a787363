import * as z from 'zod';
import type { Resources } from './resources.ts';

const clusterType = 'AWS::RDS::DBCluster';

const clusterProperties = z.object({
  EngineVersion: z.string(),
  DatabaseName: z.string(),
  MasterUsername: z.string(),
});
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const parameterGroupProperties = z.object({ Parameters: z.record(z.string(), scalar).default({}) });

export interface DatabaseModel {
  logicalId: string;
  majorVersion: number;
  name: string;
  /** The role that owns the database. */
  owner: string;
  /** The cluster's parameters, plain Postgres settings and those of RDS alike. */
  parameters: Record<string, string>;
}

/** The database cluster and its parameters. */
export function readDatabase(resources: Resources): DatabaseModel {
  const [cluster] = resources.ofType(clusterType, clusterProperties);
  if (cluster === undefined) {
    throw new Error(`The template has no ${clusterType}: the local stack has no database to run.`);
  }
  const groups = resources.ofType('AWS::RDS::DBClusterParameterGroup', parameterGroupProperties);
  return {
    logicalId: cluster.logicalId,
    majorVersion: Number.parseInt(cluster.properties.EngineVersion, 10),
    name: cluster.properties.DatabaseName,
    owner: cluster.properties.MasterUsername,
    parameters: Object.assign({}, ...groups.map(({ properties }) => properties.Parameters)),
  };
}
