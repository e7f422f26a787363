import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import cdk from '../../cdk.json' with { type: 'json' };
import { configOf } from '../../lib/environments.ts';
import { TrackingStage } from '../../lib/stage.ts';
import { validate } from '../../lib/validate.ts';
import { environmentSamples } from '../../scripts/cost/document.ts';
import { configFrom } from '../../scripts/cost/environment.ts';

/** A reason says more than that there is one. */
const SHORTEST_REASON = 20;

const report = z.object({
  pluginReports: z.array(
    z.object({
      pluginName: z.string(),
      violations: z.array(
        z.object({
          ruleName: z.string(),
          violatingConstructs: z.array(z.looseObject({ constructPath: z.string() })),
        }),
      ),
    }),
  ),
});

const folder = mkdtempSync(join(tmpdir(), 'onevault-validation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newApp = (name: string) =>
  new App({ outdir: join(folder, name), context: { ...cdk.context, [BUNDLING_STACKS]: [] } });

/** What the checkers found, by pack, each finding with its construct. */
function findingsOf(name: string) {
  const { pluginReports } = report.parse(
    JSON.parse(readFileSync(join(folder, name, 'validation-report.json'), 'utf8')),
  );
  return new Map(
    pluginReports.map(({ pluginName, violations }) => [
      pluginName,
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
    ]),
  );
}

describe('10 every template, CloudFront’s included', () => {
  const app = newApp('product');
  const stages = [
    new TrackingStage(app, 'dev', configOf('dev')),
    new TrackingStage(app, 'thrifty', configFrom('thrifty', environmentSamples)),
    new TrackingStage(app, 'prod', {
      ...configOf('prod'),
      edge: { requestsPerFiveMinutes: 3_000 },
      operatorAccess: true,
      domain: { name: 'track.example.com', hostedZoneId: 'Z0000000', hostedZoneName: 'example.com' },
    }),
  ];
  validate(app);
  app.synth();

  it('has no finding of cdk-nag’s packs and of cfn-guard that nobody acknowledged', () => {
    expect([...findingsOf('product')]).toEqual([
      ['AwsSolutions', []],
      ['Serverless', []],
      ['cdk-validator-cfnguard', []],
      // The CDK's own, for a reader that does not follow its writer.
      ['Construct Annotations', []],
    ]);
  });

  it('acknowledges with a reason, at the construct that the rule is about', () => {
    // The CDK acknowledges what its own network construct does.
    const ofTheCdk = /^CloudFormation-Validate::/;
    const acknowledged = [app, ...stages.flatMap((stage) => stage.node.findAll())].flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.entries(z.record(z.string(), z.string()).parse(data)))
        .filter(([rule]) => !ofTheCdk.test(rule))
        .map(([rule, reason]) => ({ construct, rule, reason })),
    );
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(acknowledged.filter(({ reason }) => reason.length < SHORTEST_REASON)).toEqual([]);
    const wide = acknowledged.filter(({ construct }) => construct === app || Stack.isStack(construct));
    expect(wide.map(({ rule }) => rule)).toEqual([
      'cdk-validator-cfnguard::rds_cluster_logging_enabled_check',
    ]);
  });
}, 120_000);

describe('a template that breaks a rule fails its synthesis, by the rule of', () => {
  const synthesiseWith = (name: string, build: (stack: Stack) => void) => {
    const app = newApp(name);
    build(new Stack(app, 'Stack'));
    validate(app);
    const { exitCode } = process;
    try {
      app.synth();
    } finally {
      process.exitCode = exitCode;
    }
  };

  it.each([
    ['AwsSolutions', 'AwsSolutions-SQS3'],
    ['Serverless', 'Serverless-SQSRedrivePolicy'],
    ['cdk-validator-cfnguard', 'sqs_dlq_check'],
  ])('%s', (pack, rule) => {
    expect(() => synthesiseWith(pack, (stack) => void new Queue(stack, 'Queue'))).toThrow();
    expect(findingsOf(pack).get(pack)?.join()).toContain(rule);
  });

  it('CloudFormation itself', () => {
    expect(() =>
      synthesiseWith('CloudFormation', (stack) => {
        const queue = new Queue(stack, 'Queue').node.defaultChild;
        if (
          queue !== undefined &&
          'addPropertyOverride' in queue &&
          typeof queue.addPropertyOverride === 'function'
        )
          queue.addPropertyOverride('VisibilityTimeout', 99_999_999);
      }),
    ).toThrow();
    expect(readFileSync(join(folder, 'CloudFormation', 'validation-report.json'), 'utf8')).toContain(
      'VisibilityTimeout',
    );
  });
});
