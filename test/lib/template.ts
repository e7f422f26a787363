import * as z from 'zod';
import type { FunctionName } from '../../lib/config.ts';
import { ENTRY_METADATA } from '../../lib/function.ts';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.array(z.string()).default([]),
});
const template = z.object({ Resources: z.record(z.string(), resource) });

export type Resources = z.infer<typeof template>['Resources'];

/** The logical id that a property points at, whichever way CloudFormation spells it. */
export const target: z.ZodType<string> = z.union([
  // The name of a function's alias, cut out of its ARN.
  z
    .object({
      'Fn::Join': z.tuple([
        z.literal(''),
        z.tuple([
          z.object({
            'Fn::Select': z.tuple([
              z.literal(6),
              z.object({ 'Fn::Split': z.tuple([z.literal(':'), z.object({ Ref: z.string() })]) }),
            ]),
          }),
          z.literal(':live'),
        ]),
      ]),
    })
    .transform((value) => value['Fn::Join'][1][0]['Fn::Select'][1]['Fn::Split'][1].Ref),
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((value) => value['Fn::GetAtt'][0]),
]);

export function resourcesOf(source: unknown): Resources {
  return template.parse(source).Resources;
}

/** Every resource of a type with its parsed properties, by logical id. */
export function ofType<Shape extends z.ZodType>(resources: Resources, type: string, shape: Shape) {
  return Object.entries(resources)
    .filter(([, each]) => each.Type === type)
    .map(([id, each]) => ({ id, ...each, properties: shape.parse(each.Properties) }));
}

const lambda = z.object({
  Code: z.object({ S3Key: z.string() }),
  Architectures: z.array(z.string()),
  Runtime: z.string(),
  MemorySize: z.number(),
  Timeout: z.number(),
  ReservedConcurrentExecutions: z.number(),
  Role: target,
  LoggingConfig: z.object({ LogGroup: target }),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  VpcConfig: z.object({ SubnetIds: z.array(z.unknown()), SecurityGroupIds: z.array(z.unknown()) }),
});

const alias = z.object({ FunctionName: target });

/** The function behind what may be an alias of it. */
export function functionBehind(resources: Resources, id: string): string {
  const found = resources[id];
  return found?.Type === 'AWS::Lambda::Alias' ? alias.parse(found.Properties).FunctionName : id;
}

/** The product's own functions; CDK adds others that run custom resources. */
export function functionsOf(resources: Resources) {
  const own = Object.fromEntries(
    Object.entries(resources).filter(([, each]) => ENTRY_METADATA in each.Metadata),
  );
  return ofType(own, 'AWS::Lambda::Function', lambda).map((each) => ({
    ...each,
    entry: z.string().parse(each.Metadata[ENTRY_METADATA]),
  }));
}

export function functionNamed(resources: Resources, name: FunctionName) {
  const found = functionsOf(resources).find((each) => each.entry === `lambdas/${name}.ts`);
  if (found === undefined) throw new Error(`The template has no function ${name}.`);
  return found;
}

const statement = z.object({
  Effect: z.literal('Allow'),
  Action: z.union([z.string().transform((each) => [each]), z.array(z.string())]),
  Resource: z.unknown().transform((each) => (Array.isArray(each) ? each : [each])),
});
const policy = z.object({
  PolicyDocument: z.object({ Statement: z.array(statement) }),
  Roles: z.array(target),
});

/** What a role may do by its own policies, an action on a resource each. */
export function permissionsOf(resources: Resources, role: string) {
  return ofType(resources, 'AWS::IAM::Policy', policy)
    .filter(({ properties }) => properties.Roles.includes(role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((on) => ({ action, on }))));
}

/** The logical ids that a resource needs before it can be created. */
export function dependenciesOf(resources: Resources, id: string): string[] {
  const found = new Set(resources[id]?.DependsOn);
  const visit = (value: unknown): void => {
    const pointer = target.safeParse(value);
    if (pointer.success) found.add(pointer.data);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(resources[id]?.Properties);
  return [...found].filter((each) => each in resources);
}
