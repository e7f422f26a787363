import { rules } from './rules.ts';

/** What the name of a value says of it. */
export type NameClass = 'denied' | 'allowed' | 'secret' | 'card' | 'ssn';

/** Names whose values a tenant wants redacted always, and left alone. */
export interface RedactionLists {
  readonly deny_keys: readonly string[];
  readonly allow_keys: readonly string[];
}

export interface Names {
  /** Of a member of an object, or null when its name says nothing. */
  classOf(name: string): NameClass | null;
  /** Of a parameter in a text. */
  classOfParameter(name: string): NameClass | null;
  /** Whether what is named so is a number that many things have, such as an id. */
  isId(name: string): boolean;
}

const { names } = rules;

/** Longer names are no names. */
const LONGEST_NAME = 200;
const HINT = new RegExp(names.hint);
const BEGINNING = new RegExp(names.beginning);
const ENDING = new RegExp(names.ending);
/** What is left of a marker in a name says nothing: it stands for something else, or is a value. */
const MARKED = new RegExp(names.marked);
/** Few names come again and again; strangers' names must not pile up. */
const REMEMBERED_NAMES = 5_000;

const exact = new Set<string>(names.exact);
const heads = new Set<string>(names.heads);
const compounds = new Set<string>(names.compounds);
const neutral = new Set<string>(names.neutral);
const askers = new Set<string>(names.askers);
const cards = new Set<string>(names.cards);
const ssns = new Set<string>(names.ssns);
const ids = new Set<string>(names.ids);
const parameters = new Set<string>(names.parameters);

/** Only A to Z: what else is a capital differs between JavaScript and Postgres. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());

/** A name without case and separators. */
export const plainName = (name: string): string => lower(name).replace(/[^a-z0-9\u0080-\uFFFF]+/g, '');

/** The words of a name however they are joined, without numbers at their ends: `newPassword2` is new and password. */
function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return lower(apart)
    .split(/[^a-z0-9\u0080-\uFFFF]+/)
    .map((word) => word.replace(/([^0-9])[0-9]+$/, '$1'))
    .filter((word) => word !== '');
}

/** Without the last words that change nothing. */
function meaning(words: readonly string[]): readonly string[] {
  let length = words.length;
  while (length > 1 && (neutral.has(words[length - 1] ?? '') || /^[0-9]+$/.test(words[length - 1] ?? '')))
    length -= 1;
  return words.slice(0, length);
}

/** Of a name such as `user[pin]` the part that names the value. */
const lastPart = (name: string): string => name.split(/[.[\]]+/).findLast((part) => part !== '') ?? '';

function judge(name: string, isParameter: boolean): NameClass | null {
  if (!HINT.test(plainName(name))) return null;
  const words = meaning(wordsOf(name));
  const whole = words.join('');
  const last = words.at(-1) ?? '';
  const lastTwo = words.slice(-2).join('');
  const lastThree = words.slice(-3).join('');
  if (ssns.has(whole) || ssns.has(last) || ssns.has(lastTwo) || ssns.has(lastThree)) return 'ssn';
  if (cards.has(whole) || cards.has(last) || cards.has(lastTwo)) return 'card';
  if (words.length > 1 && askers.has(words[0] ?? '')) return null;
  const isSecret =
    exact.has(whole) ||
    heads.has(last) ||
    compounds.has(lastTwo) ||
    compounds.has(lastThree) ||
    BEGINNING.test(whole) ||
    ENDING.test(last) ||
    (isParameter && parameters.has(whole));
  return isSecret ? 'secret' : null;
}

function remembering<Value>(of: (name: string) => Value): (name: string) => Value {
  const known = new Map<string, Value>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const value = of(name);
    if (known.size >= REMEMBERED_NAMES) known.clear();
    known.set(name, value);
    return value;
  };
}

/** What names mean to a tenant with these lists. */
export function createNames(lists: RedactionLists): Names {
  const denied = new Set(lists.deny_keys.map(plainName));
  const allowed = new Set(lists.allow_keys.map(plainName));
  const classify = (isParameter: boolean) =>
    remembering((name): NameClass | null => {
      const plain = plainName(name);
      if (denied.has(plain)) return 'denied';
      if (allowed.has(plain)) return 'allowed';
      return judge(name, isParameter) ?? judge(lastPart(name), isParameter);
    });
  const [classOf, classOfParameter] = [classify(false), classify(true)];
  const isId = remembering((name) => ids.has(wordsOf(name).at(-1) ?? ''));
  const isName = (name: string): boolean => name.length <= LONGEST_NAME && !MARKED.test(name);
  return {
    classOf: (name) => (isName(name) ? classOf(name) : null),
    classOfParameter: (name) => (isName(name) ? classOfParameter(name) : null),
    isId: (name) => name.length <= LONGEST_NAME && isId(name),
  };
}

const formTypes = new Set<string>(rules.form.types);

/** Whether an event of a type is about a form. */
export const isAboutForm: (type: string) => boolean = remembering((type) =>
  wordsOf(type).some((word) => formTypes.has(word)),
);
