import { describe, expect, it } from 'vitest';
import { canonicalise } from '../../lambdas/event/canonical.ts';
import type { Payload } from '../../lambdas/event/payload.ts';

const time = '2026-01-31T08:00:00Z';
const eventId = '01890a5d-ac96-774b-bcce-b302099a8057';

const eventOf = (payload: Payload) => {
  const { event, faults } = canonicalise(payload);
  if (event === undefined) throw new Error(`Refused: ${JSON.stringify(faults)}`);
  return event;
};

describe('one canonical event leaves, whichever shape arrives', () => {
  const shapes: readonly [string, Payload][] = [
    [
      'the plan’s (001)',
      {
        tenantId: 'acme',
        event_id: eventId,
        evt_type: 'item_interaction',
        evt_category: 'shop',
        evt_action: 'add',
        evt_label: 'Widget',
        evt_value: 3,
        session_id: 's1',
        visitor_id: 'v1',
        event_timestamp: time,
        page_url: 'https://example.com/a',
        page_title: 'A',
        page_referrer: 'https://example.org/',
        viewport_width: 800,
        viewport_height: 600,
        plan: 'gold',
      },
    ],
    [
      'the automation guide’s (002)',
      {
        event_id: eventId,
        event_type: 'item_interaction',
        timestamp: time,
        session_id: 's1',
        visitor_id: 'v1',
        page_url: 'https://example.com/a',
        event_data: {
          category: 'shop',
          action: 'add',
          label: 'Widget',
          value: '3',
          page_title: 'A',
          page_referrer: 'https://example.org/',
          viewport_width: '800',
          viewport_height: 600,
          plan: 'gold',
        },
      },
    ],
    [
      'the analytics platform’s (004)',
      {
        event_id: eventId,
        event_type: 'item_interaction',
        timestamp: Date.parse(time),
        session_id: 's1',
        visitor_id: 'v1',
        url: 'https://example.com/a',
        title: 'A',
        referrer: 'https://example.org/',
        viewport_width: 800.4,
        viewport_height: 600,
        data: { category: 'shop', action: 'add', label: 'Widget', value: 3 },
        properties: { plan: 'gold' },
      },
    ],
  ];

  it.each(shapes)('%s', (_, payload) => {
    const event = eventOf(payload);
    expect(event).toMatchObject({
      type: 'item_interaction',
      category: 'shop',
      action: 'add',
      claimedTime: Date.parse(time),
      values: {
        eventId,
        label: 'Widget',
        value: 3,
        sessionId: 's1',
        visitorId: 'v1',
        pageUrl: 'https://example.com/a',
        pageTitle: 'A',
        pageReferrer: 'https://example.org/',
        viewportWidth: 800,
        viewportHeight: 600,
      },
      customProperties: { plan: 'gold' },
    });
  });

  it('004’s pageview is a page view', () => {
    expect(eventOf({ event_type: 'pageview', path: '/a' })).toMatchObject({
      type: 'page_view',
      category: 'navigation',
      action: 'view',
      values: { pageUrl: '/a' },
      claimedTime: null,
    });
  });

  it('any other type is a custom event and welcome', () => {
    expect(eventOf({ event_type: 'spaceship launched 🚀' })).toMatchObject({
      type: 'spaceship launched 🚀',
      category: 'custom',
      action: 'track',
    });
  });
});

describe('what a type asks for', () => {
  it.each([
    ['a type', {}, 'missing_field', '/event_type'],
    ['a type that is not blank', { event_type: ' ' }, 'missing_field', '/event_type'],
    ['a page of a page view', { event_type: 'page_view' }, 'missing_field', '/page_url'],
    ['an item of an item interaction', { evt_type: 'item_interaction' }, 'missing_field', '/evt_label'],
    ['an action of a transaction step', { evt_type: 'transaction_step' }, 'missing_field', '/evt_action'],
    [
      'a known action',
      { evt_type: 'transaction_step', evt_action: 'toString' },
      'invalid_field',
      '/evt_action',
    ],
    ['the events of a batch', { event_type: 'batch' }, 'missing_field', '/events'],
    [
      'a time that is one',
      { event_type: 'x', timestamp: '2026-02-30T00:00:00Z' },
      'invalid_field',
      '/timestamp',
    ],
    [
      'a time that is one, wherever it stands',
      { event_type: 'x', data: { event_timestamp: 'now' } },
      'invalid_field',
      '/data/event_timestamp',
    ],
  ])('is %s', (_, payload, code, pointer) => {
    expect(canonicalise(payload).faults).toEqual([expect.objectContaining({ code, pointer })]);
  });

  it.each(['start', 'progress', 'complete', 'abandon'])('%s is an action of a transaction', (action) => {
    expect(eventOf({ event_type: 'transaction_step', evt_action: action }).action).toBe(action);
  });

  it.each([{ evt_label: 'Widget' }, { product_id: 7 }, { item_name: 'Widget' }, { items: [{ id: 'w' }] }])(
    'is met by an item interaction with %j',
    (item) => {
      expect(canonicalise({ event_type: 'item_interaction', ...item }).faults).toBeUndefined();
    },
  );
});

it('says nothing of the value in a fault', () => {
  const { faults } = canonicalise({ event_type: 'x', evt_value: 'secret-word', timestamp: 'secret-word' });
  expect(faults).toHaveLength(2);
  expect(JSON.stringify(faults)).not.toContain('secret-word');
});

it('reads the first thousand characters of a user agent', () => {
  const { values } = eventOf({ event_type: 'x', user_agent: 'M'.repeat(8_000) });
  expect(values.userAgent).toHaveLength(1_000);
});
