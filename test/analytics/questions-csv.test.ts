import { describe, expect, it } from 'vitest';
import { wantsCsv } from '../../lambdas/analytics/accept.ts';
import { flatten, toCsv } from '../../lambdas/analytics/csv.ts';
import { analyticsOperations } from '../../lambdas/analytics/operations.ts';

const cellOf = (value: string) => toCsv(['column'], [[value]]).slice('column\r\n'.length, -'\r\n'.length);

describe('CSV', () => {
  it('quotes what would end a cell or a line, and doubles quotes', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['plain', null],
          ['with, comma', 'with "quotes"'],
          ['two\nlines', true],
          [1.5, ['/', '/a']],
        ],
      ),
    ).toBe('a,b\r\nplain,\r\n"with, comma","with ""quotes"""\r\n"two\nlines",true\r\n1.5,/ > /a\r\n');
  });

  it.each([
    '=1+1',
    '+cmd',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    '\tplain',
    '\n=1+1',
    '\nplain',
    '=HYPERLINK("https://x.example")',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\u200d=1',
    '\ufeff+1+1',
    '\u0001@a',
    '＝1+1',
    '＋cmd',
    '－2',
    '＠SUM(A1)',
    ' \u200b ＝1',
  ])('gives text that a spreadsheet would run an apostrophe: %j', (text) => {
    expect(cellOf(text).replace(/^"/, '')).toMatch(/^'/);
  });

  it('gives an apostrophe also where the formula has to be quoted', () => {
    expect(cellOf('=A1,"x"')).toBe('"\'=A1,""x"""');
    expect(cellOf('\r=1')).toBe('"\'\r=1"');
  });

  it.each(['-5', '+1.25', '-0.5', 'a=b', '', ' a', '\u200bword'])(
    'leaves numbers and harmless text as they are: %j',
    (text) => {
      expect(cellOf(text)).toBe(text);
    },
  );

  it('names each figure of a tree by its way', () => {
    expect(flatten({ overview: { total: 3 }, top: [{ name: 'a' }, { name: null }] })).toEqual([
      ['overview.total', 3],
      ['top.0.name', 'a'],
      ['top.1.name', null],
    ]);
  });
});

describe('an Accept header', () => {
  it.each([
    'text/csv',
    'TEXT/CSV;charset=utf-8',
    'text/csv, application/json;q=0.9',
    'text/csv, */*;q=0.1',
    'text/*',
    'text/csv, application/*;q=0.9, */*',
    'text/csv;q=0.5, application/json;q=0, */*',
  ])('asks for CSV: %s', (accept) => expect(wantsCsv(accept)).toBe(true));
  it.each([
    undefined,
    '*/*',
    'application/json',
    'text/csv;q=0',
    'application/json, text/csv;q=0.5',
    'text/html',
    'text/csv;q=0.5, */*',
    'text/*;q=0.1, */*',
    'text/csv;q=0.5, application/*',
    'text/csv, */*',
    'text/csv;q=0, */*;q=0',
  ])('leaves it at JSON: %s', (accept) => expect(wantsCsv(accept)).toBe(false));
});

it('every example of an answer fits the schema of the answer, in the order of the columns', () => {
  for (const [route, { answers }] of Object.entries(analyticsOperations)) {
    const json = answers[200]?.content['application/json'];
    expect(json?.schema.safeParse(json.example).error, route).toBeUndefined();
    const csv = String(answers[200]?.content['text/csv']?.example);
    const columns = csv.slice(0, csv.indexOf('\r\n')).split(',');
    expect(answers[200]?.description, route).toContain(
      columns.join(route.endsWith('analytics') ? ' and ' : ', '),
    );
  }
});
