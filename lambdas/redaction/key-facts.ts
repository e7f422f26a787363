import { mayNameAddress } from '../event/address-field.ts';
import { fieldLengths, namedFields } from '../event/payload.ts';
import { createNames, type NameClass, type Names, plainName, type RedactionLists } from './names.ts';
import { redactText } from './redact-text.ts';
import { rules } from './rules.ts';

/** What the name of a member says, worked out once for the many events that have it. */
export interface KeyFacts {
  readonly nameClass: NameClass | null;
  /** Whether a number of that name is one that many things have. */
  readonly isId: boolean;
  readonly mayNameAddress: boolean;
  /** Whether the name itself holds something to be redacted. */
  readonly isSuspect: boolean;
  /** Whether it holds form fields, in any event or in one about a form. */
  readonly form: 'always' | 'in forms' | null;
  /** Whether it describes a form field and is not its value. */
  readonly describes: boolean;
  /** Whether it may be named by a member beside it. */
  readonly isNamedBeside: boolean;
  /** Whether it is a field that is no text: a marker in it would make the event unreadable. */
  readonly isMeasure: boolean;
}

/** Few names come again and again; strangers' names must not pile up. */
const REMEMBERED = { keys: 5_000, letters: 64 };

const always = new Set<string>(rules.form.always);
const inForms = new Set<string>(rules.form.inForms);
const describing = new Set<string>(rules.form.describes);
const namedBeside = new Set<string>(rules.pairs.values);

/** Fields that are no text. */
export const measures: ReadonlySet<string> = new Set(
  Object.keys(namedFields).filter((name) => !fieldLengths.has(name)),
);

/** The rules as a tenant's lists change them. */
export interface TenantRules {
  readonly names: Names;
  readonly factsOf: (key: string) => KeyFacts;
}

export function createTenantRules(lists: RedactionLists): TenantRules {
  const names = createNames(lists);
  return { names, factsOf: createKeyFacts(names) };
}

function createKeyFacts(names: Names): TenantRules['factsOf'] {
  const known = new Map<string, KeyFacts>();
  const factsOf = (key: string): KeyFacts => {
    const plain = plainName(key);
    return {
      nameClass: names.classOf(key),
      isId: names.isId(key),
      mayNameAddress: mayNameAddress(key),
      isSuspect: redactText(key, names) !== null,
      form: always.has(plain) ? 'always' : inForms.has(plain) ? 'in forms' : null,
      describes: describing.has(plain),
      isNamedBeside: namedBeside.has(key),
      isMeasure: measures.has(key),
    };
  };
  return (key) => {
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const facts = factsOf(key);
    if (key.length > REMEMBERED.letters) return facts;
    if (known.size >= REMEMBERED.keys) known.clear();
    known.set(key, facts);
    return facts;
  };
}
