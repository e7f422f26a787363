import { Duration } from 'aws-cdk-lib';
import {
  GraphWidget,
  type HorizontalAnnotation,
  type IMetric,
  type IWidget,
  LegendPosition,
  SingleValueWidget,
  type SingleValueWidgetProps,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Watch } from './alarms.ts';

/** A dashboard's grid is so many units wide. */
const GRID = 24;
const HEIGHT = 6;

/** Widgets that share a row evenly. */
export type Row = readonly ((width: number) => IWidget)[];

interface Graph {
  readonly title: string;
  readonly unit: string;
  readonly left: readonly IMetric[];
  /** The alarms that watch what the left axis shows. */
  readonly watched?: readonly Watch[];
  readonly right?: {
    readonly unit: string;
    readonly metrics: readonly IMetric[];
    readonly watched?: readonly Watch[];
  };
  readonly stacked?: boolean;
}

/** The lines of the alarms, of those with the same threshold and severity one. */
function linesOf(watches: readonly Watch[]): HorizontalAnnotation[] {
  const lines = watches.flatMap(({ lines }) => lines);
  return [...new Map(lines.map((line) => [`${line.value} ${line.color}`, line])).values()];
}

const axis = (label: string) => ({ label, min: 0, showUnits: false });

/** Curves over time, with the thresholds of the alarms that watch them. */
export function graph({ title, unit, left, watched = [], right, stacked = false }: Graph): Row[number] {
  return (width) =>
    new GraphWidget({
      title,
      width,
      height: HEIGHT,
      left: [...left],
      leftYAxis: axis(unit),
      leftAnnotations: linesOf(watched),
      ...(right !== undefined && {
        right: [...right.metrics],
        rightYAxis: axis(right.unit),
        rightAnnotations: linesOf(right.watched ?? []),
      }),
      stacked,
      legendPosition: LegendPosition.BOTTOM,
    });
}

/** One number for the time that the dashboard shows. */
export const total = (title: string, metrics: readonly IMetric[]): Row[number] =>
  number(title, metrics, { setPeriodToTimeRange: true, sparkline: false });

/** The last number that was measured. */
export const latest = (title: string, metrics: readonly IMetric[]): Row[number] =>
  number(title, metrics, { period: Duration.minutes(5) });

function number(
  title: string,
  metrics: readonly IMetric[],
  time: Pick<SingleValueWidgetProps, 'period' | 'setPeriodToTimeRange' | 'sparkline'>,
): Row[number] {
  return (width) =>
    new SingleValueWidget({ title, width, height: HEIGHT / 2, metrics: [...metrics], ...time });
}

export function text(markdown: string, height: number): Row[number] {
  return (width) => new TextWidget({ markdown, width, height, background: TextWidgetBackground.TRANSPARENT });
}

/** Lays the rows out: widgets of a row fill it, as evenly as its grid allows. */
export function layOut(rows: readonly Row[]): IWidget[][] {
  return rows.map((row) =>
    row.map((widget, at) => {
      const edge = (of: number) => Math.floor((of * GRID) / row.length);
      return widget(edge(at + 1) - edge(at));
    }),
  );
}
