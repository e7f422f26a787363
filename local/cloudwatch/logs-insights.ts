import type { TimeRange } from './metric-store.ts';
import type { LogRecord } from './read-data.ts';

type Value = number | string | null;

/** The answer to a query: rows by time when it asked for bins, otherwise in its order. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly key: string; readonly at: number; readonly values: readonly Value[] }[];
  /** Seconds of a bin; undefined where the query has none. */
  readonly binSeconds: number | undefined;
}

interface Aggregate {
  readonly kind: 'sum' | 'max';
  readonly field: string;
  readonly column: string;
}

interface Query {
  readonly conditions: readonly ((fields: LogRecord['fields']) => boolean)[];
  readonly aggregates: readonly Aggregate[];
  readonly by:
    | { readonly kind: 'bin'; readonly seconds: number }
    | { readonly kind: 'field'; readonly field: string }
    | undefined;
  readonly sortBy: string | undefined;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/**
 * Answers a Logs Insights query of the shape that the tenants' dashboard has: `filter`, one `stats`, and `sort … desc`.
 * @throws Error that names what of the query is not known here.
 */
export function answerQuery(text: string, logs: readonly LogRecord[], range: TimeRange): Answer {
  const query = parseQuery(text);
  const groups = new Map<string, { at: number; totals: (number | null)[] }>();
  for (const { timestamp, fields } of logs) {
    if (timestamp < range.from || timestamp >= range.to) continue;
    if (!query.conditions.every((holds) => holds(fields))) continue;
    const [key, at] = groupOf(query.by, timestamp, fields);
    if (key === undefined) continue;
    const group = groups.get(key) ?? { at, totals: query.aggregates.map(() => null) };
    groups.set(key, group);
    query.aggregates.forEach((aggregate, index) => {
      group.totals[index] = combined(aggregate, group.totals[index] ?? null, fields[aggregate.field]);
    });
  }
  const rows = [...groups].map(([key, { at, totals }]) => ({ key, at, values: totals }));
  const sorted = query.aggregates.findIndex(({ column }) => column === query.sortBy);
  return {
    columns: query.aggregates.map(({ column }) => column),
    binSeconds: query.by?.kind === 'bin' ? query.by.seconds : undefined,
    rows: rows.sort((a, b) =>
      sorted === -1 ? a.at - b.at : (b.values[sorted] ?? 0) - (a.values[sorted] ?? 0),
    ),
  };
}

function groupOf(
  by: Query['by'],
  timestamp: number,
  fields: LogRecord['fields'],
): [string | undefined, number] {
  if (by === undefined) return ['', 0];
  if (by.kind === 'field') {
    const value = fields[by.field];
    return [value === undefined ? undefined : String(value), 0];
  }
  const at = Math.floor(timestamp / (by.seconds * 1_000)) * by.seconds * 1_000;
  return [String(at), at];
}

function combined({ kind }: Aggregate, before: number | null, value: unknown): number | null {
  if (typeof value !== 'number') return before;
  if (before === null) return value;
  return kind === 'sum' ? before + value : Math.max(before, value);
}

function parseQuery(text: string): Query {
  const query: { -readonly [Part in keyof Query]: Query[Part] } = {
    conditions: [],
    aggregates: [],
    by: undefined,
    sortBy: undefined,
  };
  for (const command of text.split(/\s*\|\s*/)) {
    const [verb = '', rest = ''] = splitOnce(command.trim());
    if (verb === 'SOURCE') continue;
    if (verb === 'filter') query.conditions = rest.split(/ and /).map(parseCondition);
    else if (verb === 'stats') {
      const [columns = '', by] = rest.split(/ by /);
      query.aggregates = columns.split(',').map((column) => parseAggregate(column.trim()));
      query.by = by === undefined ? undefined : parseGrouping(by.trim());
    } else if (verb === 'sort' && rest.endsWith(' desc')) query.sortBy = rest.slice(0, -' desc'.length);
    else throw unknown(command);
  }
  return query;
}

const splitOnce = (command: string): [string, string] => {
  const blank = command.indexOf(' ');
  return blank === -1 ? [command, ''] : [command.slice(0, blank), command.slice(blank + 1)];
};

function parseCondition(text: string): Query['conditions'][number] {
  const [, field, wanted] = /^(\w+) = "([^"]*)"$/.exec(text) ?? [];
  if (field !== undefined) return (fields) => fields[field] === wanted;
  const [, present] = /^ispresent\((\w+)\)$/.exec(text) ?? [];
  if (present !== undefined) return (fields) => fields[present] !== undefined;
  throw unknown(text);
}

function parseAggregate(text: string): Aggregate {
  const [, kind, field, column] = /^(sum|max)\((\w+)\) as (\w+)$/.exec(text) ?? [];
  if ((kind !== 'sum' && kind !== 'max') || field === undefined || column === undefined) throw unknown(text);
  return { kind, field, column };
}

function parseGrouping(text: string): Query['by'] {
  const [, length, unit] = /^bin\((\d+)([smh])\)$/.exec(text) ?? [];
  if (length !== undefined) return { kind: 'bin', seconds: Number(length) * (units[unit ?? ''] ?? 1) };
  if (/^\w+$/.test(text)) return { kind: 'field', field: text };
  throw unknown(text);
}

const unknown = (part: string) => new Error(`Logs Insights is known here without "${part}".`);
