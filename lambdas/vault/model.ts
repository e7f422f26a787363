/**
 * The raw vault, described once. Loading statements are built from this description, staging computes its keys from it, and a
 * test holds it against the catalogue.
 *
 * Columns map to the expression each is loaded from; `s` is a row of `staging.site_events_staging`, `item` one of its items.
 */
type Columns = Readonly<Record<string, string>>;

export interface Hub {
  readonly table: string;
  readonly key: string;
  readonly columns: Columns;
}

export interface Link {
  readonly table: string;
  readonly key: string;
  /** Hash keys of the participating hubs, in the order in which they are hashed. */
  readonly hubKeys: readonly string[];
  readonly columns: Columns;
}

/** What a parent key was seen as. Each distinct state is stored once; its history says since when it holds. */
export interface State {
  readonly table: string;
  /** The insert-only satellite of changes: parent key, load date, event, state id. */
  readonly history: string;
  /** The accumulator that knows the newest observation. */
  readonly accumulator: string;
  readonly parent: string;
  readonly id: string;
  /** Which events are heard: of a staged row, and of a row `seen` of the log of events with its state `described`. */
  readonly heard: { readonly staged: string; readonly logged: string };
  /** What the accumulator `acc` says of its newest observation: its load date, and whether there is one. */
  readonly newest: { readonly loadDate: string; readonly isKnown: string };
  /** What the state consists of, in the order in which it is hashed into the id. */
  readonly columns: Columns;
}

/** What every row of a hub or a link says of its origin. */
export const provenance = {
  tenant_hk: 's.tenant_hk',
  load_date: 's.received_timestamp',
  record_source: 's.record_source',
} as const;

/** Key column of the items that staging lists in an event: hexadecimal text there, bytes in the vault. */
const itemKey = "decode(item.business_item_hk, 'hex')";

export const sliceHub = {
  table: 'session_slice_h',
  key: 'session_slice_hk',
  columns: { session_slice_hk: 's.session_slice_hk', session_slice_bk: 's.session_id', ...provenance },
} as const satisfies Hub;

export const visitorHub = {
  table: 'site_visitor_h',
  key: 'site_visitor_hk',
  columns: { site_visitor_hk: 's.site_visitor_hk', site_visitor_bk: 's.visitor_id', ...provenance },
} as const satisfies Hub;

export const pageHub = {
  table: 'site_page_h',
  key: 'site_page_hk',
  columns: { site_page_hk: 's.site_page_hk', site_page_bk: 's.page_key', ...provenance },
} as const satisfies Hub;

/** Fed from the item list of an event, which may hold several. */
export const itemHub = {
  table: 'business_item_h',
  key: 'business_item_hk',
  columns: { business_item_hk: itemKey, business_item_bk: 'item.key', ...provenance },
} as const satisfies Hub;

export const sliceVisitorLink = {
  table: 'session_slice_visitor_l',
  key: 'link_session_visitor_hk',
  hubKeys: ['session_slice_hk', 'site_visitor_hk'],
  columns: {
    link_session_visitor_hk: 's.link_session_visitor_hk',
    session_slice_hk: 's.session_slice_hk',
    site_visitor_hk: 's.site_visitor_hk',
    ...provenance,
  },
} as const satisfies Link;

/** A non-historized link: its key is the pair, whose order is that of the events. */
export const eventItemLink = {
  table: 'event_business_item_nl',
  key: 'site_event_hk, business_item_hk',
  hubKeys: ['site_event_hk', 'business_item_hk'],
  columns: {
    load_date: 's.received_timestamp',
    item_state_id: 'item.item_state_id',
    describes_item: 'item.describes_item',
    site_event_hk: 's.site_event_hk',
    business_item_hk: itemKey,
    tenant_hk: 's.tenant_hk',
    record_source: 's.record_source',
  },
} as const satisfies Link;

