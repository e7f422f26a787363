import { isAddress } from '../event/address-field.ts';
import { cutText } from '../event/json-text.ts';
import {
  fieldContainers,
  fieldLengths,
  isPayload,
  type Payload,
  propertyContainers,
} from '../event/payload.ts';
import { kindOf } from './find-values.ts';
import type { KeyFacts, TenantRules } from './key-facts.ts';
import { isMarker, markerOf } from './marker.ts';
import type { NameClass } from './names.ts';
import type { Redaction } from './record.ts';
import { redactText } from './redact-text.ts';
import { type Kind, rules } from './rules.ts';

export interface RedactedPayload {
  /** The very same object when nothing was taken out. */
  readonly payload: Payload;
  readonly found: readonly Redaction[];
  /** Keys of all objects, to be compared with those of the text that the payload was read from. */
  readonly keys: number;
  /** Whether a number may have had more digits in that text. */
  readonly hasLongNumber: boolean;
  /** Whether an id says who somebody is and there was no key to make a pseudonym with. */
  readonly needsKey: boolean;
}

export interface RedactionOptions {
  readonly rules: TenantRules;
  /** Whether the event is about a form, so that its lists of fields hold what somebody filled in. */
  readonly isForm: boolean;
  /** What stands for an id that says who somebody is; null when the key is not at hand. */
  readonly pseudonymOf: ((id: string) => string) | null;
  /** Numbers that are none of what is looked for: they were sent with other digits. */
  readonly rounded?: ReadonlySet<number>;
}

/** Fields that tell visitors, sessions and events apart: one marker for all would make them one. */
const IDS = new Set(['event_id', 'session_id', 'visitor_id']);
/** A browser's own name for itself has a place of its own in what is stored. */
const USER_AGENT = 'user_agent';
/** Of twelve digits; above the largest, a number is printed with an exponent. */
const LONG_NUMBER = { from: 1e11, below: 1e21 };
const SSN_DIGITS = /^[0-9]{9}$/;

/** Where an object stands: fields are looked for in an event and its containers, form fields among its properties as well. */
type Place = 'event' | 'properties' | 'inside';

/** What holds for a value. */
interface Rule {
  /** Redacted whatever it is, left alone, or searched; of what describes a form field, all but its description is redacted. */
  readonly mode: 'denied' | 'secret' | 'field' | 'form field' | 'allowed' | 'searched';
  /** What the name of a searched value says. */
  readonly nameClass: 'card' | 'ssn' | null;
  readonly isId: boolean;
}

const searched: Rule = { mode: 'searched', nameClass: null, isId: false };
const idNumber: Rule = { ...searched, isId: true };
const denied: Rule = { ...searched, mode: 'denied' };
const secret: Rule = { ...searched, mode: 'secret' };
const field: Rule = { ...searched, mode: 'field' };
const formField: Rule = { ...searched, mode: 'form field' };
const allowed: Rule = { ...searched, mode: 'allowed' };

/** Takes out of an event, or of the fields of a batch, what must not be stored. */
export function redactPayload(payload: Payload, options: RedactionOptions): RedactedPayload {
  const walk = new Walk(options);
  const redacted = walk.object(payload, searched, 'event');
  return {
    payload: redacted,
    found: walk.found,
    keys: walk.keys,
    hasLongNumber: walk.hasLongNumber,
    needsKey: walk.needsKey,
  };
}

class Walk {
  readonly found: Redaction[] = [];
  keys = 0;
  hasLongNumber = false;
  needsKey = false;
  readonly #options: RedactionOptions;
  /** Keys and indexes that lead to the value at hand. */
  readonly #path: (string | number)[] = [];

  constructor(options: RedactionOptions) {
    this.#options = options;
  }

