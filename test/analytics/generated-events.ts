import { Random } from '../../cli/sample/random.ts';
import { RECORD_SOURCE } from '../../lambdas/pipeline/land-request.ts';
import { eventKey } from '../../lambdas/vault/hash-key.ts';
import type { Described, Observed } from '../support/recompute-sessions.ts';
import { beginOfVisit, midnights } from './moments.ts';
import { bot, type Device, desk, devices, direct, type Origin, origins, places } from './visits.ts';

/** What one event means to analytics, written down by whoever made it: nothing here was read by the pipeline. */
export interface GeneratedEvent extends Observed {
  readonly siteId: string;
  readonly path: string | null;
  readonly channel: string;
  readonly source: string | null;
  readonly campaign: string | null;
  readonly country: string | null;
  readonly label: string | null;
  readonly device: Device;
  readonly payload: object;
}

const sites = ['main', 'blog'] as const;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const SHOP = 'https://shop.example';
/** What page views say of their page when a tag is broken. */
const UNREADABLE = 'http://[';

/**
 * Events of a tenant about the nights on which clocks change, the same for the same seed: sessions that clients name and
 * sessions that only silence ends, on two sites and across them, with bots, items, transactions and campaigns. In the order
 * in which they have to arrive. Tenants repeat each other's ids and addresses.
 */
export function generateEvents(tenantId: string, seed: number, visits: number): readonly GeneratedEvent[] {
  const maker = new EventMaker(tenantId, new Random(seed), beginOfVisit);
  for (let n = 0; n < visits; n += 1) maker.makeVisit(n);
  maker.makeEdges();
  maker.makeOwn();
  maker.makeUnreadable();
  maker.renameItem();
  return maker.events;
}

/** Events of the last hour, and of minutes to come: some clocks are fast. */
export function generateLiveEvents(
  tenantId: string,
  seed: number,
  visits: number,
  now: Date,
): readonly GeneratedEvent[] {
  const hourAgo = now.getTime() - HOUR;
  const maker = new EventMaker(tenantId, new Random(seed), (random) => hourAgo + random.between(0, HOUR));
  for (let n = 0; n < visits; n += 1) maker.makeVisit(n);
  return maker.events;
}

interface Visit {
  readonly sessionId: string | null;
  readonly visitorId: string;
  readonly siteId: string;
  readonly country: string | null;
  readonly device: Device;
}
type Deed = Pick<GeneratedEvent, 'type' | 'action' | 'value' | 'timeOnPage' | 'label' | 'items'>;

class EventMaker {
  readonly events: GeneratedEvent[] = [];
  readonly #tenantId: string;
  readonly #random: Random;
  readonly #begin: (random: Random) => number;

  constructor(tenantId: string, random: Random, begin: (random: Random) => number) {
    this.#tenantId = tenantId;
    this.#random = random;
    this.#begin = begin;
  }

  makeVisit(n: number): void {
    const random = this.#random;
    let at = this.#begin(random);
    const visitor = random.between(1, 40);
    // Regular visitors, and those who were never there before the season.
    const season = `${new Date(at).getUTCFullYear()}-${new Date(at).getUTCMonth() < 6 ? 'spring' : 'autumn'}`;
    const visit = {
      sessionId: random.chance(0.6) ? `s-${n}` : null,
      visitorId: random.chance(0.5) ? `v-${visitor}` : `${season}-${visitor}`,
      siteId: random.chance(0.7) ? 'main' : 'blog',
      country: visitor % 4 === 0 ? null : random.pick(['DE', 'DE', 'US', 'AU']),
      device: random.chance(0.08) ? bot : random.pick(devices),
    };
    const origin = random.pick(origins);
    const steps = random.chance(0.25) ? 1 : random.between(1, 12);
    let path: string = random.pick(places);
    for (let step = 0; step < steps; step += 1) {
      if (random.chance(0.4)) path = random.pick(places);
      const self = random.chance(0.05) ? this.#another(visit) : visit;
      this.#makeEvent(self, at, path, step === 0 ? origin : direct, this.#deed(step));
      at += this.#pause();
    }
  }

