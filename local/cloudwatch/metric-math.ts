import type { Series } from './metric-store.ts';

/** What an expression is about: a number for the whole time, a value for each period, or several of those. */
export type MathValue = number | Series | readonly Series[];

export interface MathScope {
  /** The value of an identifier, and the period it was asked in. */
  series(id: string): Series;
  periodSeconds(id: string): number;
  /** Periods of the result. */
  readonly length: number;
  readonly resultPeriodSeconds: number;
}

const tokens = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|[-+*/(),[\]<>]))/y;

/**
 * Evaluates the part of CloudWatch's metric maths that our dashboards and alarms use: the four operations, comparisons, `FILL`,
 * `IF`, `RATE`, `PERIOD`, `SUM`, `AVG`, `MIN` and `MAX`.
 * @throws Error that says what in the expression is not known.
 */
export function evaluateMath(expression: string, scope: MathScope): Series {
  const parser = new Parser(expression, scope);
  const value = parser.comparison();
  parser.end();
  return asSeries(value, scope.length, expression);
}

class Parser {
  readonly #expression: string;
  readonly #scope: MathScope;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(expression: string, scope: MathScope) {
    this.#expression = expression;
    this.#scope = scope;
    this.#tokens = tokenise(expression);
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#fail(`"${this.#tokens[this.#at]}" is not expected`);
  }

  comparison(): MathValue {
    let left = this.#sum();
    for (let sign = this.#takeOne('<', '>', '<=', '>=', '==', '!='); sign !== undefined; ) {
      left = this.#combine(left, this.#sum(), comparisons[sign]);
      sign = this.#takeOne('<', '>', '<=', '>=', '==', '!=');
    }
    return left;
  }

  #sum(): MathValue {
    let left = this.#product();
    for (let sign = this.#takeOne('+', '-'); sign !== undefined; sign = this.#takeOne('+', '-')) {
      left = this.#combine(left, this.#product(), operations[sign]);
    }
    return left;
  }

  #product(): MathValue {
    let left = this.#factor();
    for (let sign = this.#takeOne('*', '/'); sign !== undefined; sign = this.#takeOne('*', '/')) {
      left = this.#combine(left, this.#factor(), operations[sign]);
    }
    return left;
  }

  #factor(): MathValue {
    const token = this.#tokens[this.#at++];
    if (token === undefined) return this.#fail('it ends too soon');
    if (token === '-') return this.#combine(0, this.#factor(), operations['-']);
    if (token === '(') {
      const value = this.comparison();
      this.#expect(')');
      return value;
    }
    if (token === '[') return this.#list(']').map((each) => asSeries(each, this.#scope.length, 'a list'));
    if (/^\d/.test(token)) return Number(token);
    if (this.#takeOne('(') === undefined) return this.#scope.series(token);
    return this.#call(token);
  }

  #list(closing: string): MathValue[] {
    const values = [this.comparison()];
    while (this.#takeOne(',') !== undefined) values.push(this.comparison());
    this.#expect(closing);
    return values;
  }

  #call(name: string): MathValue {
    if (name === 'PERIOD') {
      const id = this.#tokens[this.#at++] ?? '';
      this.#expect(')');
      return this.#scope.periodSeconds(id);
    }
    if (name === 'FILL') {
      const series = this.#series(this.comparison());
      this.#expect(',');
      const filling = this.#tokens[this.#at] === 'REPEAT' ? this.#tokens[this.#at++] : this.comparison();
      this.#expect(')');
      return fill(series, typeof filling === 'number' ? filling : 'REPEAT');
    }
    const given = this.#list(')');
    const [first = 0, second = 0, third = 0] = given;
    if (name === 'RATE') return rate(this.#series(first), this.#scope.resultPeriodSeconds);
    if (name === 'IF') {
      const [then, otherwise] = [this.#series(second), this.#series(third)];
      return this.#series(first).map((each, at) =>
        each === null ? null : ((each === 0 ? otherwise : then)[at] ?? null),
      );
    }
    const aggregate = aggregates[name];
    if (aggregate === undefined) return this.#fail(`there is no function ${name} here`);
    if (isList(first)) {
      return Array.from({ length: this.#scope.length }, (_, at) =>
        reduced(
          first.map((each) => each[at] ?? null),
          aggregate,
        ),
      );
    }
    return reduced(this.#series(first), aggregate) ?? 0;
  }

  #combine(left: MathValue, right: MathValue, operation: (a: number, b: number) => number): MathValue {
    if (typeof left === 'number' && typeof right === 'number') return operation(left, right);
    const [a, b] = [this.#series(left), this.#series(right)];
    return a.map((each, at) => {
      const other = b[at] ?? null;
      if (each === null || other === null) return null;
      const value = operation(each, other);
      // As in CloudWatch, what cannot be divided is not there.
      return Number.isFinite(value) ? value : null;
    });
  }

  #series(value: MathValue): Series {
    return asSeries(value, this.#scope.length, this.#expression);
  }

  #takeOne<Token extends string>(...wanted: readonly Token[]): Token | undefined {
    const found = wanted.find((each) => each === this.#tokens[this.#at]);
    if (found !== undefined) this.#at += 1;
    return found;
  }

  #expect(token: string): void {
    if (this.#takeOne(token) === undefined) this.#fail(`"${token}" is missing`);
  }

  #fail(reason: string): never {
    throw new Error(`The expression ${this.#expression} cannot be evaluated: ${reason}.`);
  }
}

const operations = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
};
const comparisons = {
  '<': (a: number, b: number) => Number(a < b),
  '>': (a: number, b: number) => Number(a > b),
  '<=': (a: number, b: number) => Number(a <= b),
  '>=': (a: number, b: number) => Number(a >= b),
  '==': (a: number, b: number) => Number(a === b),
  '!=': (a: number, b: number) => Number(a !== b),
};
const aggregates: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((sum, each) => sum + each, 0),
  AVG: (values) => values.reduce((sum, each) => sum + each, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

function tokenise(expression: string): string[] {
  const found: string[] = [];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < expression.trimEnd().length) {
    const at = tokens.lastIndex;
    const token = tokens.exec(expression);
    if (token === null) {
      throw new Error(
        `The expression ${expression} cannot be evaluated: "${expression.slice(at).trim()}" is not known.`,
      );
    }
    found.push(token[1] ?? token[2] ?? token[3] ?? '');
  }
  return found;
}

const isList = (value: MathValue): value is readonly Series[] =>
  typeof value !== 'number' && value.some((each) => typeof each === 'object' && each !== null);

function asSeries(value: MathValue, length: number, expression: string): Series {
  if (typeof value === 'number') return Array.from({ length }, () => value);
  if (isList(value)) throw new Error(`The expression ${expression} is a list where one value is expected.`);
  return value;
}

function reduced(values: Series, aggregate: (values: readonly number[]) => number): number | null {
  const there = values.filter((each) => each !== null);
  return there.length === 0 ? null : aggregate(there);
}

/** A metric of which nothing is known at all stays unknown: zeros would claim that it was measured. */
function fill(series: Series, filling: number | 'REPEAT'): Series {
  if (series.every((each) => each === null)) return series;
  let last: number | null = null;
  return series.map((each) => {
    last = each ?? last;
    return each ?? (filling === 'REPEAT' ? last : filling);
  });
}

/** The change a second from each value to the next that is there. */
function rate(series: Series, periodSeconds: number): Series {
  let before: { readonly value: number; readonly at: number } | undefined;
  return series.map((value, at) => {
    if (value === null) return null;
    const change = before && (value - before.value) / ((at - before.at) * periodSeconds);
    before = { value, at };
    return change ?? null;
  });
}
