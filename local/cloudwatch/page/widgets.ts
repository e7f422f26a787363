import { type AlarmState, alarmState } from '../alarm-state.ts';
import { type Curve, curvesOf } from '../curves.ts';
import type { AlarmWidget, LogWidget, MetricWidget, Widget } from '../dashboard-body.ts';
import { MINUTE } from '../data-point.ts';
import { type Answer, answerQuery } from '../logs-insights.ts';
import type { TimeRange } from '../metric-store.ts';
import type { AlarmModel } from '../monitoring.ts';
import type { LocalData } from '../read-data.ts';
import { chart, PALETTE } from './chart.ts';
import { escapeText, figure } from './figures.ts';

/** Pixels of the grid's units. */
export const UNIT = { width: 60, height: 42 };
const TITLE_HEIGHT = 26;
const LEGEND_HEIGHT = 34;
/** Longest table. */
const ROWS = 12;

export interface View {
  readonly data: LocalData;
  readonly alarms: readonly AlarmModel[];
  readonly range: TimeRange;
}

const states: Readonly<Record<AlarmState, readonly [mark: string, words: string]>> = {
  OK: ['✓', 'ok'],
  ALARM: ['!', 'in alarm'],
  INSUFFICIENT_DATA: ['–', 'no data here'],
};

/** A widget as a piece of HTML. */
export function widgetHtml(widget: Widget, view: View): string {
  switch (widget.type) {
    case 'text':
      return markdown(widget.properties.markdown);
    case 'alarm':
      return alarmsHtml(widget, view);
    case 'metric':
      return widget.properties.view === 'singleValue' ? numberHtml(widget, view) : graphHtml(widget, view);
    case 'log':
      return logHtml(widget, view);
  }
}

const titled = (title: string, content: string) => `<h3>${escapeText(title)}</h3>${content}`;

function alarmsHtml({ properties }: AlarmWidget, { data, alarms, range }: View): string {
  const cells = properties.alarms.flatMap((arn) => {
    const alarm = alarms.find(({ logicalId }) => arn === `${logicalId}.Arn`);
    if (alarm === undefined) return [];
    const state = alarmState(alarm, data.metrics, range.to);
    const [mark, words] = states[state];
    const name = alarm.name.split('/').slice(2).join(' / ');
    return `<li class="${state}"><b>${mark}</b><span>${escapeText(name)}</span><i>${words}</i></li>`;
  });
  return titled(properties.title, `<ul class="alarms">${cells.join('')}</ul>`);
}

function numberHtml(widget: MetricWidget, { data, range }: View): string {
  const numbers = curvesOf(widget, data.metrics, range).map(({ label, values }) => {
    const last = values.findLast((value) => value !== null);
    const text =
      last === undefined || last === null ? '–' : last.toLocaleString('en', { maximumFractionDigits: 2 });
    return `<p class="number">${text}<span>${escapeText(label)}</span></p>`;
  });
  return titled(widget.properties.title, numbers.join(''));
}

function graphHtml(widget: MetricWidget, { data, range }: View): string {
  const { title, stacked, annotations, yAxis } = widget.properties;
  const curves = curvesOf(widget, data.metrics, range);
  const units = { left: yAxis.left?.label ?? '', right: yAxis.right?.label ?? '' };
  const drawing = chart({
    curves,
    annotations: annotations.horizontal,
    units,
    stacked,
    range,
    ...drawingSize(widget),
  });
  return titled(title, `${drawing}${legend(curves, units)}`);
}

const drawingSize = ({ width, height }: Widget) => ({
  width: width * UNIT.width - 34,
  height: height * UNIT.height - TITLE_HEIGHT - LEGEND_HEIGHT - 18,
});

/** Each curve by its last value; those that have none are named all the same. */
function legend(curves: readonly Curve[], units: { readonly left: string; readonly right: string }): string {
  const entries = curves.map(({ label, values, axis }, index) => {
    const last = values.findLast((value) => value !== null);
    const value = last === undefined || last === null ? 'no data' : figure(last, units[axis]);
    return `<span><i class="c${index % PALETTE}"></i>${escapeText(label)} <b>${value}</b></span>`;
  });
  return `<p class="legend">${entries.join('')}</p>`;
}

function logHtml(widget: LogWidget, { data, range }: View): string {
  const { title, view, query } = widget.properties;
  const answer = answerQuery(query, data.logs, range);
  if (answer.rows.length === 0) return titled(title, '<p class="none">no data here</p>');
  if (view === 'timeSeries') return titled(title, timeline(widget, answer, range));
  return titled(title, view === 'bar' ? bars(answer) : table(answer));
}

function timeline(widget: LogWidget, { columns, rows, binSeconds = 60 }: Answer, range: TimeRange): string {
  const periods = { begins: rows.map(({ at }) => at), seconds: binSeconds };
  const curves = columns.map(
    (label, column): Curve => ({
      label,
      axis: 'left',
      periods,
      values: rows.map(({ values }) => {
        const value = values[column];
        return typeof value === 'number' ? value : null;
      }),
    }),
  );
  const units = { left: `by ${(binSeconds * 1_000) / MINUTE} min`, right: '' };
  const drawing = chart({ curves, annotations: [], units, stacked: false, range, ...drawingSize(widget) });
  return `${drawing}${legend(curves, units)}`;
}

function bars({ rows }: Answer): string {
  const most = Math.max(...rows.map(({ values: [value] }) => Number(value ?? 0)));
  const lines = rows.slice(0, ROWS).map(({ key, values: [value] }) => {
    const share = (100 * Number(value ?? 0)) / most;
    return `<tr><th>${escapeText(key)}</th><td><div class="bar" style="width:${share.toFixed(1)}%"></div></td><td>${figure(Number(value ?? 0), '')}</td></tr>`;
  });
  return `<table class="bars">${lines.join('')}</table>`;
}

function table({ columns, rows }: Answer): string {
  const head = columns.map((column) => `<th>${escapeText(column.replaceAll('_', ' '))}</th>`).join('');
  const body = rows
    .slice(0, ROWS)
    .map(
      ({ values }) =>
        `<tr>${values.map((value) => `<td>${value === null ? '–' : typeof value === 'number' ? value.toLocaleString('en') : escapeText(value)}</td>`).join('')}</tr>`,
    );
  return `<table class="answer"><tr>${head}</tr>${body.join('')}</table>`;
}

/** The little of Markdown that our dashboards use: headings, paragraphs, code and links. */
function markdown(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const heading = /^(#{1,3}) (.*)$/.exec(line);
      const [, marks = '', words = ''] = heading ?? [];
      const level = marks.length;
      return heading === null ? `<p>${inline(line)}</p>` : `<h${level}>${inline(words)}</h${level}>`;
    })
    .join('');
}

const inline = (text: string) =>
  escapeText(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    // The console's pages are not on this machine.
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '<code>$1</code>');
