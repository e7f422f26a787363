import { Random } from '../../cli/sample/random.ts';
import {
  type Agent,
  type Campaign,
  campaigns,
  crawler,
  type Industry,
  industries,
  type Path,
  people,
} from './industries.ts';
import type { EventMeaning, State } from './recompute-sessions.ts';
import { VisitorActions } from './visitor-actions.ts';

/** What an event means before it has arrived: what only the arrival decides is null. */
interface Draft extends Omit<EventMeaning, 'at' | 'visitorId' | 'visitor'> {
  readonly at: number | null;
  readonly visitorId: string | null;
  readonly visitor: State;
}

/** One request to land. */
export interface Sending {
  readonly tenantId: string;
  readonly kind: 'secret' | 'public';
  readonly address: string;
  readonly userAgent: string;
  readonly body: readonly object[];
}

export interface Traffic {
  /** In the order in which they arrive. */
  readonly sendings: readonly Sending[];
  /** What each event means, by tenant and id. */
  readonly drafts: ReadonlyMap<string, Draft>;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Days of traffic; the last ends at most a day before now. */
const DAYS = 5;

interface Visit {
  readonly tenantId: string;
  readonly industry: Industry;
  readonly agent: Agent;
  readonly address: string;
  readonly fromBrowser: boolean;
  readonly sessionId: string | null;
  readonly visitorId: string | null;
  readonly device: State;
}

interface Made {
  readonly visit: Visit;
  readonly payload: object;
  readonly arrival: number;
}

/**
 * Traffic of a shop, a product, a magazine and a hotel, the same for the same seed and day: client sessions and derived ones,
 * visitors with and without an id, servers without pages, bots, transactions, duplicates, conflicts, late and shuffled
 * arrival. Tenants repeat each other's ids, so that nothing but the tenant tells their events apart.
 */
export function mixedTraffic(
  events: number,
  seed: number,
  tenants: readonly string[],
  now: Date,
  eventsOfRequest = 1_000,
): Traffic {
  const maker = new TrafficMaker(seed, Math.floor(now.getTime() / DAY) * DAY - (DAYS + 1) * DAY);
  for (const tenantId of tenants) maker.makeTenant(tenantId, Math.ceil(events / tenants.length));
  return { sendings: maker.sendings(eventsOfRequest), drafts: maker.drafts };
}

class TrafficMaker {
  readonly drafts = new Map<string, Draft>();
  readonly #random: Random;
  readonly #actions: VisitorActions;
  readonly #begin: number;
  readonly #made: Made[] = [];
  #ids = 0;

  constructor(seed: number, begin: number) {
    this.#random = new Random(seed);
    this.#actions = new VisitorActions(this.#random);
    this.#begin = begin;
  }

  makeTenant(tenantId: string, events: number): void {
    const before = this.drafts.size;
    this.#ids = 0;
    for (let n = 0; this.drafts.size - before < events; n += 1) this.#makeVisit(tenantId, n, events);
  }

  /** Servers send full requests, browsers what one visit did. */
  sendings(eventsOfRequest: number): Sending[] {
    const ordered = this.#made.toSorted((a, b) => a.arrival - b.arrival);
    const groups = Map.groupBy(ordered, ({ visit: { tenantId, fromBrowser, address } }) =>
      JSON.stringify([tenantId, fromBrowser ? address : null]),
    );
    return [...groups.values()]
      .flatMap((group) => chunks(group, eventsOfRequest))
      .sort((a, b) => (a[0]?.arrival ?? 0) - (b[0]?.arrival ?? 0))
      .flatMap((group): Sending[] => {
        const [first] = group;
        if (first === undefined) return [];
        const { tenantId, fromBrowser, address, agent: sender } = first.visit;
        const body = group.map(({ payload }) => payload);
        return [
          { tenantId, kind: fromBrowser ? 'public' : 'secret', address, userAgent: sender.userAgent, body },
        ];
      });
  }

  #makeVisit(tenantId: string, n: number, events: number): void {
    const random = this.#random;
    const visitors = Math.max(3, Math.floor(events / 30));
    const visitor = random.between(1, visitors);
    const isBot = random.chance(0.04);
    const fromBrowser = random.chance(0.03);
    const named = random.chance(0.5);
    const visit: Visit = {
      tenantId,
      industry: random.pick(industries),
      agent: isBot
        ? crawler
        : (people[(visitor + (random.chance(0.2) ? 1 : 0)) % people.length] ?? people[0]),
      address: fromBrowser
        ? `2001:db8:0:${(n % 65_000).toString(16)}::1`
        : `198.18.${visitor % 250}.${1 + (visitor % 200)}`,
      fromBrowser,
      sessionId: named ? `s-${n}` : null,
      visitorId: random.chance(0.8) ? `v-${visitor}` : null,
      device: {
        screen_resolution: '1920x1080',
        viewport_size: random.chance(0.5) ? '1280x720' : null,
        device_pixel_ratio: visitor % 2 === 0 ? 1.5 : null,
        timezone: 'Europe/Vienna',
        language: visitor % 3 === 0 ? 'de-AT' : 'en',
        do_not_track: visitor % 7 === 0 ? true : null,
      },
    };
    let time = this.#begin + random.between(0, DAYS * DAY - 1);
    const campaign = campaigns[random.between(0, campaigns.length - 1)] ?? null;
    const steps = isBot ? random.between(1, 40) : random.between(1, 14);
    let page = random.pick(visit.industry.paths);
    for (let step = 0; step < steps; step += 1) {
      if (step === 0 || random.chance(0.4)) page = random.pick(visit.industry.paths);
      this.#makeEvent(visit, page, time, step, campaign);
      time += this.#pause(isBot);
    }
  }

