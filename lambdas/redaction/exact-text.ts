import { isPayload, type Payload } from '../event/payload.ts';
import { rules } from './rules.ts';

/** What the text of an event says beyond what `JSON.parse` makes of it. */
export interface ExactText {
  /** As parsed, but with all digits, as text, of the numbers that were asked for. */
  readonly payload: Payload;
  /** For each member that a later one of the same name hides, an event with this member in its place and little else. */
  readonly hidden: readonly Payload[];
  /** What doubles make of the long numbers that were not asked for: their own digits may say what the text does not. */
  readonly rounded: ReadonlySet<number>;
}

const LONG_NUMBER = /^[0-9]{16,19}$/;

/**
 * Reads an event that `JSON.parse` has read before, which follows at most 64 levels.
 * @param isWanted which whole numbers that a double cannot hold are wanted with all their digits.
 */
export function readExactly(text: string, isWanted: (digits: string) => boolean): ExactText {
  const reader = new Reader(text, isWanted);
  const { value, hidden } = reader.value();
  return {
    payload: isPayload(value) ? value : {},
    hidden: hidden.filter(isPayload),
    rounded: reader.rounded,
  };
}

/** A value, and those of its parts that something later hides, each where it stood. */
interface Exact {
  readonly value: unknown;
  readonly hidden: readonly unknown[];
}

class Reader {
  readonly rounded = new Set<number>();
  readonly #text: string;
  readonly #isWanted: (digits: string) => boolean;
  readonly #token = /[ \t\r\n,:]*("(?:[^"\\]|\\.)*"|[[\]{}]|[^ \t\r\n,:[\]{}"]+)/y;

  constructor(text: string, isWanted: (digits: string) => boolean) {
    this.#text = text;
    this.#isWanted = isWanted;
  }

  value(token = this.#next()): Exact {
    if (token === '{') return this.#object();
    if (token === '[') return this.#array();
    const isLong = LONG_NUMBER.test(token) && !Number.isSafeInteger(Number(token));
    if (isLong && this.#isWanted(token)) return { value: token, hidden: [] };
    if (isLong) this.rounded.add(Number(token));
    return { value: JSON.parse(token), hidden: [] };
  }

  #object(): Exact {
    const members: (readonly [string, Exact])[] = [];
    for (let token = this.#next(); token !== '}'; token = this.#next()) {
      const key: unknown = JSON.parse(token);
      members.push([String(key), this.value()]);
    }
    const last = new Map(members);
    // What a value means may be said by a member beside it.
    const naming = rules.pairs.names.flatMap((name) => {
      const said = last.get(name)?.value;
      return typeof said === 'string' ? [[name, said] as const] : [];
    });
    const beside = (key: string, value: unknown) => ({ ...Object.fromEntries(naming), [key]: value });
    return {
      value: Object.fromEntries([...last].map(([key, { value }]) => [key, value])),
      hidden: members.flatMap(([key, member]) => [
        ...(last.get(key) === member ? [] : [beside(key, member.value)]),
        ...member.hidden.map((part) => beside(key, part)),
      ]),
    };
  }

  #array(): Exact {
    const elements: Exact[] = [];
    for (let token = this.#next(); token !== ']'; token = this.#next()) elements.push(this.value(token));
    return {
      value: elements.map(({ value }) => value),
      hidden: elements.flatMap(({ hidden }) => hidden.map((part) => [part])),
    };
  }

  #next(): string {
    return this.#token.exec(this.#text)?.[1] ?? '';
  }
}
