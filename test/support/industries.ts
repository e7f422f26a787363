import type { State } from './recompute-sessions.ts';

export interface Agent {
  readonly userAgent: string;
  readonly device: State;
  readonly botReason: string | null;
}
const agent = (
  userAgent: string,
  [type, browser, version, system]: readonly (string | null)[],
  botReason: string | null = null,
): Agent => ({
  userAgent,
  device: { device_type: type, browser_name: browser, browser_version: version, operating_system: system },
  botReason,
});
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version';
/** The agents of people, each with what the vault has to read from it. */
export const people: readonly [Agent, ...Agent[]] = [
  agent(
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    ['desktop', 'Chrome', '141.0.0.0', 'Windows 10'],
  ),
  agent(`Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${WEBKIT}/17.5 Mobile/15E148 Safari/604.1`, [
    'mobile',
    'Mobile Safari',
    '17.5',
    'iOS 17.5',
  ]),
  agent('Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', [
    'desktop',
    'Firefox',
    '132.0',
    'Linux',
  ]),
  agent(`Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) ${WEBKIT}/17.7 Mobile/15E148 Safari/604.1`, [
    'tablet',
    'Mobile Safari',
    '17.7',
    'iOS 17.7',
  ]),
];
export const crawler = agent(
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  ['bot', null, null, null],
  'user_agent:Google',
);

export interface Path {
  readonly path: string;
  readonly title: string;
  /** Category and type. */
  readonly kind: readonly [string, string];
}
export interface Industry {
  readonly host: string;
  readonly paths: readonly [Path, ...Path[]];
  readonly itemType: string;
  readonly items: number;
  readonly custom: string;
}
const at = (path: string, title: string, ...kind: [string, string]): Path => ({ path, title, kind });
const many = (path: string, title: string, count: number, ...kind: [string, string]): Path[] =>
  Array.from({ length: count }, (_, n) => at(`${path}${n}`, `${title} ${n}`, ...kind));

export const industries: readonly [Industry, ...Industry[]] = [
  {
    host: 'shop.example',
    paths: [
      at('/', 'Shop', 'home', 'landing'),
      at('/products', 'All products', 'products', 'category'),
      ...many('/products/tent-', 'Tent', 12, 'products', 'detail'),
      at('/cart', 'Cart', 'transactions', 'checkout'),
    ],
    itemType: 'product',
    items: 12,
    custom: 'wishlist_add',
  },
  {
    host: 'app.example',
    paths: [
      at('/', 'App', 'home', 'landing'),
      at('/pricing', 'Pricing', 'features', 'content'),
      at('/signup', 'Sign up', 'transactions', 'checkout'),
      ...many('/docs/', 'Manual', 8, 'other', 'content'),
    ],
    itemType: 'plan',
    items: 4,
    custom: 'trial_started',
  },
  {
    host: 'news.example',
    paths: [
      at('/articles', 'News', 'articles', 'category'),
      ...many('/articles/', 'Article', 20, 'articles', 'detail'),
    ],
    itemType: 'article',
    items: 20,
    custom: 'newsletter_signup',
  },
  {
    host: 'stay.example',
    paths: [
      at('/', 'Rooms', 'home', 'landing'),
      at('/book', 'Book', 'services', 'category'),
      ...many('/services/room-', 'Room', 6, 'services', 'detail'),
      at('/contact', 'Contact', 'contact', 'content'),
    ],
    itemType: 'room',
    items: 6,
    custom: 'calendar_opened',
  },
];

export const campaigns = [
  null,
  null,
  null,
  { source: 'google', medium: 'cpc', campaign: 'autumn' },
  { source: 'newsletter', medium: 'email', campaign: 'week 45' },
] as const;

export type Campaign = (typeof campaigns)[number];
