import { functionsOf, permissionsOf, target } from '../template.ts';
import { all, at, type Deployed, first, put, type Statement } from './deployed.ts';
import { queueRights, rightsByFunction } from './rights.ts';

const FUNCTION = 'AWS::Lambda::Function';
const POLICY = 'AWS::IAM::Policy';
const QUEUE = 'AWS::SQS::Queue';
const LOG_GROUP = 'AWS::Logs::LogGroup';
const CLUSTER = 'AWS::RDS::DBCluster';

/** Actions on things that have no name before they exist. */
const NAMELESS =
  /^(ec2:(Assign|Unassign)PrivateIpAddresses|ec2:(Create|Delete|Describe)(NetworkInterfaces?|Subnets)|xray:Put\w+)$/;

const stacksOf = ({ resources, edge }: Deployed) => [resources, ...(edge === null ? [] : [edge])];
const firstStatement = (deployed: Deployed) =>
  first(deployed.resources, POLICY, (id) => id.startsWith('ApiIngest'));
const addRight = (deployed: Deployed, Action: string, Resource: unknown): void => {
  const policy = firstStatement(deployed);
  const statements = at(policy, 'Properties.PolicyDocument.Statement');
  if (Array.isArray(statements)) statements.push({ Effect: 'Allow', Action, Resource });
};

