import { describe, expect, it } from 'vitest';
import { conversionStage, readItems, readTransaction } from '../../lambdas/enrichment/business-items.ts';
import { canonicalise } from '../../lambdas/event/canonical.ts';

function eventOf(payload: Record<string, unknown>) {
  const { event, faults } = canonicalise(payload);
  if (event === undefined) throw new Error(`Refused: ${JSON.stringify(faults)}`);
  return event;
}
const nothing = {
  type: null,
  category: null,
  description: null,
  value: null,
  currency: null,
  isActive: true,
  isDescribed: true,
  metadata: null,
};

describe('the items of an event', () => {
  it('are its label for an item interaction, as the plan has it', () => {
    const event = eventOf({ evt_type: 'item_interaction', evt_category: 'shop', evt_label: 'Widget' });
    expect(readItems(event)).toEqual([
      { ...nothing, key: 'Widget', name: 'Widget', category: 'shop', isDescribed: false },
    ]);
  });

  it('are its own item with all its facts', () => {
    const event = eventOf({
      event_type: 'add_to_cart',
      event_data: {
        product_id: 7,
        item_name: 'Mug',
        item_type: 'product',
        item_description: 'Holds tea',
        item_is_active: false,
        price: 9.9,
        currency: 'EUR',
      },
      evt_label: 'button',
    });
    expect(readItems(event)).toEqual([
      {
        ...nothing,
        key: '7',
        name: 'Mug',
        type: 'product',
        description: 'Holds tea',
        value: 9.9,
        currency: 'EUR',
        isActive: false,
      },
    ]);
  });

  it('are every listed item, the event’s facts where the item has none', () => {
    const event = eventOf({
      event_type: 'purchase',
      item_type: 'product',
      currency: 'EUR',
      items: [
        { id: 'a', price: 1, brand: 'Acme' },
        { item_id: 'b', type: 'service', currency: 'USD', category: 'c' },
        { name: 'Only a name' },
        { price: 5 },
      ],
    });
    expect(readItems(event)).toEqual([
      {
        ...nothing,
        key: 'a',
        name: 'a',
        type: 'product',
        value: 1,
        currency: 'EUR',
        metadata: { brand: 'Acme' },
      },
      { ...nothing, key: 'b', name: 'b', type: 'service', category: 'c', currency: 'USD' },
      { ...nothing, key: 'Only a name', name: 'Only a name', type: 'product', currency: 'EUR' },
    ]);
  });

  it.each([
    [{ item_id: 'a' }, false],
    [{ item_id: 'a', quantity: 2, position: 3, discount: 1, item_list_name: 'search' }, false],
    [{ item_id: 'a', price: '12,50' }, false],
    [{ item_id: 'a', price: 12.5 }, true],
    [{ item_id: 'a', is_active: false }, true],
    [{ item_id: 'a', brand: 'Acme' }, true],
    [{ name: 'Only a name' }, true],
  ])(
    'are described by what they say beyond their id and their part in the event: %j is %s',
    (item, isDescribed) => {
      const [read] = readItems(eventOf({ event_type: 'purchase', currency: 'EUR', items: [item] }));
      expect(read?.isDescribed).toBe(isDescribed);
    },
  );

  it('are each there once', () => {
    const event = eventOf({
      event_type: 'purchase',
      item_id: 'a',
      items: [{ id: 'b' }, { id: 'a' }, { id: 'b' }],
    });
    expect(readItems(event).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('are the listed ones alone when an item interaction’s label only describes them', () => {
    const event = eventOf({ event_type: 'item_interaction', label: 'shelf 3', items: [{ id: 'a' }] });
    expect(readItems(event).map(({ key }) => key)).toEqual(['a']);
  });

  it.each([
    { event_type: 'click', evt_label: 'Buy' },
    { event_type: 'x', items: [{ price: 1 }] },
  ])('are none for %j', (payload) => {
    expect(readItems(eventOf(payload))).toEqual([]);
  });
});

describe('a transaction step', () => {
  it.each([
    ['start', 'initiated', 'consideration'],
    ['progress', 'in_progress', 'consideration'],
    ['complete', 'completed', 'conversion'],
    ['abandon', 'abandoned', 'consideration'],
  ])('%s means %s, on the way at %s', (action, funnelStage, stage) => {
    const event = eventOf({
      evt_type: 'transaction_step',
      evt_action: action,
      evt_label: 'checkout',
      evt_value: 3,
    });
    expect(readTransaction(event)).toEqual({
      step_name: 'checkout',
      step_action: action,
      step_value: 3,
      funnel_stage: funnelStage,
    });
    expect(conversionStage(event)).toBe(stage);
  });

  it('is what no other event is', () => {
    expect(readTransaction(eventOf({ event_type: 'click', evt_action: 'complete' }))).toBeNull();
  });
});

it.each([
  [{ event_type: 'page_view', path: '/' }, 'awareness'],
  [{ event_type: 'contact_interaction' }, 'consideration'],
  [{ event_type: 'item_interaction', label: 'w' }, 'consideration'],
  [{ event_type: 'scroll' }, null],
  [{ event_type: 'scroll', conversion_funnel_stage: 'loyalty' }, 'loyalty'],
])('%j stands at %s on the way to a conversion', (payload, stage) => {
  expect(conversionStage(eventOf(payload))).toBe(stage);
});
