import { Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type HorizontalAnnotation,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Severity } from '../config.ts';
import { ConsoleLinks } from './console-links.ts';

/** Where the runbook is, as an alarm's text names it. */
export const RUNBOOK = 'docs/runbook.md';

/** What it means that nothing was measured. */
export const whenMissing = {
  /** Nobody called, nothing waited: CloudWatch gets no data points from what is not used, and that is well. */
  idle: TreatMissingData.NOT_BREACHING,
  /** What is measured by the clock is missing only when the clock or the work behind it has stopped. */
  stopped: TreatMissingData.BREACHING,
  /** A database that is paused or fails over measures nothing for a while; that neither raises nor ends an alarm. */
  unknown: TreatMissingData.IGNORE,
} as const;

/** Annotations wear the colour of their alarm's severity. */
const colours: Readonly<Record<Severity, string>> = { high: '#d13212', medium: '#ff9900', low: '#879596' };

export interface AlarmProps {
  readonly metric: IMetric;
  readonly threshold: number;
  /** Above the threshold unless told otherwise. */
  readonly comparison?: ComparisonOperator;
  /** Periods that are looked at, and how many of them must breach: all, unless told otherwise. */
  readonly periods: number;
  readonly breaching?: number;
  readonly missing: TreatMissingData;
  /** What is wrong when it rings, in one sentence for who is woken by it. */
  readonly sentence: string;
  /** The heading of the runbook, as its anchor. */
  readonly runbook: string;
  /** Console pages that the reader needs first. */
  readonly links: (console: ConsoleLinks) => readonly string[];
}

export interface AlarmsProps {
  readonly scope: Construct;
  /** Severities that exist here, each with the topic that its alarms ring. */
  readonly topics: ReadonlyMap<Severity, ITopic>;
}

/** What became of an alarm: nothing, where this environment does without its severity. */
export interface Watch {
  readonly alarm?: Alarm;
  /** The alarm's threshold as a line in the graph of what it watches. */
  readonly lines: readonly HorizontalAnnotation[];
}

/** The one place where alarms are made, so that each has a name, a severity, a runbook section and links. */
export class Alarms {
  readonly #topics: ReadonlyMap<Severity, ITopic>;
  readonly #links: ConsoleLinks;
  readonly #alarms: { readonly severity: Severity; readonly alarm: Alarm }[] = [];

  constructor({ scope, topics }: AlarmsProps) {
    this.#topics = topics;
    this.#links = new ConsoleLinks(Stack.of(scope));
  }

  /** Adds an alarm below the construct that it watches, where this environment has its severity. */
  add(severity: Severity, scope: Construct, id: string, props: AlarmProps): Watch {
    const topic = this.#topics.get(severity);
    if (topic === undefined) return { lines: [] };
    const text = [props.sentence, `Severity: ${severity}.`, `Runbook: ${RUNBOOK}#${props.runbook}`];
    const alarm = new Alarm(scope, id, {
      alarmName: `${scope.node.path}/${id}`,
      alarmDescription: [...text, ...props.links(this.#links)].join('\n'),
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: props.periods,
      datapointsToAlarm: props.breaching ?? props.periods,
      treatMissingData: props.missing,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    this.#alarms.push({ severity, alarm });
    // The alarm's own line: a graph and a threshold that are written twice drift apart.
    const line = { ...alarm.toAnnotation(), label: `${id} (${severity})`, color: colours[severity] };
    return { alarm, lines: [line] };
  }

  /** Every alarm of a severity, in the order of their making. */
  of(severity: Severity): readonly Alarm[] {
    return this.#alarms.filter((each) => each.severity === severity).map(({ alarm }) => alarm);
  }
}
