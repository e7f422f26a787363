import { all, at, type Deployed, first, put, type Statement } from './deployed.ts';

const ALIAS = 'AWS::Lambda::Alias';
const TAGS = ['app', 'cost-center', 'environment', 'owner'];

/** Types without tags of their own; whatever else is made must wear them. */
const untaggable = [
  /^Custom::/,
  /^AWS::ApiGatewayV2::(ApiMapping|Integration|Route)$/,
  /^AWS::Budgets::Budget$/,
  /^AWS::CloudFront::OriginAccessControl$/,
  /^AWS::EC2::(SecurityGroup(In|E)gress|SubnetRouteTableAssociation)$/,
  /^AWS::IAM::Policy$/,
  /^AWS::Lambda::(Alias|EventInvokeConfig|LayerVersion|Permission|Version)$/,
  /^AWS::Route53::RecordSet$/,
  /^AWS::S3::BucketPolicy$/,
  /^AWS::SNS::(Subscription|TopicPolicy)$/,
  /^AWS::SQS::QueuePolicy$/,
  // A group of schedules has tags, a schedule has none.
  /^AWS::Scheduler::Schedule$/,
];

const keysOf = (tags: unknown): string[] =>
  Array.isArray(tags) ? tags.map((tag) => String(at(tag, 'Key'))) : Object.keys(Object(tags));

/** What the CDK makes for its own custom resources carries no tags. */
const isHelper = (id: string): boolean => /CustomResourceProvider/.test(id);

export const delivery: readonly Statement[] = [
  {
    number: 45,
    says: 'everything that takes tags says which product, environment, owner and cost center it belongs to',
    check: ({ resources, edge }) =>
      Object.entries({ ...resources, ...edge })
        .filter(([id, { Type }]) => !isHelper(id) && !untaggable.some((pattern) => pattern.test(Type)))
        .filter(([, resource]) => !TAGS.every((tag) => keysOf(at(resource, 'Properties.Tags')).includes(tag)))
        .map(([id, { Type }]) => `${Type} ${id}`),
    breaks: [
      {
        what: 'a queue of nobody',
        by: ({ resources }) => put(first(resources, 'AWS::SQS::Queue'), 'Properties.Tags', undefined),
      },
      {
        what: 'a stage of nobody',
        by: ({ resources }) => put(first(resources, 'AWS::ApiGatewayV2::Stage'), 'Properties.Tags', {}),
      },
    ],
  },
  {
    number: 46,
    says: 'callers and mappings name an alias; a canary moves it for what callers wait for, and back when an alarm rings',
    check: ({ config, resources }) => {
      const text = (type: string, property: string) =>
        all(resources, type).map(({ id, resource }) => ({
          id,
          value: JSON.stringify(at(resource, `Properties.${property}`)),
        }));
      const unnamed = [
        ...text('AWS::ApiGatewayV2::Integration', 'IntegrationUri'),
        ...text('AWS::Lambda::EventSourceMapping', 'FunctionName'),
        ...text('AWS::Scheduler::Schedule', 'Target.Arn'),
      ].filter(({ value }) => !value.includes('Aliaslive'));
      const groups = all(resources, 'AWS::CodeDeploy::DeploymentGroup');
      const moved = all(resources, ALIAS).filter(
        ({ resource }) => at(resource, 'UpdatePolicy.CodeDeployLambdaAliasUpdate') !== undefined,
      );
      const expected = config.deployment === 'canary' ? 2 : 0;
      return [
        ...unnamed.map(({ id }) => id),
        ...(moved.length === expected && groups.length === expected ? [] : [`${moved.length} canaries`]),
        ...groups
          .filter(
            ({ resource }) =>
              at(resource, 'Properties.AutoRollbackConfiguration.Enabled') !== true ||
              at(resource, 'Properties.AlarmConfiguration.Enabled') !== true ||
              !JSON.stringify(at(resource, 'Properties.AutoRollbackConfiguration.Events')).includes(
                'DEPLOYMENT_STOP_ON_ALARM',
              ),
          )
          .map(({ id }) => id),
      ];
    },
    breaks: [
      {
        what: 'a route that names the function',
        by: ({ resources }) =>
          put(first(resources, 'AWS::ApiGatewayV2::Integration'), 'Properties.IntegrationUri', {
            Ref: 'ApiIngest666D1B11',
          }),
      },
      {
        what: 'an alias that jumps',
        by: ({ resources }) =>
          put(
            first(resources, ALIAS, (id) => id.startsWith('ApiIngest')),
            'UpdatePolicy',
            undefined,
          ),
      },
      {
        what: 'a canary without alarms',
        by: ({ resources }) =>
          put(
            first(resources, 'AWS::CodeDeploy::DeploymentGroup'),
            'Properties.AlarmConfiguration',
            undefined,
          ),
      },
    ],
  },
  {
    number: 47,
    says: 'the environment has a budget of its own',
    check: ({ config, environment, resources }) => {
      const budgets = all(resources, 'AWS::Budgets::Budget');
      const isOwn = ({ resource }: ReturnType<typeof all>[number]) =>
        String(JSON.stringify(at(resource, 'Properties.Budget.CostFilters'))).includes(
          `user:environment$${environment}`,
        ) && at(resource, 'Properties.Budget.BudgetLimit.Amount') === config.budget.monthlyUsd;
      return budgets.length === 1 && budgets.every(isOwn) ? [] : ['no budget'];
    },
    breaks: [
      {
        what: 'no budget',
        by: ({ resources }: Deployed) =>
          put(resources, first(resources, 'AWS::Budgets::Budget') && 'BudgetMonthlyF064B293', undefined),
      },
      {
        what: 'a budget for all environments',
        by: ({ resources }) =>
          put(first(resources, 'AWS::Budgets::Budget'), 'Properties.Budget.CostFilters', undefined),
      },
    ],
  },
];
