import type { CanonicalEvent } from '../event/canonical.ts';
import { transactionStates } from '../event/canonical.ts';
import { itemMetadata, type Payload } from '../event/payload.ts';

/** One thing that an event is about: a product, a service, an article, a feature. */
export interface BusinessItem {
  /** The business key: the item's id, else its name. */
  readonly key: string;
  readonly name: string;
  readonly type: string | null;
  readonly category: string | null;
  readonly description: string | null;
  readonly value: number | null;
  readonly currency: string | null;
  readonly isActive: boolean;
  /** Whether the event says more of the item than which it is. */
  readonly isDescribed: boolean;
  /** What the sender says of it beyond these. */
  readonly metadata: Payload | null;
}

/** Whether any of the facts that an event may state of an item is there. */
const saysMore = (...facts: readonly unknown[]): boolean =>
  facts.some((fact) => fact !== undefined && fact !== null);

/** The items of an event, each key once. An item interaction without an item of its own is about its label. */
export function readItems(event: CanonicalEvent): BusinessItem[] {
  const { values } = event;
  const isInteraction = event.type === 'item_interaction';
  const listed = event.items.flatMap((item): BusinessItem[] => {
    const key = item.item_id ?? item.id ?? item.item_name ?? item.name;
    if (key === undefined) return [];
    const name = item.item_name ?? item.name;
    const type = item.item_type ?? item.type;
    const category = item.item_category ?? item.category;
    const description = item.item_description ?? item.description;
    const value = item.item_value ?? item.price;
    const metadata = itemMetadata(item);
    return [
      {
        key,
        name: name ?? key,
        type: type ?? values.itemType ?? null,
        category: category ?? null,
        description: description ?? null,
        value: value ?? null,
        currency: item.currency ?? values.itemCurrency ?? null,
        isActive: item.is_active ?? true,
        isDescribed: saysMore(
          name,
          type,
          category,
          description,
          value,
          item.currency,
          item.is_active,
          metadata,
        ),
        metadata,
      },
    ];
  });
  const ownKey = values.itemId ?? values.itemName ?? (isInteraction ? values.label : undefined);
  const own: BusinessItem[] =
    ownKey === undefined ||
    (listed.length > 0 && values.itemId === undefined && values.itemName === undefined)
      ? []
      : [
          {
            key: ownKey,
            name: values.itemName ?? (isInteraction ? values.label : undefined) ?? ownKey,
            type: values.itemType ?? null,
            category: values.itemCategory ?? (isInteraction ? values.category : undefined) ?? null,
            description: values.itemDescription ?? null,
            value: values.itemValue ?? null,
            currency: values.itemCurrency ?? null,
            isActive: values.itemIsActive ?? true,
            isDescribed: saysMore(
              values.itemName,
              values.itemType,
              values.itemCategory,
              values.itemDescription,
              values.itemValue,
              values.itemCurrency,
              values.itemIsActive,
            ),
            metadata: null,
          },
        ];
  return [...new Map([...own, ...listed].map((item) => [item.key, item])).values()];
}

export interface TransactionFacts {
  readonly step_name: string | null;
  readonly step_action: string;
  readonly step_value: number | null;
  readonly funnel_stage: string;
}

/** The plan's transaction facts of a transaction step; null for every other event. */
export function readTransaction(event: CanonicalEvent): TransactionFacts | null {
  if (event.type !== 'transaction_step') return null;
  const state = Object.entries(transactionStates).find(([action]) => action === event.action);
  return {
    step_name: event.values.transactionStep ?? event.values.label ?? null,
    step_action: event.action,
    step_value: event.values.value ?? null,
    funnel_stage: state?.[1] ?? 'unknown',
  };
}

/** The plan's facts of a contact interaction; null for every other event. */
export function readContact(event: CanonicalEvent): { contact_type: string; contact_value: number } | null {
  if (event.type !== 'contact_interaction') return null;
  return { contact_type: event.action, contact_value: event.values.value ?? 0 };
}

/** Where an event stands on the way to a conversion, when the sender did not say. */
export function conversionStage(event: CanonicalEvent): string | null {
  if (event.values.conversionStage !== undefined) return event.values.conversionStage;
  if (event.type === 'page_view') return 'awareness';
  if (event.type === 'item_interaction' || event.type === 'contact_interaction') return 'consideration';
  if (event.type === 'transaction_step') return event.action === 'complete' ? 'conversion' : 'consideration';
  return null;
}
