import type pg from 'pg';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { type createTenant, silent } from '../support/pipeline.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;

/** An instant of an earlier day in UTC, which the sample queries' `NOW() - INTERVAL` reaches or does not. */
export const ago = (days: number, time: string): string =>
  new Date(today - days * DAY + Date.parse(`1970-01-01T${time}Z`)).toISOString();
export const dayAgo = (days: number): string => ago(days, '00:00:00').slice(0, 10);

export const page = (path: string): string => `https://shop.example${path}`;
export const view = (at: string, path: string, more: object = {}) => ({
  event_type: 'page_view',
  timestamp: at,
  page_url: page(path),
  ...more,
});

const ann = {
  session_id: 's-1',
  visitor_id: 'ann',
  device_type: 'desktop',
  screen_width: 1920,
  screen_height: 1080,
  viewport_size: '1200x800',
  device_pixel_ratio: 1.25,
  browser_language: 'de-DE',
  timezone: 'Europe/Berlin',
};
const CAMPAIGN = 'utm_source=news&utm_medium=email&utm_campaign=spring';

/**
 * A small shop, from whose visits the tests' numbers are worked out by hand:
 *
 * | session        | visitor | when        | what                                                                 | seconds |
 * | s-1            | ann     | 3 days ago  | products, click, contact 60 s later, form 120 s after that; Google    | 180     |
 * | s-2            | bob     | 3 days ago  | products, nothing else: a bounce; campaign spring                    | 0       |
 * | named by nobody| cat     | 2 days ago  | products, 30 s later (in the next half hour) about, 45 s engaged     | 75      |
 * | s-4            | ann     | 10 days ago | contact, form 30 s later; campaign spring                            | 30      |
 * | s-5            | dan     | 40 days ago | products                                                             | 0       |
 * | s-6            | a bot   | 3 days ago  | products                                                             |         |
 */
export async function visitShop(tenant: Tenant): Promise<void> {
  await tenant.track([
    view(ago(3, '10:00:00'), '/products.html', {
      ...ann,
      page_title: 'Products',
      page_referrer: 'https://www.google.com/',
    }),
    {
      ...ann,
      event_type: 'click',
      timestamp: ago(3, '10:00:20'),
      page_url: page('/products.html'),
      event_data: { element_tag: 'a', element_classes: ['btn', 'big'], element_id: 'buy', click_x: 12.4 },
    },
    view(ago(3, '10:01:00'), '/contact.html?from=nav&x=1#form', {
      ...ann,
      page_title: 'Contact',
      page_referrer: 'https://www.shop.example/products.html',
    }),
    {
      ...ann,
      event_type: 'form_submit',
      timestamp: ago(3, '10:03:00'),
      page_url: page('/contact.html'),
      event_data: {
        form_id: 'contact',
        form_method: 'post',
        form_action: '/send',
        form_data: { name: 'A', text: 'B' },
      },
    },
    view(ago(3, '11:00:00'), `/products.html?${CAMPAIGN}`, { session_id: 's-2', visitor_id: 'bob' }),
    view(ago(2, '10:59:50'), '/products.html', { visitor_id: 'cat' }),
    view(ago(2, '11:00:20'), '/about.html', { visitor_id: 'cat', time_on_page: 45 }),
    view(ago(10, '09:00:00'), `/contact.html?${CAMPAIGN}`, { session_id: 's-4', visitor_id: 'ann' }),
    {
      event_type: 'form_submit',
      timestamp: ago(10, '09:00:30'),
      page_url: page('/contact.html'),
      session_id: 's-4',
      visitor_id: 'ann',
      form_id: 'contact',
      field_count: 7,
    },
    view(ago(40, '09:00:00'), '/products.html', {
      session_id: 's-5',
      visitor_id: 'dan',
      utm_source: 'old',
    }),
  ]);
  await tenant.track(
    [view(ago(3, '12:00:00'), '/products.html', { session_id: 's-6', visitor_id: 'crawler' })],
    { kind: 'public', userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' },
  );
}

/** What the same visitors under the same ids do in another tenant's shop: every number of the first would be another with it. */
export async function visitOtherShop(tenant: Tenant): Promise<void> {
  await tenant.track([
    view(ago(3, '10:00:10'), '/products.html', {
      session_id: 's-1',
      visitor_id: 'ann',
      utm_source: 'news',
      utm_medium: 'email',
      utm_campaign: 'spring',
    }),
    view(ago(3, '10:07:00'), '/contact.html', { session_id: 's-2', visitor_id: 'bob' }),
    {
      event_type: 'form_submit',
      timestamp: ago(3, '10:08:00'),
      session_id: 's-2',
      visitor_id: 'bob',
    },
    view(ago(2, '11:00:30'), '/about.html', { visitor_id: 'cat' }),
  ]);
}

export const closeSessions = (pool: pg.Pool): Promise<void> => takeSnapshots(pool, silent, new Date());

/** Rows with their numbers as numbers, whatever their width in Postgres. */
export const plain = (rows: readonly Record<string, unknown>[]): Record<string, unknown>[] =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value,
      ]),
    ),
  );

/** Runs a statement as the analytics schema's own users do. */
export async function inAnalytics(pool: pg.Pool, statement: string, tenantId = ''): Promise<pg.QueryResult> {
  const client = await pool.connect();
  try {
    await client.query('SET search_path = analytics');
    await client.query("SET timezone = 'UTC'");
    await client.query("SELECT set_config('app.default_tenant_id', $1, false)", [tenantId]);
    return await client.query(statement);
  } finally {
    // The settings end with the connection.
    client.release(true);
  }
}
