import type { Attribution } from '../../enrichment/channel.ts';
import { readPage } from '../../enrichment/page.ts';
import { transactionStates, typeDefaults } from '../../event/canonical.ts';
import { limits } from '../../event/limits.ts';
import type { Payload } from '../../event/payload.ts';
import type { Replacement } from '../../pipeline/rewritten-request.ts';
import type { SharedTraits, WordPlace } from './shared-traits.ts';
import type { VisitorEvent, VisitorItem } from './visitor-events.ts';

/** In the place of a page or an item that nobody else has dealt with. */
const ERASED_PAGE = '/(erased)';
const ERASED_ITEM = '(erased)';
/** In the place of a type of events that nobody else has sent. */
const ERASED_TYPE = 'erased';

/** Whose the event is from now on. */
export interface Stranger {
  readonly visitorId: string;
  /** Null for a session that no client named: it follows from the visitor and the time. */
  readonly sessionId: string | null;
}

/**
 * What is left of an event when its visitor is erased: what is counted of it (when, which type, which page, which items, what it was worth,
 * how far somebody read), and what others' events say as well. Its own words, its query, its properties, agent and pseudonyms are gone.
 * The raw layer keeps it in this form, and staging makes the same event of it whenever it is replayed.
 */
export function anonymise(event: VisitorEvent, shared: SharedTraits, stranger: Stranger): Replacement {
  const payload = {
    ...kindOf(event, shared),
    event_timestamp: event.event_timestamp.toISOString(),
    visitor_id: stranger.visitorId,
    session_id: stranger.sessionId,
    evt_value: event.event_value,
    ...pageOf(event, shared),
    scroll_depth: event.scroll_depth,
    time_on_page: event.time_on_page,
    click_x: event.click_x,
    click_y: event.click_y,
    business_item_type: word(event, shared, 'business_item_type'),
    transaction_funnel_step: word(event, shared, 'transaction_funnel_step'),
    conversion_funnel_stage: word(event, shared, 'conversion_funnel_stage'),
    device_type: word(event, shared, 'device_type'),
    browser_name: word(event, shared, 'browser_name'),
    operating_system: word(event, shared, 'operating_system'),
    ...itemsOf(event, shared),
  };
  const said = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
  return {
    bytes: Buffer.from(JSON.stringify(said)),
    context: { erased: { bot_reason: event.bot_reason, attribution: attributionOf(event, shared) } },
  };
}

const word = (event: VisitorEvent, shared: SharedTraits, place: WordPlace): string | null => {
  const said = event[place];
  return said !== null && shared.hasWord(place, said) ? said : null;
};

/** Type, category, action and label; those of the product's own vocabulary are nobody's. */
function kindOf(event: VisitorEvent, shared: SharedTraits): Payload {
  const { event_type: type, event_action: action } = event;
  const defaults = typeDefaults(type);
  const isStep = type === 'transaction_step' && Object.hasOwn(transactionStates, action);
  return {
    event_type: defaults.isKnown ? type : (word(event, shared, 'event_type') ?? ERASED_TYPE),
    // What is left out has the default of its type; said, it would be the category of an item that stands apart as well.
    evt_category: event.event_category === defaults.category ? null : word(event, shared, 'event_category'),
    evt_action: isStep || action === defaults.action ? action : word(event, shared, 'event_action'),
    evt_label: word(event, shared, 'event_label'),
  };
}

/** The page by its key, in a state that others saw it in: a page view always describes its page. */
function pageOf(event: VisitorEvent, shared: SharedTraits): Payload {
  const { page_key: key, site_page_hk: page } = event;
  if (key === null) return {};
  if (!shared.hasPage(page) || readPage(key)?.key !== key) return { page_url: ERASED_PAGE };
  const states = shared.pageStates(page);
  const own = states.find(({ page_state_id }) => page_state_id === event.page_state_id);
  // What one person alone saw is not to be said of another.
  const common = states.find(({ visitors }) => visitors > 1);
  const state = own ?? (event.event_type === 'page_view' ? common : undefined);
  return {
    page_url: key,
    page_title: state?.page_title ?? null,
    page_category: state?.page_category ?? null,
    page_type: state?.page_type ?? null,
  };
}

function itemsOf(event: VisitorEvent, shared: SharedTraits): Payload {
  const { items, business_item_type: itemType } = event;
  if (items.length === 0) return {};
  // The item that an event had apart from its list counts as one of the list now, unless the list is full without it.
  const own = items.length > limits.itemsPerEvent ? ownItem(event) : undefined;
  const listed = items.filter((item) => item !== own).map((item) => itemOf(item, itemType, shared));
  if (own === undefined) return { items: listed };
  // Its type is the event's.
  const { item_type: _, is_active: isActive = null, ...said } = itemOf(own, itemType, shared);
  return { ...said, item_is_active: isActive, items: listed };
}

/** Which of the items may have stood apart from the list: there an item has the type of the event and no metadata. */
function ownItem({ items, business_item_type: itemType }: VisitorEvent): VisitorItem | undefined {
  const possible = items.filter(({ type, metadata }) => type === (itemType ?? 'item') && metadata === null);
  return possible.find((item) => item.is_described === (itemType !== null)) ?? possible[0] ?? items[0];
}

function itemOf(item: VisitorItem, itemType: string | null, shared: SharedTraits): Payload {
  if (!shared.hasItem(item.hk)) return { item_id: ERASED_ITEM };
  if (!item.is_described || !shared.hasItemState(item.hk, item.state_id)) return { item_id: item.key };
  const said = {
    item_id: item.key,
    item_name: item.name,
    // What has no type is called so; saying it would make it the type of the event.
    item_type: item.type === 'item' && itemType === null ? null : item.type,
    item_category: item.category,
    item_description: item.description,
    item_value: item.value,
    currency: item.currency,
    is_active: item.is_active,
    ...item.metadata,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

function attributionOf(event: VisitorEvent, shared: SharedTraits): Attribution {
  const isShared = shared.hasSource(event.traffic_source_id);
  const kept = (detail: string | null): string | null => (isShared ? detail : null);
  return {
    channel: event.channel,
    referrerHost: kept(event.referrer_host),
    source: kept(event.utm_source),
    medium: kept(event.utm_medium),
    campaign: kept(event.utm_campaign),
    content: kept(event.utm_content),
    term: kept(event.utm_term),
  };
}
