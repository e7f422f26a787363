export type Cell = string | number | boolean | null | readonly string[];

/** How the pages of a path are told apart in one cell. */
const LIST_SEPARATOR = ' > ';

/**
 * What a spreadsheet would take for a formula, in text that anybody may have sent: also behind what is not seen, and in the wide
 * letters that some take for the narrow ones.
 */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

function written(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  const text = typeof cell === 'string' ? cell : cell.join(LIST_SEPARATOR);
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const line = (cells: readonly Cell[]): string => `${cells.map(written).join(',')}\r\n`;

/** Rows as RFC 4180 has them, below a line with the names of the columns. Text that would be a formula is given an apostrophe. */
export const toCsv = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [columns, ...rows].map(line).join('');

/** A tree of figures as pairs of a dotted name and a value. */
export function flatten(value: unknown, name = ''): [string, Cell][] {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return [[name, value]];
  }
  return Object.entries(value ?? {}).flatMap(([key, member]) =>
    flatten(member, name === '' ? key : `${name}.${key}`),
  );
}
