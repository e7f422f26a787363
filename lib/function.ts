import { dirname, join } from 'node:path';
import { CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { viewerFiles } from '../lambdas/description/reference-page.ts';
import type { EnvironmentName as VariableName } from '../lambdas/platform/environment.ts';
import type { EnvironmentConfig, FunctionName } from './config.ts';
import type { Network } from './database/network.ts';

/** Template metadata that names a function's source file, relative to the repository, for whoever runs it from source. */
export const ENTRY_METADATA = 'onevault:entry';

/** Files that a function reads beside its statements. */
const filesBeside: Partial<Record<FunctionName, readonly string[]>> = { analytics: viewerFiles };

const repository = join(import.meta.dirname, '..');

export interface TrackingFunctionProps {
  /** The function's settings in the configuration, and its file in `lambdas/`. */
  readonly name: FunctionName;
  readonly config: EnvironmentConfig;
  readonly network: Network;
}

/** A function of the pipeline: bundled from `lambdas/<name>.ts` together with `sql/`, bounded, logged, inside the network. */
export class TrackingFunction extends NodejsFunction {
  /** Database connections that one execution environment may hold. */
  readonly connectionsPerExecution: number;

  constructor(scope: Construct, id: string, { name, config, network }: TrackingFunctionProps) {
    const settings = config.functions[name];
    const entry = `lambdas/${name}.ts`;
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
      logGroup: new LogGroup(scope, `${id}Logs`, {
        retention: config.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      environment: { NODE_OPTIONS: '--enable-source-maps', LOG_LEVEL: config.logLevel },
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
    this.connectionsPerExecution = settings.connections;
    const resource = this.node.defaultChild;
    if (resource instanceof CfnResource) resource.addMetadata(ENTRY_METADATA, entry);
  }

  /** Sets an environment variable under a name that the functions know. */
  set(name: VariableName, value: string): this {
    this.addEnvironment(name, value);
    return this;
  }
}