  object(value: Payload, rule: Rule, place: Place): Payload {
    const named = rule.mode === 'allowed' ? null : this.#classOfPair(value);
    const kept: Member[] = [];
    let isSame = true;
    for (const key of Object.keys(value)) {
      this.keys += 1;
      const member = value[key];
      const { factsOf } = this.#options.rules;
      const sent = factsOf(key);
      const written = sent.isSuspect && rule.mode !== 'allowed' ? this.#key(key) : key;
      // What a name says is asked of what is left of it, so that it says the same when it comes again.
      const facts = written === key ? sent : factsOf(written);
      this.#path.push(written);
      if (sent.mayNameAddress && isAddress(key, member)) {
        this.#note('address');
        isSame = false;
      } else {
        const redacted = this.#member(key, member, memberRule(rule, facts, named, place), facts, place);
        isSame &&= redacted === member && written === key;
        kept.push({ key, written, value: redacted });
      }
      this.#path.pop();
    }
    return isSame ? value : Object.fromEntries(apart(kept));
  }

  #member(key: string, member: unknown, rule: Rule, facts: KeyFacts, place: Place): unknown {
    if (place === 'event' && rule.mode !== 'allowed') {
      if (IDS.has(key) && typeof member === 'string') return this.#id(member, member, rule);
      if (IDS.has(key) && typeof member === 'number') {
        this.hasLongNumber ||= member > Number.MAX_SAFE_INTEGER;
        if (rule.mode !== 'denied' && this.#options.rounded?.has(member)) return member;
        return this.#id(String(member), member, rule);
      }
      if (key === USER_AGENT && rule.mode !== 'denied') return member;
    }
    if (rule.mode === 'searched' && this.#holdsFormFields(facts, place)) return this.#form(member);
    const redacted = this.#value(member, rule, placeOf(key, place, this.#path.length));
    if (redacted === member || place !== 'event' || typeof redacted !== 'string') return redacted;
    const longest = fieldLengths.get(key) ?? redacted.length;
    return redacted.length <= longest ? redacted : this.#value(cutText(redacted, longest), rule, 'inside');
  }

  #value(value: unknown, rule: Rule, place: Place): unknown {
    if (typeof value === 'string') return this.#text(value, value, rule);
    if (typeof value === 'number') return this.#number(value, rule);
    if (typeof value === 'boolean')
      return rule.mode === 'field' || rule.mode === 'denied' ? this.#marked(rule.mode) : value;
    if (Array.isArray(value)) return this.#array(value, () => rule);
    return isPayload(value) ? this.object(value, rule, place) : value;
  }

