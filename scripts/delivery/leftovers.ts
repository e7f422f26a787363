import * as z from 'zod';

/** What stays in an account although no template says so; docs/operations/deploy.md tells how each is removed. */
export const documentedLeftovers: readonly string[] = [
  'the CDK’s own stack CDKToolkit, with the bundles and templates that were uploaded, which all CDK apps of the account share',
  'log groups of the CDK’s own helper functions, which Lambda makes at their first run',
  'the CNAME by which a certificate was validated, in the hosted zone of an environment with a domain',
  'metrics in CloudWatch, which end by themselves after 15 months and cost nothing',
];

/** Deletion policies that leave something behind. */
const KEEPS = new Set(['Retain', 'RetainExceptOnCreate', 'Snapshot']);

const template = z.object({
  Resources: z
    .record(z.string(), z.object({ Type: z.string(), DeletionPolicy: z.string().optional() }))
    .default({}),
});

/** A resource that stays when its stack is deleted, or leaves a snapshot. */
export interface Kept {
  readonly logicalId: string;
  readonly type: string;
  readonly policy: string;
}

/** @param text a template as it was deployed. */
export function keptBy(text: string): Kept[] {
  const { Resources } = template.parse(JSON.parse(text));
  return Object.entries(Resources).flatMap(([logicalId, { Type: type, DeletionPolicy: policy }]) =>
    policy !== undefined && KEEPS.has(policy) ? [{ logicalId, type, policy }] : [],
  );
}
