/**
 * The vault, described once. Loading statements are built from this description, and a test holds it against the catalogue.
 *
 * `staged` names the column of `staging.site_events_staging` (alias `s`) that a column is loaded from.
 */
export interface Hub {
  readonly table: string;
  /** Hash key, in the hub and, under the same name, in staging. */
  readonly key: string;
  readonly businessKey: { readonly column: string; readonly staged: string };
}

export interface Link {
  readonly table: string;
  readonly key: string;
  /** Hash keys of the participating hubs, in the order in which they are hashed. */
  readonly hubKeys: readonly string[];
}

export interface NonHistorizedLink {
  readonly table: string;
  readonly key: string;
  /** Column in the table and the staged expression it is loaded from, in the table's order. */
  readonly columns: Readonly<Record<string, string>>;
}

/** What every hub and link says of its rows' origin, and the staged expression each is loaded from. */
export const provenance = {
  tenant_hk: 'tenant_hk',
  load_date: 'received_timestamp',
  record_source: 'record_source',
} as const;

export const hubs = [
  {
    table: 'site_session_h',
    key: 'site_session_hk',
    businessKey: { column: 'site_session_bk', staged: 'session_id' },
  },
  {
    table: 'site_visitor_h',
    key: 'site_visitor_hk',
    businessKey: { column: 'site_visitor_bk', staged: 'visitor_id' },
  },
  { table: 'site_page_h', key: 'site_page_hk', businessKey: { column: 'site_page_bk', staged: 'page_key' } },
] as const satisfies readonly Hub[];

/** Fed from the item list of an event, which may hold several. */
export const itemHub = {
  table: 'business_item_h',
  key: 'business_item_hk',
  businessKey: { column: 'business_item_bk', staged: 'key' },
} as const satisfies Hub;

export const sessionVisitorLink = {
  table: 'session_visitor_l',
  key: 'link_session_visitor_hk',
  hubKeys: ['site_session_hk', 'site_visitor_hk'],
} as const satisfies Link;

export const eventItemLink = {
  table: 'event_business_item_l',
  key: 'link_event_business_item_hk',
  hubKeys: ['site_event_hk', 'business_item_hk'],
} as const satisfies Link;

export const event = {
  table: 'site_event_nl',
  key: 'site_event_hk',
  columns: {
    event_timestamp: 'event_timestamp',
    load_date: 'received_timestamp',
    event_value: 'event_value',
    scroll_depth: 'scroll_depth',
    time_on_page: 'time_on_page',
    click_x: 'click_x',
    click_y: 'click_y',
    site_event_bk: 'event_id',
    site_event_hk: 'site_event_hk',
    tenant_hk: 'tenant_hk',
    site_session_hk: 'site_session_hk',
    site_visitor_hk: 'site_visitor_hk',
    site_page_hk: 'site_page_hk',
    site_id: 'site_id',
    event_type: 'event_type',
    event_category: 'event_category',
    event_action: 'event_action',
    event_label: 'event_label',
    page_url: 'page_url',
    page_title: 'page_title',
    page_referrer: 'page_referrer',
    business_item_type: 'business_item_type',
    transaction_funnel_step: 'transaction_funnel_step',
    conversion_funnel_stage: 'conversion_funnel_stage',
    channel: 'channel',
    bot_reason: 'bot_reason',
    custom_properties: 'custom_properties',
    record_source: 'record_source',
  },
} as const satisfies NonHistorizedLink;