export const visitorState = {
  table: 'site_visitor_state_r',
  history: 'site_visitor_history',
  accumulator: 'site_visitor_acc',
  parent: 'site_visitor_hk',
  id: 'visitor_state_id',
  heard: {
    staged: 's.describes_visitor',
    logged: 'business.describes_visitor(seen.event_type, described)',
  },
  newest: { loadDate: 'acc.observed_load_date', isKnown: 'acc.is_described' },
  columns: {
    visitor_ip_hash: 's.visitor_ip_hash',
    user_agent: 's.user_agent',
    device_type: "s.device_info ->> 'device_type'",
    browser_name: "s.device_info ->> 'browser_name'",
    browser_version: "s.device_info ->> 'browser_version'",
    operating_system: "s.device_info ->> 'operating_system'",
    screen_resolution: "s.device_info ->> 'screen_resolution'",
    viewport_size: "s.device_info ->> 'viewport_size'",
    device_pixel_ratio: "(s.device_info ->> 'device_pixel_ratio')::numeric",
    timezone: "s.device_info ->> 'timezone'",
    language: "s.device_info ->> 'language'",
    do_not_track: "(s.device_info ->> 'do_not_track')::boolean",
  },
} as const satisfies State;

export const pageState = {
  table: 'site_page_state_r',
  history: 'site_page_history',
  accumulator: 'site_page_acc',
  parent: 'site_page_hk',
  id: 'page_state_id',
  heard: { staged: 's.page_state_id IS NOT NULL', logged: 'true' },
  newest: { loadDate: 'acc.last_load_date', isKnown: 'true' },
  columns: {
    page_title: 's.page_title',
    page_path: 's.page_path',
    page_hostname: 's.page_hostname',
    page_category: 's.page_category',
    page_type: 's.page_type',
  },
} as const satisfies State;

export const itemState = {
  table: 'business_item_state_r',
  history: 'business_item_history',
  accumulator: 'business_item_acc',
  parent: 'business_item_hk',
  id: 'item_state_id',
  heard: { staged: 's.business_items IS NOT NULL AND item.describes_item', logged: 'seen.describes_item' },
  newest: { loadDate: 'acc.observed_load_date', isKnown: 'acc.is_described' },
  columns: {
    item_name: 'item.item_name',
    item_type: 'item.item_type',
    item_category: 'item.item_category',
    item_description: 'item.item_description',
    item_value: 'item.item_value',
    item_currency: 'item.item_currency',
    is_active: 'item.is_active',
    business_metadata: 'item.business_metadata',
  },
} as const satisfies State;

/** Channel and campaign of events. The tenant is part of what is hashed into the id. */
export const trafficSource = {
  table: 'traffic_source_r',
  key: 'traffic_source_id',
  columns: {
    traffic_source_id: 's.traffic_source_id',
    tenant_hk: 's.tenant_hk',
    channel: 's.channel',
    referrer_host: 's.referrer_host',
    utm_source: 's.utm_source',
    utm_medium: 's.utm_medium',
    utm_campaign: 's.utm_campaign',
    utm_content: 's.utm_content',
    utm_term: 's.utm_term',
  },
} as const;

export const event = {
  table: 'site_event_nl',
  key: 'site_event_hk',
  columns: {
    event_timestamp: 's.event_timestamp',
    load_date: 's.received_timestamp',
    visitor_state_id: 's.visitor_state_id',
    page_state_id: 's.page_state_id',
    traffic_source_id: 's.traffic_source_id',
    event_value: 's.event_value',
    scroll_depth: 's.scroll_depth',
    time_on_page: 's.time_on_page',
    click_x: 's.click_x',
    click_y: 's.click_y',
    site_event_bk: 's.event_id',
    site_event_hk: 's.site_event_hk',
    tenant_hk: 's.tenant_hk',
    session_slice_hk: 's.session_slice_hk',
    site_visitor_hk: 's.site_visitor_hk',
    site_page_hk: 's.site_page_hk',
    site_id: 's.site_id',
    event_type: 's.event_type',
    event_category: 's.event_category',
    event_action: 's.event_action',
    event_label: 's.event_label',
    page_query: "nullif(s.page_query, '')",
    page_url: 'CASE WHEN s.page_query IS NULL THEN s.page_url END',
    page_referrer: 's.page_referrer',
    business_item_type: 's.business_item_type',
    transaction_funnel_step: 's.transaction_funnel_step',
    conversion_funnel_stage: 's.conversion_funnel_stage',
    bot_reason: 's.bot_reason',
    custom_properties: 's.custom_properties',
    record_source: 's.record_source',
  },
} as const;
