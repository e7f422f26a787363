import {
  Dashboard,
  DashboardVariable,
  LogQueryVisualizationType,
  LogQueryWidget,
  VariableInputType,
  VariableType,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { MetricName } from '../../lambdas/platform/metric-names.ts';
import type { TrackingFunction } from '../function.ts';
import { layOut, type Row, text } from './widgets.ts';

/** Stands for the tenant in every query; the page puts the chosen one in its place. */
export const ANY_TENANT = 'any-tenant';

const HEIGHT = 6;
const TOTALS_HEIGHT = 3;

/** A column of a query: a metric of the lines, or the largest value of a distribution. */
type Column = readonly [name: string, of: MetricName | `${MetricName}Max`];

export interface TenantDashboardProps {
  readonly name: string;
  readonly functions: readonly TrackingFunction[];
}

/**
 * The story of one tenant, asked of the lines that metrics are made of: a metric for each tenant would be billed for each
 * tenant, a question only when somebody looks.
 */
export class TenantDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { name, functions }: TenantDashboardProps) {
    const logGroupNames = functions.map(({ logGroup }) => logGroup.logGroupName);
    const query =
      (title: string, view: LogQueryVisualizationType, queryLines: string[], height = HEIGHT): Row[number] =>
      (width) =>
        new LogQueryWidget({ title, view, width, height, logGroupNames, queryLines });
    const sums = (aggregate: 'sum' | 'max', columns: readonly Column[]) =>
      columns.map(([column, of]) => `${aggregate}(${of}) as ${column}`).join(', ');
    const overTime = (title: string, aggregate: 'sum' | 'max', columns: readonly Column[]) =>
      query(title, LogQueryVisualizationType.LINE, [
        `filter tenant_id = "${ANY_TENANT}"`,
        `stats ${sums(aggregate, columns)} by bin(5m)`,
      ]);
    const by = (title: string, key: 'reason' | 'code', column: string, of: MetricName) =>
      query(title, LogQueryVisualizationType.BAR, [
        `filter tenant_id = "${ANY_TENANT}" and ispresent(${of})`,
        `stats sum(${of}) as ${column} by ${key}`,
        `sort ${column} desc`,
      ]);
    super(scope, id, {
      dashboardName: name,
      variables: [
        new DashboardVariable({
          id: 'tenant',
          label: 'Tenant',
          type: VariableType.PATTERN,
          inputType: VariableInputType.INPUT,
          value: ANY_TENANT,
          visible: true,
        }),
      ],
      widgets: layOut([
        [
          text(
            `# Events of ${ANY_TENANT}\nThe field above chooses the tenant. Each graph asks Logs Insights, which bills the bytes that it reads.`,
            2,
          ),
        ],
        [
          query(
            'Totals',
            LogQueryVisualizationType.TABLE,
            [
              `filter tenant_id = "${ANY_TENANT}"`,
              `stats ${sums('sum', [
                ['received', 'EventsReceived'],
                ['accepted', 'EventsAccepted'],
                ['staged', 'EventsStaged'],
                ['vaulted', 'EventsVaulted'],
                ['quarantined', 'EventsQuarantined'],
                ['rejected', 'EventsRejected'],
                ['duplicate', 'EventsDuplicate'],
                ['opted_out', 'EventsOptedOut'],
              ])}`,
            ],
            TOTALS_HEIGHT,
          ),
        ],
        [
          overTime('Events by stage', 'sum', [
            ['accepted', 'EventsAccepted'],
            ['staged', 'EventsStaged'],
            ['vaulted', 'EventsVaulted'],
          ]),
          overTime('Longest lag by stage, in milliseconds', 'max', [
            ['staged', 'StagingLagMax'],
            ['vaulted', 'VaultLagMax'],
          ]),
        ],
        [
          overTime('Not stored', 'sum', [
            ['rejected', 'EventsRejected'],
            ['duplicate', 'EventsDuplicate'],
            ['opted_out', 'EventsOptedOut'],
            ['quarantined', 'EventsQuarantined'],
          ]),
          by('Quarantine by reason', 'reason', 'events', 'EventsQuarantined'),
        ],
        [
          by('Requests refused by code', 'code', 'requests', 'RequestsRefused'),
          by('Requests failed by code', 'code', 'requests', 'RequestsFailed'),
          overTime('Bytes received', 'sum', [['bytes', 'BytesReceived']]),
        ],
      ]),
    });
  }
}
