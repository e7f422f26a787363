import type pg from 'pg';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { createTenant, silent } from '../support/pipeline.ts';

export type Tenant = Awaited<ReturnType<typeof createTenant>>;

export const idOf = (id: number): string => `0190a0b0-c0d0-7000-8000-${String(id).padStart(12, '0')}`;

/** A minute of the day that the fixture's events are about. */
export const at = (minute: number, second = 0): string =>
  new Date(Date.UTC(2026, 2, 2, 8, minute, second)).toISOString();

const page = (path: string, title: string) => ({
  page_url: `https://shop.example${path}`,
  page_title: title,
});

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1';

/** What a shop's visitors do on one morning: named and derived sessions, items, transactions, a bot, a server's own event. */
const morning = [
  {
    event_id: idOf(1),
    event_type: 'page_view',
    timestamp: at(0),
    session_id: 's-1',
    visitor_id: 'ann',
    ...page('/?utm_source=news&utm_medium=email&utm_campaign=march', 'Home'),
    page_referrer: 'https://search.example/?q=shoes',
    device_type: 'desktop',
    device_pixel_ratio: 2,
    viewport_width: 1200,
    viewport_height: 800,
  },
  {
    event_id: idOf(2),
    event_type: 'scroll',
    timestamp: at(0, 20),
    session_id: 's-1',
    visitor_id: 'ann',
    ...page('/', 'Home'),
    scroll_depth: 60,
  },
  {
    event_id: idOf(3),
    event_type: 'item_interaction',
    timestamp: at(3),
    session_id: 's-1',
    visitor_id: 'ann',
    ...page('/products/boots', 'Boots'),
    evt_label: 'boots',
    evt_value: 3,
    items: [
      { id: 'boots', name: 'Boots', type: 'shoe', price: 79.9, currency: 'EUR' },
      { id: 'laces', name: 'Laces', type: 'extra', price: 4 },
    ],
  },
  {
    event_id: idOf(4),
    event_type: 'page_view',
    timestamp: at(4),
    session_id: 's-1',
    visitor_id: 'ann',
    ...page('/cart', 'Cart'),
    time_on_page: 40,
  },
  ...['start', 'progress', 'complete'].map((action, step) => ({
    event_id: idOf(5 + step),
    event_type: 'transaction_step',
    evt_action: action,
    evt_value: action === 'complete' ? 8_390 : undefined,
    timestamp: at(5 + step),
    session_id: 's-1',
    visitor_id: 'ann',
    ...page('/cart', 'Cart'),
    items: [{ id: 'boots', name: 'Boots', type: 'shoe', price: 79.9, currency: 'EUR' }],
  })),
  // One page, seconds only: a bounce.
  {
    event_id: idOf(10),
    event_type: 'page_view',
    timestamp: at(10),
    session_id: 's-2',
    visitor_id: 'bob',
    ...page('/products/boots', 'Boots'),
    user_agent: phone,
  },
  // No session of the client's: two visits with more than half an hour between, one across a half hour's end.
  {
    event_id: idOf(20),
    event_type: 'page_view',
    timestamp: at(25),
    visitor_id: 'cleo',
    ...page('/articles/care', 'Care'),
  },
  {
    event_id: idOf(21),
    event_type: 'click',
    timestamp: at(35),
    visitor_id: 'cleo',
    ...page('/articles/care', 'Care'),
    click_x: 4,
    click_y: 9,
  },
  {
    event_id: idOf(22),
    event_type: 'page_view',
    timestamp: at(92),
    visitor_id: 'cleo',
    ...page('/', 'Home'),
  },
  {
    event_id: idOf(23),
    event_type: 'contact_interaction',
    timestamp: at(93),
    visitor_id: 'cleo',
    ...page('/contact', 'Contact'),
    evt_action: 'call',
    evt_value: 1,
  },
  // A server without a page, a page that nobody can read, a bot, and a session with stages of the sender's own only.
  {
    event_id: idOf(30),
    event_type: 'subscription_renewed',
    timestamp: at(40),
    session_id: 's-3',
    visitor_id: 'dora',
    evt_value: 500,
    plan: 'pro',
  },
  {
    event_id: idOf(31),
    event_type: 'page_view',
    timestamp: at(41),
    session_id: 's-3',
    visitor_id: 'dora',
    page_url: 'http://[nowhere',
  },
  {
    event_id: idOf(32),
    event_type: 'page_view',
    timestamp: at(42),
    visitor_id: 'robot',
    ...page('/', 'Home'),
    user_agent: 'Googlebot/2.1 (+http://www.google.com/bot.html)',
  },
  {
    event_id: idOf(33),
    event_type: 'demo_booked',
    timestamp: at(43),
    session_id: 's-5',
    visitor_id: 'dora',
    ...page('/services', 'Services'),
    conversion_funnel_stage: 'trial',
  },
  {
    event_id: idOf(34),
    event_type: 'demo_held',
    timestamp: at(44),
    session_id: 's-5',
    visitor_id: 'dora',
    ...page('/services', 'Services'),
    conversion_funnel_stage: 'adoption',
  },
];

