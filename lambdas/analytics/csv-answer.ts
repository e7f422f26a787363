import { type Data, rows, type Topic } from './answers.ts';
import { type Cell, flatten, toCsv } from './csv.ts';

/** The columns of a question's answer in CSV. */
export const columnsOf = (topic: Topic): readonly string[] =>
  topic === 'overview' ? ['metric', 'value'] : Object.keys(rows[topic].shape);

/** The main list of an answer in CSV; the overview has none and becomes a line for each of its figures. */
export function csvOf(topic: Topic, data: Data): string {
  const columns = columnsOf(topic);
  if (!('rows' in data)) {
    const { dateRange: _range, metadata: _metadata, ...figures } = data;
    return toCsv(columns, flatten(figures));
  }
  return toCsv(
    columns,
    data.rows.map((row): Cell[] => Object.values(row)),
  );
}
