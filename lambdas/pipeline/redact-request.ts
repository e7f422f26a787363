import { makeStorable } from '../event/json-text.ts';
import { isPayload, type Payload } from '../event/payload.ts';
import { readExactly } from '../redaction/exact-text.ts';
import { createTenantRules, type TenantRules } from '../redaction/key-facts.ts';
import { isAboutForm, type RedactionLists } from '../redaction/names.ts';
import type { Redaction } from '../redaction/record.ts';
import { type RedactedPayload, redactPayload } from '../redaction/redact-payload.ts';
import { redactText } from '../redaction/redact-text.ts';
import type { Caller } from '../tenancy/caller.ts';
import { type VisitorKey, visitorMark } from '../tenancy/visitor-keys.ts';
import type { ReadItem } from './read-request.ts';

export type KeyOf = (tenant: Caller, at: Date) => Promise<VisitorKey>;

/** What may be stored of something, and what was taken out. */
export interface Redacted<Stored> {
  readonly payload: Stored;
  readonly found: readonly Redaction[];
}

const PSEUDONYM_BYTES = 16;
const NO_LISTS: RedactionLists = { deny_keys: [], allow_keys: [] };
/** What a tenant's lists make of names is worked out once for as long as its settings are remembered. */
const known = new WeakMap<RedactionLists, TenantRules>();

/** Those without lists share what was worked out for one of them. */
function rulesFor(given: RedactionLists | undefined): TenantRules {
  const isEmpty = given === undefined || given.deny_keys.length + given.allow_keys.length === 0;
  const lists = isEmpty ? NO_LISTS : given;
  const rules = known.get(lists) ?? createTenantRules(lists);
  known.set(lists, rules);
  return rules;
}

/**
 * What stands for an id that says who somebody is, such as an e-mail address: always the same, so that a visitor stays one. It is made
 * with the tenant's first key, whatever is rotated.
 */
export const idPseudonym = (key: VisitorKey, id: string): string =>
  visitorMark(key.secret, id).subarray(0, PSEUDONYM_BYTES).toString('hex');

/** Redacts what one request brings before any of it is written. */
export class RequestRedactor {
  readonly #rules: TenantRules;
  readonly #firstKey: () => Promise<VisitorKey>;
  #key: VisitorKey | null = null;

  constructor(caller: Caller, keyOf: KeyOf) {
    this.#rules = rulesFor(caller.settings?.redaction);
    this.#firstKey = () => keyOf(caller, new Date(0));
  }

  /** Fields of a batch are redacted as if its events were about a form. */
  async envelope(envelope: Payload): Promise<Redacted<Payload>> {
    return this.#redact(envelope, true);
  }

  async event(item: ReadItem): Promise<Redacted<Payload> & { readonly isRewritten: boolean }> {
    const isForm = isAboutForm(item.event.type);
    const redacted = await this.#redact(item.payload, isForm);
    const { found, payload } =
      redacted.keys === item.keys && !redacted.hasLongNumber
        ? redacted
        : await this.#redactText(item, redacted, isForm);
    const withheld: readonly Redaction[] = item.isRewritten === true ? [{ at: '', what: 'ids' }] : [];
    return { payload, found: [...found, ...withheld], isRewritten: found.length + withheld.length > 0 };
  }

  /** An id as it may be stored. */
  async id(id: string): Promise<string> {
    const { payload } = await this.#redact({ event_id: id }, false);
    return String(payload.event_id);
  }

  /** Where the text says more than was read of it, all that it says counts: it is what would be stored. */
  async #redactText(
    item: ReadItem,
    redacted: Redacted<Payload>,
    isForm: boolean,
  ): Promise<Redacted<Payload>> {
    if (item.isRewritten === true) return redacted;
    const text = item.original.toString('utf8');
    const { payload, hidden, rounded } = readExactly(
      text,
      (digits) => redactText(digits, this.#rules.names) !== null,
    );
    const found: Redaction[] = [];
    for (const reading of hidden) found.push(...(await this.#redact(reading, isForm, rounded)).found);
    const storable = makeStorable(text, payload)?.value ?? payload;
    const exact = await this.#redact(isPayload(storable) ? storable : {}, isForm, rounded);
    return { payload: exact.payload, found: [...found, ...exact.found] };
  }

  async #redact(payload: Payload, isForm: boolean, rounded?: ReadonlySet<number>): Promise<RedactedPayload> {
    const redacted = this.#with(payload, isForm, rounded);
    if (!redacted.needsKey) return redacted;
    this.#key = await this.#firstKey();
    return this.#with(payload, isForm, rounded);
  }

  #with(payload: Payload, isForm: boolean, rounded?: ReadonlySet<number>): RedactedPayload {
    const key = this.#key;
    const pseudonymOf = key === null ? null : (id: string) => idPseudonym(key, id);
    return redactPayload(payload, {
      rules: this.#rules,
      isForm,
      pseudonymOf,
      ...(rounded !== undefined && { rounded }),
    });
  }
}