/** Later arrivals: repeats, a contested id, late events that open and join sessions, other titles, devices and prices. */
const noon = [
  ...morning.slice(0, 4),
  {
    event_id: idOf(40),
    event_type: 'page_view',
    timestamp: at(64),
    visitor_id: 'cleo',
    ...page('/articles/care', 'Care, again'),
  },
  {
    event_id: idOf(41),
    event_type: 'page_view',
    timestamp: at(6, 30),
    session_id: 's-1',
    visitor_id: 'ann',
    ...page('/products/boots', 'Winter boots'),
    device_type: 'tablet',
  },
  {
    event_id: idOf(42),
    event_type: 'item_interaction',
    timestamp: at(12),
    session_id: 's-2',
    visitor_id: 'bob',
    ...page('/products/boots', 'Boots'),
    items: [{ id: 'boots', name: 'Boots', type: 'shoe', price: 69.9, currency: 'EUR', colour: 'brown' }],
  },
];

/** What changes no figure of its page or item: a scroll, and a step of a transaction that is not its last. */
const afternoon = [
  {
    event_id: idOf(50),
    event_type: 'scroll',
    timestamp: at(12, 30),
    session_id: 's-2',
    visitor_id: 'bob',
    ...page('/', 'Home'),
    scroll_depth: 10,
  },
  {
    event_id: idOf(51),
    event_type: 'transaction_step',
    evt_action: 'start',
    timestamp: at(13),
    session_id: 's-2',
    visitor_id: 'bob',
    ...page('/products/boots', 'Boots'),
    items: [{ id: 'laces', name: 'Laces', type: 'extra', price: 4 }],
  },
  {
    event_id: idOf(52),
    event_type: 'click',
    timestamp: at(4, 30),
    session_id: 's-1',
    visitor_id: 'ann',
    device_pixel_ratio: 1.5,
  },
];

/** Sessions that stay open. */
const evening = [
  {
    event_id: idOf(60),
    event_type: 'page_view',
    timestamp: at(300),
    session_id: 's-4',
    visitor_id: 'ann',
    ...page('/', 'Home'),
  },
  {
    event_id: idOf(61),
    event_type: 'page_view',
    timestamp: at(301),
    visitor_id: 'cleo',
    ...page('/products', 'Products'),
  },
  {
    event_id: idOf(62),
    event_type: 'page_view',
    timestamp: at(14),
    session_id: 's-2',
    visitor_id: 'bob',
    ...page('/cart', 'Cart'),
  },
];

const hours = (count: number): Date => new Date(Date.now() + count * 3_600_000);

/**
 * Fills a database through the pipeline: two tenants that send the same ids, in batches with snapshots between them. Some
 * sessions end up closed, some opened again, some open; one request is still on its way.
 */
export async function fillVault(pool: pg.Pool): Promise<readonly Tenant[]> {
  const tenants = [await createTenant(pool, 'acme'), await createTenant(pool, 'globex')];
  const everywhere = async (events: readonly object[]) => {
    for (const tenant of tenants) await tenant.track(events);
  };
  await everywhere([...morning, ...morning.slice(5, 9)]);
  await takeSnapshots(pool, silent, hours(1));
  await everywhere(noon);
  await everywhere([{ ...morning[0], page_title: 'Not the first' }]);
  await takeSnapshots(pool, silent, hours(30));
  await everywhere(afternoon);
  await takeSnapshots(pool, silent, hours(60));
  await everywhere(evening);
  for (const tenant of tenants) await tenant.land({ ...evening[0], event_id: idOf(99) });
  return tenants;
}
