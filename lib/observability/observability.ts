import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { type Alarm, AlarmStatusWidget, Dashboard, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Api } from '../api/api.ts';
import { type EnvironmentConfig, severities } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Migration } from '../database/migration.ts';
import type { Encryption } from '../encryption.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Maintenance } from '../schedule/maintenance.ts';
import { Alarms, RUNBOOK } from './alarms.ts';
import { watchApi } from './api-alarms.ts';
import { ConsoleLinks } from './console-links.ts';
import { costRows } from './cost-rows.ts';
import { CustomMetrics } from './custom-metrics.ts';
import { watchDatabase } from './database-alarms.ts';
import { watchFunction } from './function-alarms.ts';
import { watchPipeline } from './pipeline-alarms.ts';
import { watchPrivacy } from './privacy-alarms.ts';
import { watchDoorbell, watchSchedule } from './queue-alarms.ts';
import {
  apiRows,
  databaseRows,
  functionRows,
  jobRows,
  ledgerRow,
  privacyRow,
  queueRows,
} from './resource-rows.ts';
import { story } from './story.ts';
import { TenantDashboard } from './tenant-dashboard.ts';
import { Topics } from './topics.ts';
import { layOut, type Row, text } from './widgets.ts';

/** Alarms that one line of their widget takes. */
const ALARMS_A_LINE = 6;

export interface ObservabilityProps {
  readonly config: EnvironmentConfig;
  readonly encryption: Encryption;
  /** The environment's name, which its metrics carry and its dashboards are called by. */
  readonly environment: string;
  readonly api: Api;
  readonly pipeline: Pipeline;
  readonly database: Database;
  readonly maintenance: Maintenance;
  readonly migration: Migration;
}

/** The alarms, those whom they tell, and the dashboards. */
export class Observability extends Construct {
  /** What callers notice of a broken release: any of these takes it back. */
  readonly releaseAlarms: Alarm[];

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const { config, encryption, environment, api, pipeline, database, maintenance, migration } = props;
    const topics = new Topics(this, 'Topics', { config: config.alarms, encryptionKey: encryption.key });
    const alarms = new Alarms({ scope: this, topics: topics.bySeverity });
    const custom = new CustomMetrics(environment);
    const { stagingFunction, businessFunction } = pipeline;
    const functions = [
      api.ingest,
      stagingFunction,
      businessFunction,
      api.analytics,
      maintenance.handler,
      migration.handler,
    ];

    const apiAlarms = watchApi(alarms, api);
    const pipelineAlarms = watchPipeline(alarms, { config, custom, api, pipeline, maintenance, migration });
    const queueAlarms = {
      doorbells: [
        watchDoorbell(alarms, pipeline.staging, stagingFunction, config.functions.staging),
        watchDoorbell(alarms, pipeline.business, businessFunction, config.functions.business),
      ],
      schedule: watchSchedule(alarms, maintenance),
    };
    const privacyAlarms = watchPrivacy(alarms, custom, maintenance);
    const functionAlarms = functions.map((handler) => watchFunction(alarms, handler));
    const databaseAlarms = watchDatabase(alarms, database, config.database);
    const answering = [api.ingest, api.analytics].map(
      (each) => functionAlarms[functions.indexOf(each)]?.errors,
    );
    this.releaseAlarms = [apiAlarms.failures, ...answering].flatMap((watch) => watch?.alarm ?? []);

    const tenants = `onevault-${environment}-tenants`;
    const links = new ConsoleLinks(Stack.of(this));
    const introduction = `# OneVault Site Tracking: ${environment}\nOne tenant: [${tenants}](${links.dashboard(tenants)}). What to do when an alarm rings: ${RUNBOOK}.`;
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `onevault-${environment}`,
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
      widgets: layOut([
        [text(introduction, 2)],
        ...alarmRows(alarms),
        ...story(custom, api, pipelineAlarms),
        ...queueRows(pipeline, maintenance, queueAlarms),
        ...apiRows(api, custom, { ...apiAlarms, silence: pipelineAlarms.silence }),
        ...functionRows(functions, functionAlarms),
        ...databaseRows(database, config.database, databaseAlarms),
        ...jobRows(custom, pipelineAlarms),
        ...ledgerRow(custom, pipelineAlarms),
        ...privacyRow(custom, privacyAlarms),
        ...costRows({ api, database, readers: config.database.readers, pipeline, functions }),
      ]),
    });
    const tenantDashboard = new TenantDashboard(this, 'TenantDashboard', { name: tenants, functions });
    new CfnOutput(this, 'Dashboards', {
      value: [dashboard, tenantDashboard].map((each) => each.dashboardName).join(' '),
    });
  }
}

/** The state of every alarm, the most severe first. */
function alarmRows(alarms: Alarms): Row[] {
  return severities.flatMap((severity): Row[] => {
    const own = [...alarms.of(severity)];
    if (own.length === 0) return [];
    const height = 1 + Math.ceil(own.length / ALARMS_A_LINE);
    const widget = (width: number) =>
      new AlarmStatusWidget({ title: `Alarms: ${severity}`, alarms: own, width, height });
    return [[widget]];
  });
}