  /** Mostly seconds, sometimes nothing at all, sometimes around the half hour that ends a session, or exactly it. */
  #pause(isBot: boolean): number {
    const random = this.#random;
    if (isBot) return random.pick([0, 0, 250, 1_000]);
    if (random.chance(0.02)) return 30 * MINUTE;
    if (random.chance(0.02)) return 30 * MINUTE - 1;
    if (random.chance(0.06)) return random.between(20, 45) * MINUTE;
    if (random.chance(0.03)) return 0;
    return random.between(400, 150_000);
  }

  #makeEvent(visit: Visit, page: Path, time: number, step: number, campaign: Campaign): void {
    const random = this.#random;
    this.#ids += 1;
    const eventId = `0193${this.#ids.toString(16).padStart(4, '0').slice(-4)}-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
    const did = this.#actions.choose(visit.industry, visit.agent === crawler, step);
    const place = did.withoutPage
      ? null
      : this.#place(visit.industry, page, time, step === 0 ? campaign : null, did.type);
    const referrer = step === 0 && random.chance(0.5) ? 'https://www.google.com/' : null;
    const hasTime = did.type === 'page_view' || random.chance(0.998);
    const payload = {
      ...spell(random.between(0, 2), {
        event_id: eventId,
        time: hasTime ? new Date(time).toISOString() : undefined,
        ...did.fields,
        event_type: did.type,
        ...place?.fields,
        referrer,
      }),
      ...(visit.sessionId !== null && { session_id: visit.sessionId }),
      ...(visit.visitorId !== null && { visitor_id: visit.visitorId }),
      ...(!visit.fromBrowser && { client_ip: visit.address, user_agent: visit.agent.userAgent }),
      screen_width: 1920,
      screen_height: 1080,
      ...Object.fromEntries(
        Object.entries(visit.device).filter(
          ([name, value]) => value !== null && name !== 'screen_resolution',
        ),
      ),
    };
    this.drafts.set(JSON.stringify([visit.tenantId, eventId]), {
      ...did.meaning,
      tenantId: visit.tenantId,
      eventId,
      at: hasTime ? time : null,
      sessionId: visit.sessionId,
      visitorId: visit.visitorId,
      type: did.type,
      botReason: visit.agent.botReason,
      pageUrl: place?.url ?? null,
      page: place?.page ?? null,
      referrer,
      utm: (place === null || step > 0 ? null : campaign) ?? { source: null, medium: null, campaign: null },
      visitor: { user_agent: visit.agent.userAgent, ...visit.agent.device, ...visit.device },
    });
    const arrival =
      time + random.between(0, 2 * MINUTE) + (random.chance(0.03) ? random.between(1, 30) * 60 * MINUTE : 0);
    this.#made.push({ visit, payload, arrival });
    if (random.chance(0.02))
      this.#made.push({ visit, payload, arrival: arrival + random.between(1, 60) * MINUTE });
    if (random.chance(0.002))
      this.#made.push({ visit, payload: { ...payload, forged: true }, arrival: arrival + 31 * 60 * MINUTE });
  }

  #place(industry: Industry, { path, title, kind }: Path, time: number, campaign: Campaign, type: string) {
    const random = this.#random;
    const sale = Math.floor((time - this.#begin) / DAY) % 2 === 1;
    const shown = type === 'form_submit' ? null : `${title}${sale ? ' (sale)' : ''}`;
    const onKiosk = industry.host === 'stay.example' && path === '/book' && random.chance(0.2);
    const loud = random.chance(0.05);
    const key = onKiosk ? path : `https://${industry.host}${path}`;
    const spelled = onKiosk
      ? path
      : `${loud ? 'HTTPS://' : 'https://'}${loud ? industry.host.toUpperCase() : industry.host}${path}`;
    const query =
      campaign === null
        ? random.chance(0.1)
          ? `?page=${random.between(1, 9)}#top`
          : ''
        : `?${new URLSearchParams({ utm_source: campaign.source, utm_medium: campaign.medium, utm_campaign: campaign.campaign })}`;
    const url = spelled + query;
    const [category, pageType] = kind;
    return {
      url,
      fields: { url, ...(shown !== null && { title: shown }) },
      page: {
        key,
        state: {
          page_title: shown,
          page_path: path,
          page_hostname: onKiosk ? null : industry.host,
          page_category: category,
          page_type: pageType,
        },
      },
    };
  }
}

const spellings = [
  {
    event_type: 'evt_type',
    time: 'event_timestamp',
    url: 'page_url',
    title: 'page_title',
    referrer: 'page_referrer',
    inData: false,
  },
  {
    event_type: 'event_type',
    time: 'timestamp',
    url: 'page_url',
    title: 'page_title',
    referrer: 'page_referrer',
    inData: true,
  },
  {
    event_type: 'event_type',
    time: 'timestamp',
    url: 'url',
    title: 'title',
    referrer: 'referrer',
    inData: false,
  },
] as const;

/** The event in one of the three accepted shapes; the second keeps what is special of a type in `event_data`. */
function spell(shape: number, fields: Readonly<Record<string, unknown>>): object {
  const { inData, ...names } = spellings[shape] ?? spellings[0];
  const { event_id, event_type, time, url, title, referrer, ...special } = fields;
  const named = { event_type, time, url, title, referrer };
  const general = Object.entries(names).map(([field, name]) => [name, Reflect.get(named, field)]);
  const type = shape === 2 && event_type === 'page_view' ? { event_type: 'pageview' } : {};
  return {
    event_id,
    ...Object.fromEntries(general.filter(([, value]) => value != null)),
    ...type,
    ...(inData ? { event_data: special } : special),
  };
}

const chunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