  #array(value: readonly unknown[], ruleOf: (element: unknown) => Rule): readonly unknown[] {
    let isSame = true;
    const elements = value.map((element, index) => {
      this.#path.push(index);
      const redacted = this.#value(element, ruleOf(element), 'inside');
      this.#path.pop();
      isSame &&= redacted === element;
      return redacted;
    });
    return isSame ? value : elements;
  }

  /** @param given what stays when nothing is found: a number is searched as its text. */
  #text(text: string, given: unknown, { mode, nameClass, isId }: Rule): unknown {
    if (mode === 'allowed') return given;
    if (mode === 'field' || mode === 'form field')
      return text === '' || isMarker(text) ? given : this.#marked('field');
    if (mode !== 'searched') {
      const kind = kindOf(mode, text);
      return kind === null || kind === 'allowed' ? given : this.#marked(kind);
    }
    const named = nameClass === null ? null : kindOf(nameClass, text);
    if (named !== null && named !== 'allowed') return this.#marked(named);
    const redacted = redactText(text, this.#options.rules.names, isId);
    if (redacted === null) return given;
    for (const kind of redacted.kinds) this.#note(kind);
    return redacted.text;
  }

  #number(value: number, rule: Rule): unknown {
    const isLong = Number.isInteger(value) && value >= LONG_NUMBER.from && value < LONG_NUMBER.below;
    if (isLong && value > Number.MAX_SAFE_INTEGER) this.hasLongNumber = true;
    const isRounded = rule.nameClass === null && this.#options.rounded?.has(value) === true;
    const isSearched = (isLong && !isRounded) || (rule.nameClass === 'ssn' && SSN_DIGITS.test(String(value)));
    return rule.mode === 'searched' && !isSearched ? value : this.#text(String(value), value, rule);
  }

  #id(text: string, given: unknown, { mode }: Rule): unknown {
    const { rules: tenantRules, pseudonymOf } = this.#options;
    const kinds: readonly Kind[] =
      mode === 'denied' && text !== ''
        ? ['denied']
        : (redactText(text, tenantRules.names, true)?.kinds ?? []);
    if (kinds.length === 0) return given;
    if (pseudonymOf === null) {
      this.needsKey = true;
      return given;
    }
    for (const kind of kinds) this.#note(kind);
    return pseudonymOf(text);
  }

  #holdsFormFields({ form }: KeyFacts, place: Place): boolean {
    return form === 'always' || (form === 'in forms' && place !== 'inside' && this.#options.isForm);
  }

  /** Fields of a form by their names, or a list of them; in a list, words alone are names. */
  #form(value: unknown): unknown {
    if (!Array.isArray(value)) return this.#value(value, field, 'inside');
    return this.#array(value, (element) =>
      typeof element === 'string' ? searched : isPayload(element) ? formField : field,
    );
  }

  /** What the name that an object gives its value says of the value: `{"name": "password", "value": …}`. */
  #classOfPair(value: Payload): NameClass | null {
    const { names } = this.#options.rules;
    for (const key of rules.pairs.names) {
      const name = value[key];
      if (typeof name !== 'string') continue;
      const nameClass = names.classOf(redactText(name, names)?.text ?? name);
      if (nameClass !== null) return nameClass;
    }
    return null;
  }

  #key(key: string): string {
    const redacted = redactText(key, this.#options.rules.names);
    if (redacted === null) return key;
    this.#path.push(redacted.text);
    for (const kind of redacted.kinds) this.#note(kind);
    this.#path.pop();
    return redacted.text;
  }

  #marked(kind: Kind): string {
    this.#note(kind);
    return markerOf(kind);
  }

  #note(what: Redaction['what']): void {
    const tokens = this.#path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`);
    this.found.push({ at: tokens.join(''), what });
  }
}

/** What holds for a member: its name counts before what holds for the object, and what is denied stays so. */
function memberRule(around: Rule, facts: KeyFacts, named: NameClass | null, place: Place): Rule {
  if (facts.isMeasure && place === 'event') return around;
  const nameClass = facts.nameClass ?? (facts.isNamedBeside ? named : null);
  if (around.mode === 'denied' || nameClass === 'denied') return denied;
  if (nameClass === 'allowed') return allowed;
  if (around.mode === 'form field') return facts.describes ? searched : field;
  if (around.mode !== 'searched') return around;
  if (nameClass === 'secret') return secret;
  if (nameClass === null) return facts.isId ? idNumber : searched;
  return { mode: 'searched', nameClass, isId: facts.isId };
}

/** @param depth 1 for a member of the event itself. */
function placeOf(key: string, around: Place, depth: number): Place {
  if (around !== 'event' || depth > 1) return 'inside';
  if (fieldContainers.includes(key)) return 'event';
  return propertyContainers.includes(key) ? 'properties' : 'inside';
}

interface Member {
  readonly key: string;
  readonly written: string;
  readonly value: unknown;
}

/** Members whose names were redacted to one and the same are numbered, in the order of the names they had. */
function apart(members: readonly Member[]): [string, unknown][] {
  const renamed = members.filter(({ key, written }) => key !== written);
  const names = new Set(members.flatMap(({ key, written }) => (key === written ? [key] : [])));
  const nameOf = new Map<string, string>();
  for (const { key, written } of renamed.toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
  )) {
    let name = written;
    for (let number = 2; names.has(name); number += 1) name = `${written} ${number}`;
    names.add(name);
    nameOf.set(key, name);
  }
  return members.map(({ key, value }) => [nameOf.get(key) ?? key, value]);
}