export const security: readonly Statement[] = [
  {
    number: 1,
    says: 'every function has its own role; no role is shared by two functions',
    check: ({ resources }) => {
      const roles = all(resources, FUNCTION).map(({ resource }) =>
        JSON.stringify(at(resource, 'Properties.Role')),
      );
      return roles.filter((role, index) => roles.indexOf(role) !== index);
    },
    breaks: [
      {
        what: 'staging runs as business does',
        by: ({ resources }) => {
          const other = first(resources, FUNCTION, (id) => id.startsWith('PipelineBusiness'));
          put(
            first(resources, FUNCTION, (id) => id.startsWith('PipelineStaging')),
            'Properties.Role',
            at(other, 'Properties.Role'),
          );
        },
      },
    ],
  },
  {
    number: 2,
    says: 'no policy allows every action, every action of a service, or an action on everything that could be named',
    check: ({ resources }) =>
      all(resources, 'AWS::IAM::Role').flatMap(({ id }) =>
        permissionsOf(resources, id)
          .filter(({ action, on }) =>
            action.endsWith('*') ? !/^kms:\w+\*$/.test(action) : on === '*' && !NAMELESS.test(action),
          )
          .map(({ action }) => `${id} may ${action}`),
      ),
    breaks: [
      { what: 'every action', by: (deployed) => addRight(deployed, '*', 'arn') },
      { what: 'every action of SQS', by: (deployed) => addRight(deployed, 'sqs:*', 'arn') },
      { what: 'sending to every queue', by: (deployed) => addRight(deployed, 'sqs:SendMessage', '*') },
    ],
  },
  {
    number: 3,
    says: 'ingest may only send to the staging queue, staging take from it and send to the business queue, business take from that',
    check: (deployed) =>
      Object.entries(queueRights).flatMap(([name, expected]) => {
        const found = rightsByFunction(deployed.resources)[name] ?? [];
        return JSON.stringify(found) === JSON.stringify(expected) ? [] : [`${name}: ${found.join(', ')}`];
      }),
    breaks: [
      {
        what: 'ingest may take messages',
        by: (deployed) => {
          const queue = all(deployed.resources, QUEUE).find(({ id }) =>
            id.startsWith('PipelineStagingQueue'),
          );
          addRight(deployed, 'sqs:ReceiveMessage', { 'Fn::GetAtt': [queue?.id, 'Arn'] });
        },
      },
    ],
  },
  {
    number: 4,
    says: 'each function may log in as one database user, and only the migration as the owner',
    check: ({ resources }) =>
      functionsOf(resources).flatMap(({ entry, properties }) => {
        const logins = permissionsOf(resources, properties.Role)
          .filter(({ action }) => action === 'rds-db:connect')
          .map(({ on }) => /\/([^/"]+)"\]\]/.exec(JSON.stringify(on))?.[1]);
        const user = properties.Environment.Variables.DB_USER;
        const isOwner = user === 'onevault';
        return logins.length === 1 && logins[0] === user && isOwner === (entry === 'lambdas/migrate.ts')
          ? []
          : [`${entry} logs in as ${logins.join(', ')}`];
      }),
    breaks: [
      {
        what: 'ingest may log in as anybody',
        by: (deployed) =>
          addRight(deployed, 'rds-db:connect', { 'Fn::Join': ['', ['arn:', 'dbuser:', '/*']] }),
      },
      {
        what: 'analytics logs in as the owner',
        by: ({ resources }) =>
          put(
            first(resources, FUNCTION, (id) => id.startsWith('ApiAnalytics')),
            'Properties.Environment.Variables.DB_USER',
            'onevault',
          ),
      },
    ],
  },
  {
    number: 6,
    says: 'every queue is encrypted and refuses plain HTTP',
    check: ({ resources }) =>
      all(resources, QUEUE).flatMap(({ id, resource }) => {
        const policies = all(resources, 'AWS::SQS::QueuePolicy').filter(({ resource: policy }) =>
          JSON.stringify(at(policy, 'Properties.Queues')).includes(`"${id}"`),
        );
        const isEncrypted =
          at(resource, 'Properties.SqsManagedSseEnabled') === true ||
          at(resource, 'Properties.KmsMasterKeyId') !== undefined;
        const refuses =
          JSON.stringify(policies).includes('"Effect":"Deny"') &&
          JSON.stringify(policies).includes('"aws:SecureTransport":"false"');
        return [
          ...(isEncrypted ? [] : [`${id} is not encrypted`]),
          ...(refuses ? [] : [`${id} takes plain HTTP`]),
        ];
      }),
    breaks: [
      {
        what: 'a queue without encryption',
        by: ({ resources }) => put(first(resources, QUEUE), 'Properties.SqsManagedSseEnabled', undefined),
      },
      {
        what: 'a queue without a policy',
        by: ({ resources }) => put(first(resources, 'AWS::SQS::QueuePolicy'), 'Properties.Queues', []),
      },
    ],
  },
  {
    number: 7,
    says: 'the cluster is encrypted, takes IAM logins, forces TLS, cannot be reached from outside and shows a current certificate',
    check: ({ resources }) => [
      ...all(resources, CLUSTER).flatMap(({ resource }) => [
        ...(at(resource, 'Properties.StorageEncrypted') === true ? [] : ['not encrypted']),
        ...(at(resource, 'Properties.EnableIAMDatabaseAuthentication') === true ? [] : ['no IAM logins']),
        ...(at(resource, 'Properties.MasterUserPassword') === undefined ? [] : ['a password']),
      ]),
      ...all(resources, 'AWS::RDS::DBClusterParameterGroup')
        .filter(({ resource }) => !JSON.stringify(resource).includes('"rds.force_ssl":"1"'))
        .map(() => 'TLS is not forced'),
      ...all(resources, 'AWS::RDS::DBInstance').flatMap(({ id, resource }) => [
        ...(at(resource, 'Properties.PubliclyAccessible') === false ? [] : [`${id} is public`]),
        ...(at(resource, 'Properties.CACertificateIdentifier') === 'rds-ca-rsa2048-g1'
          ? []
          : [`${id} has an old certificate`]),
      ]),
    ],
    breaks: [
      {
        what: 'plain storage',
        by: ({ resources }) => put(first(resources, CLUSTER), 'Properties.StorageEncrypted', false),
      },
      {
        what: 'no IAM logins',
        by: ({ resources }) =>
          put(first(resources, CLUSTER), 'Properties.EnableIAMDatabaseAuthentication', undefined),
      },
      {
        what: 'a password',
        by: ({ resources }) => put(first(resources, CLUSTER), 'Properties.MasterUserPassword', 'x'),
      },
      {
        what: 'TLS left to choice',
        by: ({ resources }) =>
          put(first(resources, 'AWS::RDS::DBClusterParameterGroup'), 'Properties.Parameters', {}),
      },
      {
        what: 'a public instance',
        by: ({ resources }) =>
          put(first(resources, 'AWS::RDS::DBInstance'), 'Properties.PubliclyAccessible', true),
      },
      {
        what: 'an old certificate',
        by: ({ resources }) =>
          put(first(resources, 'AWS::RDS::DBInstance'), 'Properties.CACertificateIdentifier', 'rds-ca-2019'),
      },
    ],
  },
  {
    number: 9,
    says: 'log groups and alarm topics wear the account’s key where asked for, and no variable or output holds a secret',
    check: ({ config, resources }) => [
      ...[...all(resources, LOG_GROUP), ...all(resources, 'AWS::SNS::Topic')]
        .filter(
          ({ resource }) =>
            config.customerManagedKey &&
            (at(resource, 'Properties.KmsKeyId') ?? at(resource, 'Properties.KmsMasterKeyId')) === undefined,
        )
        .map(({ id }) => `${id} does not wear the key`),
      ...functionsOf(resources).flatMap(({ entry, properties }) =>
        Object.entries(properties.Environment.Variables)
          .filter(
            ([name, value]) =>
              /SECRET|PASSWORD|PASSWD|PRIVATE|TOKEN$|API_KEY/.test(name) ||
              JSON.stringify(value).includes('resolve:secretsmanager'),
          )
          .map(([name]) => `${entry} has ${name}`),
      ),
      ...(all(resources, 'AWS::SecretsManager::Secret').length > 0 ? ['there is a secret'] : []),
    ],
    breaks: [
      {
        what: 'a log group without the key',
        by: ({ resources }) => put(first(resources, LOG_GROUP), 'Properties.KmsKeyId', undefined),
      },
      {
        what: 'a topic without the key',
        by: ({ resources }) =>
          put(first(resources, 'AWS::SNS::Topic'), 'Properties.KmsMasterKeyId', undefined),
      },
      {
        what: 'a password as a variable',
        by: ({ resources }) =>
          put(
            first(resources, FUNCTION, (id) => id.startsWith('ApiIngest')),
            'Properties.Environment.Variables.DB_PASSWORD',
            'x',
          ),
      },
    ],
  },
  {
    number: 11,
    says: 'the database is reached from the functions alone, and no rule names the whole internet',
    check: (deployed) => [
      ...stacksOf(deployed).flatMap((resources) =>
        [
          ...all(resources, 'AWS::EC2::SecurityGroup'),
          ...all(resources, 'AWS::EC2::SecurityGroupIngress'),
          ...all(resources, 'AWS::EC2::SecurityGroupEgress'),
        ]
          .filter(({ resource }) => /"(0\.0\.0\.0\/0|::\/0)"/.test(JSON.stringify(resource)))
          .map(({ id }) => `${id} names the whole internet`),
      ),
      ...all(deployed.resources, 'AWS::EC2::SecurityGroupIngress').flatMap(({ id, resource }) => {
        const from = target.safeParse(at(resource, 'Properties.SourceSecurityGroupId'));
        return from.success && from.data.startsWith('NetworkFunctions') ? [] : [`${id} lets others in`];
      }),
    ],
    breaks: [
      {
        what: 'an open group',
        by: ({ resources }) =>
          put(first(resources, 'AWS::EC2::SecurityGroup'), 'Properties.SecurityGroupIngress', [
            { CidrIp: '0.0.0.0/0', IpProtocol: '-1' },
          ]),
      },
      {
        what: 'a door for a network',
        by: ({ resources }) =>
          put(
            first(resources, 'AWS::EC2::SecurityGroupIngress'),
            'Properties.SourceSecurityGroupId',
            undefined,
          ),
      },
    ],
  },
  {
    number: 12,
    says: 'subnets are isolated, there is no NAT, and SQS is the only service inside',
    check: ({ resources }) => [
      ...['AWS::EC2::NatGateway', 'AWS::EC2::InternetGateway', 'AWS::EC2::Route'].flatMap((type) =>
        all(resources, type).map(({ id }) => id),
      ),
      ...all(resources, 'AWS::EC2::Subnet')
        .filter(({ resource }) => at(resource, 'Properties.MapPublicIpOnLaunch') !== false)
        .map(({ id }) => `${id} is public`),
      ...(JSON.stringify(
        all(resources, 'AWS::EC2::VPCEndpoint').map(({ resource }) => at(resource, 'Properties.ServiceName')),
      ) === '[{"Fn::Join":["",["com.amazonaws.",{"Ref":"AWS::Region"},".sqs"]]}]'
        ? []
        : ['the endpoints are others']),
    ],
    breaks: [
      {
        what: 'a NAT gateway',
        by: ({ resources }) => Object.assign(resources, { Nat: { Type: 'AWS::EC2::NatGateway' } }),
      },
      {
        what: 'another endpoint',
        by: ({ resources }) =>
          Object.assign(resources, {
            Other: { Type: 'AWS::EC2::VPCEndpoint', Properties: { ServiceName: 'x' } },
          }),
      },
      {
        what: 'a public subnet',
        by: ({ resources }) =>
          put(first(resources, 'AWS::EC2::Subnet'), 'Properties.MapPublicIpOnLaunch', true),
      },
    ],
  },
];
