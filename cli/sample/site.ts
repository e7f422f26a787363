import type { Random } from './random.ts';

/** The made-up site the sample log is of. */
export const SITE = 'https://shop.example';

const ARTICLES: readonly string[] = [
  'choosing-a-tent',
  'winter-layers',
  'first-solo-hike',
  'repair-a-zip',
  'stoves-compared',
  'night-sky-spots',
  'packing-list',
  'boots-that-last',
];
const KINDS = ['tents', 'boots', 'jackets', 'stoves', 'packs', 'lamps'];
const ITEMS_OF_A_KIND = 25;

/** Pages from the most to the least visited. */
export const PAGES: readonly string[] = [
  '/',
  '/products',
  ...KINDS.slice(0, 3).map((kind) => `/products/${kind}`),
  ...ARTICLES.slice(0, 4).map((slug) => `/journal/${slug}`),
  '/about.html',
  '/delivery',
  ...KINDS.slice(3).map((kind) => `/products/${kind}`),
  '/journal/',
  '/docs/size-guide.pdf',
  ...ARTICLES.slice(4).map((slug) => `/journal/${slug}`),
  ...KINDS.flatMap((kind) =>
    Array.from({ length: ITEMS_OF_A_KIND }, (_, n) => `/products/${kind}/${kind}-${n + 1}`),
  ),
];

/** Files every page loads. */
export const PAGE_ASSETS: readonly string[] = [
  '/assets/site.4f2a.css',
  '/assets/site.9c1d.js',
  '/assets/logo.svg',
];

/** A picture of one page. */
export function picture(random: Random): string {
  return `/media/${random.pick(['large', 'small', 'thumb'])}/${random.between(1, 400)}.${random.pick(['webp', 'jpg', 'avif'])}`;
}

/** Where a visit comes from: what the browser sends as referrer and what stands after the `?` of the first page. */
export interface Arrival {
  readonly referrer: string;
  readonly query: string;
}

const DIRECT: Arrival = { referrer: '-', query: '' };
const SEARCH: Arrival = { referrer: 'https://www.google.com/', query: '' };

/** Arrivals; those that stand more often come more often. */
export const ARRIVALS: readonly [Arrival, ...Arrival[]] = [
  DIRECT,
  ...Array.from({ length: 7 }, () => DIRECT),
  ...Array.from({ length: 6 }, () => SEARCH),
  { referrer: 'https://www.google.com/', query: 'gclid=TeSter-123_abc' },
  { referrer: 'https://www.bing.com/', query: '' },
  { referrer: 'https://duckduckgo.com/', query: '' },
  { referrer: 'https://t.co/', query: 'utm_source=x&utm_medium=social&utm_campaign=spring' },
  { referrer: 'https://www.facebook.com/', query: 'fbclid=IwAR0test' },
  { referrer: 'https://www.reddit.com/', query: '' },
  { referrer: 'https://news.ycombinator.com/', query: '' },
  { referrer: 'https://chatgpt.com/', query: 'utm_source=chatgpt.com' },
  { referrer: 'https://www.perplexity.ai/', query: '' },
  { referrer: 'https://claude.ai/', query: '' },
  {
    referrer: 'android-app://com.google.android.gm/',
    query: 'utm_source=newsletter&utm_medium=email&utm_campaign=may',
  },
  {
    referrer: '-',
    query: 'utm_source=newsletter&utm_medium=email&utm_campaign=may&utm_content=gr%C3%BC%C3%9Fe',
  },
  { referrer: 'https://partner.example/outdoor', query: 'utm_source=partner&utm_medium=referral' },
];

/** Browsers of people. */
export const BROWSERS: readonly [string, ...string[]] = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:135.0) Gecko/20100101 Firefox/135.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36 Edg/133.0.0.0',
  'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
];

/** Agents of machines that fetch pages. */
export const CRAWLERS: readonly [string, ...string[]] = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
  'Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
];

/** What scanners ask for. */
export const PROBES: readonly [string, ...string[]] = [
  '/wp-login.php',
  '/.env',
  '/.git/config',
  '/phpmyadmin/index.php',
  '/cgi-bin/luci/;stok=/locale',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
];

/** Requests that are no HTTP, as a server logs them. */
export const GARBAGE_REQUESTS: readonly [string, ...string[]] = [
  String.raw`\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`,
  '-',
  'SSH-2.0-Go',
];
