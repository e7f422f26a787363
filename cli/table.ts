const FIGURES = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** A number as people read it: 12,345.6 */
export function figure(value: number): string {
  return FIGURES.format(value);
}

/** A row of a two-column list; `indent` steps it under the row above. */
export interface Row {
  readonly label: string;
  readonly value: number | string;
  readonly indent?: number;
  readonly note?: string;
}

/** Labels on the left, values right-aligned in one column, notes after them. */
export function listTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => ({
    label: '  '.repeat(row.indent ?? 0) + row.label,
    value: typeof row.value === 'number' ? figure(row.value) : row.value,
    note: row.note === undefined ? '' : `  ${row.note}`,
  }));
  const labelWidth = Math.max(...cells.map((cell) => cell.label.length));
  const valueWidth = Math.max(...cells.map((cell) => cell.value.length));
  return cells
    .map((cell) => `${cell.label.padEnd(labelWidth)}  ${cell.value.padStart(valueWidth)}${cell.note}\n`)
    .join('');
}

/** Columns under headings; numbers are right-aligned. */
export function columnTable(
  headings: readonly string[],
  rows: readonly (readonly (number | string)[])[],
): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell)));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const rightAligned = headings.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  return [headings, ...texts]
    .map((row) =>
      row
        .map((cell, column) =>
          rightAligned[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd()
        .concat('\n'),
    )
    .join('');
}
