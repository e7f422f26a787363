import type { Curve } from '../curves.ts';
import type { Annotation } from '../dashboard-body.ts';
import type { TimeRange } from '../metric-store.ts';
import { clock, escapeText, figure, roundUp } from './figures.ts';

/** Colours of curves; the page names them for light and dark. */
export const PALETTE = 8;
/** A threshold so many times above the curves is named at the upper edge, where it would flatten them otherwise. */
const FAR_ABOVE = 3;
const STEPS = 4;
const margin = { top: 22, bottom: 20, side: 46 };

export interface Chart {
  readonly curves: readonly Curve[];
  readonly annotations: readonly Annotation[];
  readonly units: { readonly left: string; readonly right: string };
  readonly stacked: boolean;
  readonly range: TimeRange;
  readonly width: number;
  readonly height: number;
}

type Side = 'left' | 'right';

/** A graph as an inline SVG; without a single value, words that say so. */
export function chart(model: Chart): string {
  const { width, height, range } = model;
  const drawn = model.stacked ? stack(model.curves) : model.curves;
  const hasRight = model.curves.some(({ axis }) => axis === 'right');
  const plot = {
    left: margin.side,
    right: width - (hasRight ? margin.side : 10),
    top: margin.top,
    bottom: height - margin.bottom,
  };
  const x = (at: number) =>
    plot.left + ((at - range.from) / (range.to - range.from)) * (plot.right - plot.left);
  const tops = { left: topOf(model, drawn, 'left'), right: topOf(model, drawn, 'right') };
  const y = (value: number, side: Side) => plot.bottom - (value / tops[side]) * (plot.bottom - plot.top);
  const isEmpty = model.curves.every(({ values }) => values.every((value) => value === null));
  const parts = isEmpty
    ? [`<text class="none" x="${width / 2}" y="${height / 2}">no data here</text>`]
    : [
        ...axes(model, plot, tops, hasRight),
        ...drawn.map((curve, index) => line(curve, index, x, y, model, drawn[index - 1])),
        ...model.annotations.map((each) => threshold(each, plot, tops, y)),
      ];
  return `<svg viewBox="0 0 ${width} ${height}" role="img">${parts.join('')}</svg>`;
}

/** Each curve on the shoulders of those before it. */
function stack(curves: readonly Curve[]): Curve[] {
  let below: readonly (number | null)[] = [];
  return curves.map((curve) => {
    const values = curve.values.map((value, at) => {
      const base = below[at] ?? null;
      return value === null ? base : value + (base ?? 0);
    });
    below = values;
    return { ...curve, values };
  });
}

function topOf({ annotations }: Chart, curves: readonly Curve[], side: Side): number {
  const values = curves
    .filter(({ axis }) => axis === side)
    .flatMap((curve) => curve.values.filter((value) => value !== null));
  const highest = Math.max(0, ...values);
  const near = annotations
    .filter(({ yAxis, value }) => yAxis === side && value <= Math.max(highest, Number.EPSILON) * FAR_ABOVE)
    .map(({ value }) => value);
  return roundUp(Math.max(highest, ...near));
}

interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function axes({ range, units }: Chart, plot: Plot, tops: Record<Side, number>, hasRight: boolean): string[] {
  const levels = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  const rows = levels.map((share) => {
    const at = plot.bottom - share * (plot.bottom - plot.top);
    const left = `<text class="tick" x="${plot.left - 5}" y="${at + 3}" text-anchor="end">${figure(share * tops.left, units.left)}</text>`;
    const right = `<text class="tick" x="${plot.right + 5}" y="${at + 3}">${figure(share * tops.right, units.right)}</text>`;
    return `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}"/>${left}${hasRight ? right : ''}`;
  });
  const times = [0, 1 / 3, 2 / 3, 1].map((share) => {
    const at = plot.left + share * (plot.right - plot.left);
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    const time = clock(range.from + share * (range.to - range.from));
    return `<text class="tick" x="${at}" y="${plot.bottom + 14}" text-anchor="${anchor}">${time}</text>`;
  });
  return [
    ...rows,
    ...times,
    `<text class="unit" x="4" y="9">${escapeText(units.left)}</text>`,
    hasRight
      ? `<text class="unit" x="${plot.right + margin.side - 4}" y="9" text-anchor="end">${escapeText(units.right)}</text>`
      : '',
  ];
}

function line(
  curve: Curve,
  index: number,
  x: (at: number) => number,
  y: (value: number, side: Side) => number,
  { stacked, range }: Chart,
  below: Curve | undefined,
): string {
  const { begins, seconds } = curve.periods;
  // A value stands in the middle of its period, as far as that is on the graph.
  const middle = (at: number) => {
    const begin = begins[at] ?? range.from;
    return x(Math.min(range.to, Math.max(range.from, begin + (seconds * 1_000) / 2)));
  };
  const colour = `c${index % PALETTE}`;
  const runs: [number, number, number][][] = [[]];
  curve.values.forEach((value, at) => {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push([middle(at), y(value, curve.axis), at]);
  });
  return runs
    .filter((run) => run.length > 0)
    .map((run) => {
      const points = run.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`);
      const dots =
        run.length > 12
          ? []
          : run.map(
              ([left, top]) =>
                `<circle class="${colour}" cx="${left.toFixed(1)}" cy="${top.toFixed(1)}" r="2.2"/>`,
            );
      const dashed = curve.axis === 'right' ? ' dashed' : '';
      const area = stacked
        ? `<polygon class="area ${colour}" points="${[...points, ...run.toReversed().map(([left, , at]) => `${left.toFixed(1)},${y(below?.values[at] ?? 0, curve.axis).toFixed(1)}`)].join(' ')}"/>`
        : '';
      return `${area}<polyline class="curve ${colour}${dashed}" points="${points.join(' ')}"/>${dots.join('')}`;
    })
    .join('');
}

function threshold(
  { value, label, color, yAxis }: Annotation,
  plot: Plot,
  tops: Record<Side, number>,
  y: (value: number, side: Side) => number,
): string {
  const isAbove = value > tops[yAxis];
  const at = isAbove ? plot.top : y(value, yAxis);
  const text = `${isAbove ? '↑ ' : ''}${escapeText(label)} ${figure(value, '')}`;
  return `<line class="threshold" stroke="${escapeText(color)}" x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}"/><text class="threshold" x="${plot.right - 2}" y="${at + (at - plot.top < 12 ? 12 : -4)}" text-anchor="end" style="fill:${escapeText(color)}">${text}</text>`;
}
