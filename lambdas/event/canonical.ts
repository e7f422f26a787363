import type { Fault } from './fault.ts';
import { cutText } from './json-text.ts';
import { limits } from './limits.ts';
import { type FieldValues, type Payload, type PayloadItem, readPayload } from './payload.ts';

/** The transaction actions of the plan and the funnel state each one means. */
export const transactionStates = {
  start: 'initiated',
  progress: 'in_progress',
  complete: 'completed',
  abandon: 'abandoned',
} as const;

interface TypeRule {
  readonly category: string;
  readonly action: string;
  /** A fault of an event of this type, beyond the fields that every event has. */
  readonly check?: (values: FieldValues, items: readonly PayloadItem[]) => Fault | null;
}

const missing = (pointer: string, message: string): Fault => ({ code: 'missing_field', pointer, message });

const isTransactionAction = (action: string): action is keyof typeof transactionStates =>
  Object.hasOwn(transactionStates, action);

/** Default category and action by type, and what the type requires. Any other type is a custom event and is welcome. */
const typeRules: ReadonlyMap<string, TypeRule> = new Map<string, TypeRule>([
  [
    'page_view',
    {
      category: 'navigation',
      action: 'view',
      check: ({ pageUrl }) =>
        pageUrl === undefined
          ? missing('/page_url', 'A page view names its page: send page_url (or url, or path).')
          : null,
    },
  ],
  [
    'item_interaction',
    {
      category: 'items',
      action: 'view',
      check: ({ label, itemId, itemName }, items) =>
        label === undefined && itemId === undefined && itemName === undefined && items.length === 0
          ? missing('/evt_label', 'An item interaction names its item: send evt_label, item_id or items.')
          : null,
    },
  ],
  [
    'transaction_step',
    {
      category: 'transactions',
      action: 'progress',
      check: ({ action }) => {
        const allowed = Object.keys(transactionStates).join(', ');
        if (action === undefined)
          return missing('/evt_action', `A transaction step says which: evt_action is one of ${allowed}.`);
        if (isTransactionAction(action)) return null;
        return { code: 'invalid_field', pointer: '/evt_action', message: `evt_action is one of ${allowed}.` };
      },
    },
  ],
  ['contact_interaction', { category: 'contact', action: 'click' }],
  ['click', { category: 'engagement', action: 'click' }],
  ['scroll', { category: 'engagement', action: 'scroll' }],
  ['scroll_depth', { category: 'engagement', action: 'scroll' }],
  ['form_submit', { category: 'engagement', action: 'submit' }],
  ['text_copy', { category: 'engagement', action: 'copy' }],
  ['page_visibility', { category: 'engagement', action: 'change' }],
  [
    'batch',
    {
      category: 'batch',
      action: 'send',
      check: () => missing('/events', 'A batch holds its events in the array "events".'),
    },
  ],
]);
const customType: TypeRule = { category: 'custom', action: 'track' };

/** What an event of a type says that says no more, and whether the type has rules of its own. */
export function typeDefaults(type: string): { category: string; action: string; isKnown: boolean } {
  const rule = typeRules.get(type);
  const { category, action } = rule ?? customType;
  return { category, action, isKnown: rule !== undefined };
}

/** 004 writes `pageview` where the plan writes `page_view`. */
const typeAliases: ReadonlyMap<string, string> = new Map([['pageview', 'page_view']]);

export interface CanonicalEvent {
  readonly type: string;
  readonly category: string;
  readonly action: string;
  /** Milliseconds since 1970 by the client's clock, or null when it sent no time. */
  readonly claimedTime: number | null;
  readonly values: FieldValues;
  readonly items: readonly PayloadItem[];
  readonly customProperties: Readonly<Record<string, unknown>>;
}

export type Canonical =
  | { readonly event: CanonicalEvent; readonly faults?: undefined }
  | { readonly event?: undefined; readonly faults: readonly Fault[] };

/**
 * Turns any of the three accepted shapes into the one canonical event, or says what stands in the way.
 * Ingest asks it for a verdict and staging for the event, so the two cannot disagree.
 */
export function canonicalise(payload: Payload): Canonical {
  const { values, items, custom, faults } = readPayload(payload);
  if (values === null) return { faults };
  if (values.type === undefined) {
    return { faults: [missing('/event_type', 'An event needs a type: send event_type (or evt_type).')] };
  }
  const type = typeAliases.get(values.type) ?? values.type;
  const rule = typeRules.get(type) ?? customType;
  const fault = rule.check?.(values, items) ?? null;
  if (fault !== null) return { faults: [fault] };
  return {
    event: {
      type,
      category: values.category ?? rule.category,
      action: values.action ?? rule.action,
      claimedTime: values.time ?? null,
      values: {
        ...values,
        userAgent:
          values.userAgent === undefined ? undefined : cutText(values.userAgent, limits.userAgentLength),
      },
      items,
      customProperties: custom,
    },
  };
}