  /** Who goes on with the session on the other site, with another device, or under the name of an account. */
  #another(visit: Visit): Visit {
    const random = this.#random;
    return {
      ...visit,
      siteId: random.pick(sites),
      device: random.pick([bot, ...devices]),
      visitorId: random.chance(0.5) ? visit.visitorId : `v-${random.between(1, 40)}`,
    };
  }

  /** Sessions on either side of midnight: an end that is a day or a millisecond off shows. */
  makeEdges(): void {
    for (const [n, midnight] of midnights.entries()) {
      for (const offset of [-1, 0]) {
        const ids = { sessionId: `edge-${n}${offset}`, visitorId: `edge-${n}` };
        const visit = { ...ids, siteId: 'main', country: 'DE', device: desk };
        this.#makeEvent(visit, Date.parse(midnight) + offset, '/', direct, viewed(null));
      }
    }
  }

  /** A visit whose every word is the tenant's id, so that no other tenant has any of them. */
  makeOwn(): void {
    const word = this.#tenantId;
    const fields = { device_type: word, browser_name: word, operating_system: word };
    const device = { device: word, browser: word, os: word, screen: null, botReason: null, fields };
    const query = `?utm_source=${word}&utm_campaign=${word}`;
    const origin = { channel: 'campaign', source: word, campaign: word, query, referrer: null };
    const visit = { sessionId: word, visitorId: word, siteId: 'main', country: word, device };
    const item = { key: word, state: { item_name: word, item_type: 'product' } };
    const at = Date.parse('2025-10-25T12:00:00Z');
    this.#makeEvent(visit, at, `/${word}`, origin, viewed(null));
    this.#makeEvent(visit, at + 1, `/${word}`, direct, did(word, 'track', { items: [item] }));
  }

  /** Page views of which nobody knows the page, before, between and after others. */
  makeUnreadable(): void {
    const at = Date.parse('2025-10-25T11:00:00Z');
    for (const [n, places] of [
      [UNREADABLE],
      ['/', UNREADABLE, '/'],
      [UNREADABLE, '/cart', UNREADABLE],
    ].entries()) {
      const visit = {
        sessionId: `tag-${n}`,
        visitorId: `tag-${n}`,
        siteId: 'main',
        country: null,
        device: desk,
      };
      for (const [step, place] of places.entries()) {
        this.#makeEvent(visit, at + step * 20_000, place, direct, viewed(null));
      }
    }
  }

  /** What arrives last names the item from then on, although much happened later. */
  renameItem(): void {
    const visit = { sessionId: 'rename', visitorId: 'v-1', siteId: 'main', country: null, device: desk };
    const renamed = did('item_interaction', 'view', { items: [this.#item(0, 'Renamed')] });
    this.#makeEvent(visit, Date.parse('2025-10-20T10:00:00Z'), '/', direct, renamed);
  }

  /** Mostly seconds, sometimes nothing at all, sometimes around the half hour that ends a session. */
  #pause(): number {
    const random = this.#random;
    if (random.chance(0.05)) return 0;
    if (random.chance(0.03)) return 30 * MINUTE - random.between(0, 1);
    return random.chance(0.08) ? random.between(20, 45) * MINUTE : random.between(400, 200_000);
  }

  #deed(step: number): Deed {
    const random = this.#random;
    const roll = step === 0 ? random.next() * 0.6 : random.next();
    if (roll < 0.45) return viewed(random.chance(0.3) ? random.between(1, 90) : null);
    if (roll < 0.5) return did('click', 'click', {});
    if (roll < 0.54) return did('page_visibility', 'change', { timeOnPage: random.between(1, 300) });
    if (roll < 0.58) return did('signup', 'track', { value: random.chance(0.5) ? -3 : null });
    if (roll < 0.62) return did('contact_interaction', 'phone', { value: random.between(0, 50) });
    if (roll < 0.66) return this.#labelled();
    const items = Array.from({ length: random.between(0, 3) }, () => this.#item(random.between(0, 4)));
    const distinct = [...new Map(items.map((item) => [item.key, item])).values()];
    const value = random.chance(0.8) ? random.between(1, 9_999) : null;
    if (roll < 0.78)
      return did('item_interaction', 'add', {
        value,
        items: distinct.length > 0 ? distinct : [this.#item(1)],
      });
    const action = random.pick(['start', 'start', 'progress', 'complete', 'complete', 'abandon']);
    return did('transaction_step', action, { value, items: distinct });
  }

  /** An item that is only a label. */
  #labelled(): Deed {
    const label = `Label ${this.#random.between(0, 2)}`;
    const items = [{ key: label, state: { item_name: label, item_type: 'item' } }];
    return did('item_interaction', 'view', { label, value: this.#random.between(0, 9), items });
  }

  /** Every tenant's item has the same id and another name. */
  #item(n: number, title = 'Tent'): Described {
    return {
      key: `tent-${n}`,
      state: { item_name: `${title} ${n} of ${this.#tenantId}`, item_type: 'product' },
    };
  }

  #makeEvent(visit: Visit, at: number, place: string, origin: Origin, deed: Deed): void {
    const { device, country } = visit;
    // A server's job has no page; a page view names one, which need not be an address.
    const path = deed.type === 'signup' || place === UNREADABLE ? null : new URL(place, SHOP).pathname;
    const pageUrl = place === UNREADABLE ? place : path === null ? null : `${SHOP}${place}${origin.query}`;
    const came = path === null ? direct : origin;
    const eventId = `0193c000-0000-7000-8000-${this.events.length.toString(16).padStart(12, '0')}`;
    const title = deed.type === 'page_view' ? `Page ${place}` : null;
    this.events.push({
      ...deed,
      ...visit,
      tenantId: this.#tenantId,
      eventId,
      key: eventKey(this.#tenantId, eventId, new Date(at)).toString('hex'),
      at,
      path,
      pageUrl,
      page: path === null ? null : { key: `${SHOP}${path}`, state: { page_title: title, page_path: path } },
      referrer: came.referrer,
      utm: { source: null, medium: null, campaign: null },
      channel: came.channel,
      source: came.source,
      campaign: came.campaign,
      botReason: device.botReason,
      visitor: {},
      itemType: null,
      stage: null,
      received: this.events.length,
      recordSource: RECORD_SOURCE,
      payload: {
        event_id: eventId,
        event_type: deed.type,
        timestamp: new Date(at).toISOString(),
        visitor_id: visit.visitorId,
        evt_action: deed.action,
        ...device.fields,
        ...stated('session_id', visit.sessionId),
        ...stated('country', country),
        ...stated('page_url', pageUrl),
        ...stated('page_title', title),
        ...stated('page_referrer', came.referrer),
        ...stated('evt_label', deed.label),
        ...stated('evt_value', deed.value),
        ...stated('time_on_page', deed.timeOnPage),
        ...(deed.label === null && deed.items.length > 0 && { items: deed.items.map(listed) }),
      },
    });
  }
}

const stated = (name: string, value: unknown): object => (value === null ? {} : { [name]: value });
const listed = ({ key, state }: Described): object => ({
  id: key,
  name: state.item_name,
  type: state.item_type,
});

const did = (type: string, action: string, said: Partial<Deed>): Deed => ({
  type,
  action,
  value: null,
  timeOnPage: null,
  label: null,
  items: [],
  ...said,
});
const viewed = (timeOnPage: number | null): Deed => did('page_view', 'view', { timeOnPage });
