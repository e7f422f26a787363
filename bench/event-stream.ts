import { createHash } from 'node:crypto';
import { Random, Zipf } from '../cli/sample/random.ts';

/** The traffic that figures are measured with: shapes, sizes and habits of real sites, the same for the same seed. */
const EVENTS_PER_SESSION = 10;
const SESSIONS_PER_VISITOR = 3;
const PAGES = 500;
const ITEMS = 200;
const BOT_SHARE = 0.05;
const DUPLICATE_SHARE = 0.02;
const LATE_SHARE = 0.2;
const LATEST_MILLISECONDS = 60 * 60 * 1_000;

const BROWSERS: readonly [string, ...string[]] = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
];
const BOT = 'Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)';

export type BenchEvent = Readonly<Record<string, unknown>> & {
  readonly event_id: string;
  readonly timestamp: string;
};

/** A version 7 id of a given time, from the seeded source. */
function eventIdAt(time: number, random: Random): string {
  const tail = createHash('sha256').update(`${random.next()}:${random.next()}`).digest('hex');
  const head = time.toString(16).padStart(12, '0');
  return `${head.slice(0, 8)}-${head.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6, 18)}`;
}

/** A visitor on the site: one browser and one window through all sessions. */
interface Visit {
  readonly visitor: number;
  session: number;
  /** Events of the session so far. */
  events: number;
  readonly userAgent: string;
  readonly viewportWidth: number;
  readonly viewportHeight: number;
}

/**
 * Events of one tenant, one after another.
 * @param now clock of the events, in milliseconds since 1970.
 * @param openSessions how many sessions take turns; with one, a session's events follow each other.
 */
export function createEventStream(seed: number, now: () => number, openSessions = 1): () => BenchEvent {
  const random = new Random(seed);
  const pages = new Zipf(PAGES);
  const items = new Zipf(ITEMS);
  const recent: BenchEvent[] = [];
  const visits: Visit[] = [];
  let made = 0;
  let visitors = 0;

  const arrive = (): Visit => {
    const visitor = visitors;
    visitors += 1;
    return {
      visitor,
      session: visitor * SESSIONS_PER_VISITOR,
      events: 0,
      userAgent: random.chance(BOT_SHARE) ? BOT : random.pick(BROWSERS),
      viewportWidth: random.between(360, 1_900),
      viewportHeight: random.between(600, 1_000),
    };
  };

  /** The visit whose turn it is. Who has had all sessions makes room for another visitor. */
  const nextVisit = (): Visit => {
    const turn = made % openSessions;
    let visit = visits[turn];
    if (visit !== undefined && visit.events === EVENTS_PER_SESSION) {
      visit.session += 1;
      visit.events = 0;
      if (visit.session % SESSIONS_PER_VISITOR === 0) visit = undefined;
    }
    visit ??= arrive();
    visits[turn] = visit;
    visit.events += 1;
    return visit;
  };

  const describe = (page: number, { events }: Visit): Record<string, unknown> => {
    const kind = events - 1;
    if (kind === 0 || kind === 3 || kind === 6) return { event_type: 'page_view' };
    if (kind === 4) {
      const item = items.rank(random);
      return {
        event_type: 'item_interaction',
        evt_action: 'view',
        evt_label: `item-${item}`,
        event_data: {
          item_id: `sku-${item}`,
          item_name: `Item number ${item}`,
          item_type: 'product',
          price: 9.99 + item,
          currency: 'EUR',
        },
      };
    }
    if (kind === 9 && random.chance(0.3)) {
      return {
        event_type: 'transaction_step',
        evt_action: 'complete',
        evt_label: 'checkout',
        evt_value: random.between(500, 20_000),
      };
    }
    if (kind === 5)
      return { event_type: 'scroll_depth', scroll_depth: 75, time_on_page: random.between(5, 200) };
    return {
      event_type: 'click',
      click_x: random.between(0, 1_900),
      click_y: random.between(0, 900),
      evt_label: `button-${page % 40}`,
    };
  };

  return () => {
    if (recent.length > 0 && random.chance(DUPLICATE_SHARE)) {
      const repeated = recent[random.between(0, recent.length - 1)];
      if (repeated !== undefined) return repeated;
    }
    const visit = nextVisit();
    const { session, visitor } = visit;
    const page = pages.rank(random);
    const late = random.chance(LATE_SHARE) ? random.between(0, LATEST_MILLISECONDS) : 0;
    const time = now() - late;
    const event: BenchEvent = {
      event_id: eventIdAt(time, random),
      ...describe(page, visit),
      session_id: `sess_${seed}_${session}_${(session * 2_654_435_761) % 1_000_000_007}`,
      visitor_id: `visitor_${seed}_${visitor}_${(visitor * 40_503) % 1_000_000_007}`,
      timestamp: new Date(time).toISOString(),
      page_url: `https://shop.example.com/catalogue/section-${page % 20}/page-${page}?utm_source=newsletter&utm_campaign=autumn`,
      page_title: `Page number ${page} of the catalogue`,
      page_referrer: random.chance(0.5) ? 'https://www.google.com/' : 'https://shop.example.com/',
      user_agent: visit.userAgent,
      screen_width: 1920,
      screen_height: 1080,
      viewport_width: visit.viewportWidth,
      viewport_height: visit.viewportHeight,
      timezone: 'Europe/Berlin',
      browser_language: 'de-DE',
      properties: {
        list: 'search results',
        position: random.between(1, 40),
        variant: `v${random.between(1, 9)}`,
        signed_in: random.chance(0.3),
      },
    };
    made += 1;
    if (recent.length < 200) recent.push(event);
    else recent[made % 200] = event;
    return event;
  };
}
