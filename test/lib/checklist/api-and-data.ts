import { preflightRoute, storingRoutes } from '../../../lambdas/platform/routes.ts';
import { stateful } from '../../../scripts/delivery/changes.ts';
import { functionsOf } from '../template.ts';
import { all, at, type Deployed, first, put, type Statement } from './deployed.ts';
import { optionalStatefulIds, statefulIds } from './stateful-ids.ts';

const STAGE = 'AWS::ApiGatewayV2::Stage';
const CLUSTER = 'AWS::RDS::DBCluster';
const TRIGGER = 'Custom::Trigger';
const DISTRIBUTION = 'AWS::CloudFront::Distribution';
const WEB_ACL = 'AWS::WAFv2::WebACL';
const LAMBDA_LIMIT = 900_000;

const isThrottled = (settings: unknown): boolean =>
  Number(at(settings, 'ThrottlingRateLimit')) > 0 && Number(at(settings, 'ThrottlingBurstLimit')) > 0;

const edgeOf = ({ edge }: Deployed) => {
  if (edge === null) throw new Error('There is no edge to break.');
  return edge;
};

export const apiAndData: readonly Statement[] = [
  {
    number: 27,
    says: 'the stage throttles every route, those that store on their own, and writes a line of JSON a request',
    check: ({ resources }) =>
      all(resources, STAGE).flatMap(({ resource }) => {
        const routes = at(resource, 'Properties.RouteSettings');
        const format = String(at(resource, 'Properties.AccessLogSettings.Format'));
        return [
          ...(isThrottled(at(resource, 'Properties.DefaultRouteSettings')) ? [] : ['no throttle']),
          ...storingRoutes.filter((route) => !isThrottled(at({ routes }, 'routes') && Object(routes)[route])),
          ...['requestId', 'responseLatency', 'status', 'integrationErrorMessage'].filter(
            (field) => !format.includes(`"$context.${field}"`),
          ),
          ...(/sourceIp|userAgent/.test(format) ? ['the log names visitors'] : []),
        ];
      }),
    breaks: [
      {
        what: 'no throttle',
        by: ({ resources }) => put(first(resources, STAGE), 'Properties.DefaultRouteSettings', {}),
      },
      {
        what: 'no limit of the storing routes',
        by: ({ resources }) => put(first(resources, STAGE), 'Properties.RouteSettings', {}),
      },
      {
        what: 'no access log',
        by: ({ resources }) => put(first(resources, STAGE), 'Properties.AccessLogSettings', undefined),
      },
      {
        what: 'addresses in the access log',
        by: ({ resources }) => {
          const stage = first(resources, STAGE);
          const format = String(at(stage, 'Properties.AccessLogSettings.Format'));
          put(
            stage,
            'Properties.AccessLogSettings.Format',
            format.replace('{', '{"ip":"$context.identity.sourceIp",'),
          );
        },
      },
    ],
  },
  {
    number: 28,
    says: 'the gateway allows no origin by itself: preflights reach the function, which knows the origins of each site',
    check: ({ resources }) => [
      ...all(resources, 'AWS::ApiGatewayV2::Api')
        .filter(({ resource }) => at(resource, 'Properties.CorsConfiguration') !== undefined)
        .map(({ id }) => id),
      ...(all(resources, 'AWS::ApiGatewayV2::Route').some(
        ({ resource }) => at(resource, 'Properties.RouteKey') === preflightRoute,
      )
        ? []
        : ['no preflight']),
    ],
    breaks: [
      {
        what: 'any origin with credentials',
        by: ({ resources }) =>
          put(first(resources, 'AWS::ApiGatewayV2::Api'), 'Properties.CorsConfiguration', {
            AllowOrigins: ['*'],
            AllowCredentials: true,
          }),
      },
      {
        what: 'no preflight',
        by: ({ resources }) => {
          for (const { resource } of all(resources, 'AWS::ApiGatewayV2::Route')) {
            if (at(resource, 'Properties.RouteKey') === preflightRoute)
              put(resource, 'Properties.RouteKey', 'GET /other');
          }
        },
      },
    ],
  },
  {
    number: 30,
    says: 'an edge has a firewall that limits an address, and sends the key that the API knows by its hash',
    check: ({ config, edge, resources }) => {
      if (config.edge === null) return edge === null ? [] : ['there is an edge'];
      if (edge === null) return ['there is no edge'];
      const [acl] = all(edge, WEB_ACL);
      const limit = JSON.stringify(at(acl?.resource, 'Properties.Rules')).includes(
        `"Limit":${config.edge.requestsPerFiveMinutes}`,
      );
      const [distribution] = all(edge, DISTRIBUTION);
      const text = JSON.stringify(distribution?.resource);
      const ingest = functionsOf(resources).find(({ entry }) => entry === 'lambdas/ingest.ts');
      return [
        ...(limit ? [] : ['no limit for an address']),
        ...(text.includes(`"WebACLId":{"Fn::GetAtt":["${acl?.id}","Arn"]}`)
          ? []
          : ['the firewall is not in front']),
        ...(text.includes('"x-onevault-edge"') ? [] : ['no key']),
        ...(ingest?.properties.Environment.Variables.EDGE_KEY_HASHES === undefined
          ? ['the API knows no key']
          : []),
        ...(text.includes('"TLSv1.2_2021"') ? [] : ['old TLS']),
        ...(all(resources, 'AWS::Lambda::Version').some(
          ({ id, resource }) =>
            id.startsWith('ApiIngest') &&
            JSON.stringify(at(resource, 'Properties.Description')) === '{"Ref":"EdgeKeyHashes"}',
        )
          ? []
          : ['a changed key reaches no version']),
      ];
    },
    breaks: [
      {
        what: 'no rules',
        in: 'prod with an edge',
        by: (deployed) => put(first(edgeOf(deployed), WEB_ACL), 'Properties.Rules', []),
      },
      {
        what: 'no firewall',
        in: 'prod with an edge',
        by: (deployed) =>
          put(first(edgeOf(deployed), DISTRIBUTION), 'Properties.DistributionConfig.WebACLId', undefined),
      },
      {
        what: 'a version that does not change with the key',
        in: 'prod with an edge',
        by: ({ resources }) =>
          put(
            first(resources, 'AWS::Lambda::Version', (id) => id.startsWith('ApiIngest')),
            'Properties.Description',
            undefined,
          ),
      },
      {
        what: 'no key',
        in: 'prod with an edge',
        by: (deployed) =>
          put(first(edgeOf(deployed), DISTRIBUTION), 'Properties.DistributionConfig.Origins', []),
      },
    ],
  },
  {
    number: 31,
    says: 'a protected environment refuses deletion and leaves a snapshot; dev goes whole, and sleeps',
    check: ({ config, environment, resources }) =>
      all(resources, CLUSTER).flatMap(({ resource }) => {
        const days = Number(at(resource, 'Properties.BackupRetentionPeriod'));
        const isProtected = at(resource, 'Properties.DeletionProtection') === true;
        const leaves = ['Snapshot', 'Retain'].includes(String(at(resource, 'DeletionPolicy')));
        const minimum = at(resource, 'Properties.ServerlessV2ScalingConfiguration.MinCapacity');
        return [
          ...(at(resource, 'Properties.CopyTagsToSnapshot') === true ? [] : ['snapshots without tags']),
          ...(isProtected === config.database.protected ? [] : ['deletion protection']),
          ...(leaves === config.database.protected ? [] : ['what deletion leaves']),
          ...(environment !== 'prod' || days >= 14 ? [] : [`backups for ${days} days`]),
          ...(environment !== 'dev' || (days === 1 && minimum === 0) ? [] : ['dev costs more than it must']),
        ];
      }),
    breaks: [
      {
        what: 'no protection',
        by: ({ resources }) => put(first(resources, CLUSTER), 'Properties.DeletionProtection', false),
      },
      {
        what: 'no snapshot',
        by: ({ resources }) => put(first(resources, CLUSTER), 'DeletionPolicy', 'Delete'),
      },
      {
        what: 'a week of backups',
        by: ({ resources }) => put(first(resources, CLUSTER), 'Properties.BackupRetentionPeriod', 7),
      },
      {
        what: 'a dev that stays',
        in: 'dev',
        by: ({ resources }) => put(first(resources, CLUSTER), 'DeletionPolicy', 'Retain'),
      },
      {
        what: 'a dev that does not sleep',
        in: 'dev',
        by: ({ resources }) =>
          put(first(resources, CLUSTER), 'Properties.ServerlessV2ScalingConfiguration.MinCapacity', 0.5),
      },
    ],
  },
  {
    number: 32,
    says: 'what holds data keeps its logical id, since another id is another, empty thing',
    check: ({ resources, edge }) => [
      ...Object.entries(statefulIds)
        .filter(([id, type]) => resources[id]?.Type !== type)
        .map(([id]) => `${id} is gone`),
      ...Object.entries({ ...resources, ...edge })
        .filter(
          ([id, { Type }]) => Type in stateful && { ...statefulIds, ...optionalStatefulIds }[id] !== Type,
        )
        .map(([id]) => `${id} is new`),
    ],
    breaks: [
      {
        what: 'a renamed cluster',
        by: ({ resources }) => {
          const [cluster] = all(resources, CLUSTER);
          if (cluster === undefined) throw new Error('There is no cluster.');
          delete resources[cluster.id];
          Object.assign(resources, { Renamed: cluster.resource });
        },
      },
      {
        what: 'a bucket that nobody thought of',
        by: ({ resources }) => {
          Object.assign(resources, { Forgotten: { ...first(resources, CLUSTER), Type: 'AWS::S3::Bucket' } });
        },
      },
    ],
  },
  {
    number: 34,
    says: 'a changed migration runs again, gives up before its trigger and Lambda do, and comes before what uses it',
    check: ({ resources }) =>
      all(resources, TRIGGER).flatMap(({ id, resource }) => {
        const migrate = functionsOf(resources).find(({ entry }) => entry === 'lambdas/migrate.ts');
        const trigger = Number(at(resource, 'Properties.Timeout'));
        const version = String(at(resource, 'Properties.HandlerArn.Ref'));
        const waiting = [
          ...functionsOf(resources)
            .filter(({ entry }) => entry !== 'lambdas/migrate.ts')
            .map((each) => each.id),
          ...all(resources, 'AWS::Lambda::EventSourceMapping').map((each) => each.id),
        ];
        return [
          ...(resources[version]?.Type === 'AWS::Lambda::Version'
            ? []
            : ['the trigger names no version of the code']),
          ...((migrate?.properties.Timeout ?? 0) * 1_000 < trigger && trigger < LAMBDA_LIMIT
            ? []
            : ['time-outs']),
          ...waiting.filter((each) => !resources[each]?.DependsOn.includes(id)),
        ];
      }),
    breaks: [
      {
        what: 'a trigger that names the function',
        by: ({ resources }) => put(first(resources, TRIGGER), 'Properties.HandlerArn', { Ref: 'Function' }),
      },
      {
        what: 'a trigger that gives up first',
        by: ({ resources }) => put(first(resources, TRIGGER), 'Properties.Timeout', '700000'),
      },
      {
        what: 'a consumer that does not wait',
        by: ({ resources }) => put(first(resources, 'AWS::Lambda::EventSourceMapping'), 'DependsOn', []),
      },
    ],
  },
];
