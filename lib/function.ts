import { dirname, join } from 'node:path';
import { CfnResource, Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  type Alias,
  ApplicationLogLevel,
  Architecture,
  type IFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { viewerFiles } from '../lambdas/description/reference-page.ts';
import type { EnvironmentName as VariableName } from '../lambdas/platform/environment.ts';
import { acknowledge } from './acknowledge.ts';
import type { EnvironmentConfig, FunctionName } from './config.ts';
import type { Network } from './database/network.ts';
import type { Encryption } from './encryption.ts';
import { FunctionRole } from './function-role.ts';
import { BoundedLogGroup } from './log-group.ts';

/** Template metadata that names a function's source file, relative to the repository, for whoever runs it from source. */
export const ENTRY_METADATA = 'onevault:entry';

/** Files that a function reads beside its statements. */
const filesBeside: Partial<Record<FunctionName, readonly string[]>> = { analytics: viewerFiles };

const repository = join(import.meta.dirname, '..');
const executionCredentials = join(repository, 'lambdas/platform/execution-credentials.ts');

export interface TrackingFunctionProps {
  /** The function's settings in the configuration, and its file in `lambdas/`. */
  readonly name: FunctionName;
  readonly config: EnvironmentConfig;
  readonly network: Network;
  readonly encryption: Encryption;
  /** What a version must be made anew for beside its code and settings: values that only a deployment knows, 256 characters at most. */
  readonly versionedBy?: string;
  /** Its name goes with every metric. */
  readonly environment: string;
}

/** What every function of an environment is made with. */
export type Surroundings = Omit<TrackingFunctionProps, 'name' | 'versionedBy'>;

/** A function of the pipeline: bundled from `lambdas/<name>.ts` together with `sql/`, bounded, logged, inside the network. */
export class TrackingFunction extends NodejsFunction {
  /** Database connections that one execution environment may hold. */
  readonly connectionsPerExecution: number;
  /** The function's name in the configuration. */
  readonly shortName: FunctionName;
  private readonly settings: EnvironmentConfig['functions'][FunctionName];
  /** The version that serves. Callers name it, so that a release can be brought to a part of them and taken back. */
  readonly live: Alias & IFunction;

  constructor(scope: Construct, id: string, props: TrackingFunctionProps) {
    const { name, config, network, encryption, environment, versionedBy } = props;
    const settings = config.functions[name];
    const entry = `lambdas/${name}.ts`;
    const logGroup = new BoundedLogGroup(scope, `${id}Logs`, { config, encryption });
    super(scope, id, {
      entry: join(repository, entry),
      projectRoot: repository,
      depsLockFilePath: join(repository, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: settings.memoryMb,
      timeout: Duration.seconds(settings.timeoutSeconds),
      reservedConcurrentExecutions: settings.concurrency,
      vpc: network.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [network.functions],
      logGroup,
      role: new FunctionRole(scope, `${id}Role`, { logGroup }),
      loggingFormat: LoggingFormat.JSON,
      // Metrics are log lines without a level, which Lambda takes for INFO: a higher threshold would drop them.
      applicationLogLevelV2:
        config.logLevel === 'DEBUG' ? ApplicationLogLevel.DEBUG : ApplicationLogLevel.INFO,
      // Lambda's own lines about each invocation say nothing that its metrics do not, and would be most of the bill for logs.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(versionedBy !== undefined && { currentVersionOptions: { description: versionedBy } }),
      tracing: config.tracing === 'active' ? Tracing.ACTIVE : Tracing.PASS_THROUGH,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        LOG_LEVEL: config.logLevel,
        ENVIRONMENT_NAME: environment,
      },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        sourceMap: true,
        // File and line are all a stack trace needs; the sources' text would be most of the bundle.
        sourcesContent: false,
        logLevel: LogLevel.WARNING,
        mainFields: ['module', 'main'],
        // The runtime's SDK is not the tested one; pg asks for pg-native only when told to.
        bundleAwsSDK: true,
        externalModules: ['pg-native'],
        esbuildArgs: { '--alias': [`@aws-sdk/credential-provider-node=${executionCredentials}`] },
        // pg is CommonJS and requires Node's own modules at run time, which an ES module has no `require` for.
        banner:
          "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
        commandHooks: {
          beforeInstall: () => [],
          beforeBundling: () => [],
          // Functions read these relative to the working directory, which is the bundle's root.
          afterBundling: (input, output) =>
            ['sql', ...(filesBeside[name] ?? [])].flatMap((file) => [
              `mkdir -p "${output}/${dirname(file)}"`,
              `cp -r "${input}/${file}" "${output}/${file}"`,
            ]),
        },
      },
    });
    // The class and its interface disagree about `undefined` under exactOptionalPropertyTypes, nothing more.
    this.live = this.addAlias('live') as Alias & IFunction;
    acknowledge(this, {
      'Serverless::Serverless-LambdaDLQ':
        'Callers wait for its answer, or a queue keeps what it did not finish; failed jobs of the schedule go to a queue of their own.',
      ...(config.tracing === 'passThrough' && {
        'Serverless::Serverless-LambdaTracing':
          'Chosen in the configuration: requests keep traces of our own, and X-Ray would be charged for each of its own.',
      }),
    });
    this.connectionsPerExecution = settings.connections;
    this.shortName = name;
    this.settings = settings;
    const resource = this.node.defaultChild;
    if (resource instanceof CfnResource) resource.addMetadata(ENTRY_METADATA, entry);
  }

  /** Sets an environment variable under a name that the functions know. */
  set(name: VariableName, value: string): this {
    this.addEnvironment(name, value);
    return this;
  }

  /** How much of its time-out the function takes, in per cent: what 99 of 100 invocations stay below. */
  metricTimeoutShare(): MathExpression {
    const id = `duration_${this.shortName}`;
    const period = Duration.minutes(5);
    return new MathExpression({
      expression: `100 * ${id} / ${this.settings.timeoutSeconds * 1_000}`,
      usingMetrics: { [id]: this.metricDuration({ statistic: 'p99', period }) },
      label: this.shortName,
      period,
    });
  }

  /** What Lambda bills beside requests. */
  metricGigabyteSeconds(period = Duration.hours(1)): MathExpression {
    const id = `billed_${this.shortName}`;
    return new MathExpression({
      expression: `${id} / 1000 * ${this.settings.memoryMb} / 1024`,
      usingMetrics: { [id]: this.metricDuration({ statistic: 'Sum', period }) },
      label: this.shortName,
      period,
    });
  }
}
