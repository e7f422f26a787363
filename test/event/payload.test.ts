import { describe, expect, it } from 'vitest';
import { itemMetadata, readPayload } from '../../lambdas/event/payload.ts';

const valuesOf = (payload: Record<string, unknown>) => {
  const { values, faults } = readPayload(payload);
  expect(faults).toEqual([]);
  return values;
};

describe('a whole number', () => {
  it.each([
    [7, 7],
    ['7', 7],
    [' -7.00 ', -7],
    [0, 0],
    [2_147_483_647, 2_147_483_647],
    [-2_147_483_648, -2_147_483_648],
  ])('is read from %j', (sent, read) => {
    expect(valuesOf({ evt_value: sent })).toMatchObject({ value: read });
  });

  it.each(['', ' ', null])('is absent when it is %j', (sent) => {
    expect(valuesOf({ evt_value: sent })).not.toHaveProperty('value');
  });

  it.each([1.5, '1.5', 'abc', '1e3', '0x10', true, {}, [], 2_147_483_648, -2_147_483_649, '99999999999'])(
    'that names its field outright and is %j is a fault of its event',
    (sent) => {
      const { values, faults } = readPayload({ evt_value: sent });
      expect(values).toBeNull();
      expect(faults).toEqual([expect.objectContaining({ code: 'invalid_field', pointer: '/evt_value' })]);
    },
  );

  it.each([1.5, 'abc', true, {}, 2_147_483_648])(
    'under an everyday name that is %j fails nothing and is kept',
    (sent) => {
      const { values, custom, faults } = readPayload({ event_data: { value: sent } });
      expect(faults).toEqual([]);
      expect(values).not.toHaveProperty('value');
      expect(custom).toEqual({ value: sent });
    },
  );

  it.each([
    ['scroll_percentage', 66.7, 'scrollDepth', 67],
    ['time_on_page', '12.4', 'timeOnPage', 12],
    ['click_x', 10.5, 'clickX', 11],
    ['viewport_width', 1279.2, 'viewportWidth', 1279],
  ])('that a browser measured may be a fraction: %s %j', (name, sent, field, read) => {
    expect(valuesOf({ [name]: sent })).toMatchObject({ [field]: read });
  });
});

describe('text', () => {
  it.each([
    [7, '7'],
    [true, 'true'],
    [' a ', ' a '],
  ])('is read from %j', (sent, read) => {
    expect(valuesOf({ evt_label: sent })).toMatchObject({ label: read });
  });

  it.each([[['a']], [{ a: 1 }]])('is not %j', (sent) => {
    expect(readPayload({ evt_label: sent }).faults).toEqual([
      expect.objectContaining({ code: 'invalid_field', pointer: '/evt_label' }),
    ]);
  });

  it('that is blank gives way to the next place that has some', () => {
    expect(valuesOf({ session_id: '  ', event_data: { session_id: 's1' } })).toMatchObject({
      sessionId: 's1',
    });
  });
});

it.each([
  [1, true],
  ['1', true],
  ['yes', true],
  ['TRUE', true],
  [true, true],
  ['0', false],
  ['no', false],
  [false, false],
  ['unspecified', undefined],
])('do_not_track %j is %s', (sent, read) => {
  expect(valuesOf({ do_not_track: sent })?.doNotTrack).toBe(read);
});

describe('what no field takes is kept', () => {
  it('from the event and from every container, at one level', () => {
    const { custom } = readPayload({
      event_type: 'x',
      colour: 'red',
      event_data: { size: 'L', label: 'l' },
      properties: { nested: { deep: [1] } },
      custom_properties: { list: [] },
    });
    expect(custom).toEqual({ colour: 'red', size: 'L', nested: { deep: [1] }, list: [] });
  });

  it('also when two places use one name', () => {
    const { custom } = readPayload({
      colour: 'red',
      event_data: { colour: 'blue' },
      properties: { colour: 'green' },
    });
    expect(custom).toEqual({ colour: 'red', 'event_data.colour': 'blue', 'properties.colour': 'green' });
  });

  it('also when a field is there under a second name', () => {
    const { values, custom } = readPayload({ page_url: '/a', url: '/b', path: '/c' });
    expect(values).toMatchObject({ pageUrl: '/a' });
    expect(custom).toEqual({ url: '/b', path: '/c' });
  });

  it('also when its name looks like the path of a field', () => {
    const { custom } = readPayload({ event_data: { label: 'taken' }, 'event_data/label': 'kept' });
    expect(custom).toEqual({ 'event_data/label': 'kept' });
  });

  it('also when a container is none', () => {
    expect(readPayload({ event_data: 'text', data: [1] }).custom).toEqual({ event_data: 'text', data: [1] });
  });

  it.each(['toString', 'constructor', 'hasOwnProperty', '', 'a/b', '~0', 'event_data.x'])(
    'under the key %j',
    (key) => {
      expect(readPayload({ [key]: 1 }).custom).toEqual({ [key]: 1 });
    },
  );
});

describe('a list of items', () => {
  it('is read item by item', () => {
    const { items, custom } = readPayload({
      event_data: { items: [{ id: 7, price: '9.90' }, { name: 'Mug' }] },
    });
    expect(items).toEqual([{ id: '7', price: 9.9 }, { name: 'Mug' }]);
    expect(custom).toEqual({});
  });

  it.each([
    ['what an item was in this event only', [{ id: 'a', quantity: 2 }], 1],
    ['a member that does not fit', [{ id: 'a', description: ['b'] }], 1],
    ['an item that is not read', [{ id: 'a' }, { id: ['b'] }], 1],
    ['an item without id or name', [{ id: 'a' }, { price: 1 }], 2],
    ['something that is no item', [{ id: 'a' }, 'b'], 1],
  ])('stays among the custom properties for %s', (_, list, read) => {
    const { items, custom, faults } = readPayload({ items: list });
    expect(faults).toEqual([]);
    expect(items).toHaveLength(read);
    expect(custom).toEqual({ items: list });
  });

  it.each([
    ['a member that no field takes', { brand: 'Acme' }],
    ['a member named as JavaScript’s own', { constructor: 'Acme' }],
  ])('keeps %s as metadata of its item', (_, member) => {
    const { items, custom } = readPayload({ items: [{ id: 'a', ...member, quantity: null }] });
    expect(items.map(itemMetadata)).toEqual([member]);
    expect(custom).toEqual({});
  });

  it('leaves what an item was in one event out of its metadata', () => {
    const { items } = readPayload({
      items: [{ id: 'a', brand: 'Acme', quantity: 2, item_list_name: 'search' }],
    });
    expect(items.map(itemMetadata)).toEqual([{ brand: 'Acme' }]);
  });

  it('that is no list is a custom property', () => {
    expect(readPayload({ items: 3 })).toMatchObject({ items: [], custom: { items: 3 }, faults: [] });
  });
});
