import * as z from 'zod';
import { readAgent } from '../enrichment/agent.ts';
import {
  type BusinessItem,
  conversionStage,
  readContact,
  readItems,
  readTransaction,
} from '../enrichment/business-items.ts';
import { type Attribution, attribute, attributionSchema } from '../enrichment/channel.ts';
import { type Page, readPage } from '../enrichment/page.ts';
import { classifyPage } from '../enrichment/page-kind.ts';
import { type CanonicalEvent, canonicalise } from '../event/canonical.ts';
import { canonicalText } from '../event/event-id.ts';
import { settleEventTime } from '../event/event-time.ts';
import type { Fault } from '../event/fault.ts';
import { cutText } from '../event/json-text.ts';
import { limits } from '../event/limits.ts';
import { namedVisitor } from '../event/named-visitor.ts';
import { isPayload, type Payload, withEnvelope } from '../event/payload.ts';
import { eventKey, hashKey, linkKey, ZERO_KEY } from '../vault/hash-key.ts';
import { stateId } from '../vault/state-id.ts';
import { sessionSlice } from './session-slice.ts';

/** What the raw layer knows of the request an event came with. */
export interface RawRequest {
  readonly tenantId: string;
  readonly tenantHk: Buffer;
  readonly siteId: string;
  readonly received: Date;
  readonly userAgent: string | null;
  readonly visitorIpHash: string | null;
  readonly visitorKey: string | null;
  readonly recordSource: string;
  /** Fields of the batch that hold for each of its events. */
  readonly envelope: Payload | null;
}

export interface RawEvent {
  readonly rawEventId: string;
  readonly eventId: string;
  readonly bytes: Buffer;
  /** What differs from the request for this event; see the raw layer's `event_context`. */
  readonly context: unknown;
}

/**
 * What the raw layer says of an event whose visitor was erased: nothing is left of one that was dropped; of one that was anonymised
 * what its bytes no longer tell.
 */
export const erasedContext = z.union([
  z.object({ dropped: z.literal(true) }),
  z.object({ bot_reason: z.string().nullable(), attribution: attributionSchema }),
]);

const eventContext = z
  .object({
    payload: z.custom<Payload>(isPayload).optional(),
    user_agent: z.string().optional(),
    visitor_ip_hash: z.string().optional(),
    visitor_key: z.string().optional(),
    erased: erasedContext.optional(),
  })
  .default({});

/** Attributes of a visitor that only the browser can tell; business.describes_visitor names the same. */
const CLIENT_ATTRIBUTES = [
  'screen_resolution',
  'viewport_size',
  'timezone',
  'language',
  'do_not_track',
  'device_pixel_ratio',
];

export interface Staged {
  readonly row: Readonly<Record<string, unknown>>;
  /** Null when the event can be loaded. */
  readonly faults: readonly Fault[] | null;
  /** Whose event it is, also when it cannot be loaded. */
  readonly visitorId: string;
}

/**
 * Validates and enriches one raw event into its staging row; an event that cannot be loaded keeps a row that says why.
 * @returns null for an event that was erased before it reached the vault.
 */
export function stageEvent(request: RawRequest, raw: RawEvent): Staged | null {
  const context = eventContext.parse(raw.context ?? undefined);
  const { erased } = context;
  if (erased !== undefined && 'dropped' in erased) return null;
  const base = {
    raw_event_id: raw.rawEventId,
    tenant_hk: bytea(request.tenantHk),
    record_source: request.recordSource,
    received_timestamp: request.received.toISOString(),
    event_id: raw.eventId,
    site_id: request.siteId,
  };
  const payload = withEnvelope(request.envelope, context.payload ?? parsePayload(raw.bytes));
  const canonical = canonicalise(payload);
  const pseudonym = context.visitor_key ?? request.visitorKey ?? 'unknown';
  if (canonical.faults !== undefined) {
    const errors = canonical.faults.map(({ code, pointer }) => `${code} ${pointer}`);
    return {
      row: { ...base, validation_status: 'INVALID', validation_errors: errors, enrichment_applied: false },
      faults: canonical.faults,
      visitorId: namedVisitor(payload) ?? pseudonym,
    };
  }
  const visitorId = canonical.event.values.visitorId ?? pseudonym;
  const columns = enrich(request, raw, context, canonical.event, visitorId);
  return { row: { ...base, ...columns }, faults: null, visitorId };
}

function parsePayload(bytes: Buffer): Payload {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return isPayload(value) ? value : {};
}

function enrich(
  request: RawRequest,
  raw: RawEvent,
  context: z.infer<typeof eventContext>,
  event: CanonicalEvent,
  visitorId: string,
): Record<string, unknown> {
  const { values } = event;
  const { tenantId } = request;
  const { at, corrected } = settleEventTime(event.claimedTime, request.received);
  const anonymous = context.erased !== undefined && 'attribution' in context.erased ? context.erased : null;
  const userAgent = anonymous === null ? (context.user_agent ?? request.userAgent) : null;
  const agent = readAgent(userAgent);
  const page = values.pageUrl === undefined ? null : readPage(values.pageUrl);
  const attribution = anonymous?.attribution ?? attribute(values, page);
  const slice = sessionSlice(values.sessionId, visitorId, at);
  const eventHk = eventKey(tenantId, raw.eventId, at);
  const sliceHk = hashKey(tenantId, slice.id);
  const visitorHk = hashKey(tenantId, visitorId);
  const visitorIpHash = anonymous === null ? (context.visitor_ip_hash ?? request.visitorIpHash) : null;
  const device = {
    device_type: values.deviceType ?? agent.deviceType,
    browser_name: values.browserName ?? agent.browserName,
    browser_version: values.browserVersion ?? agent.browserVersion,
    operating_system: values.operatingSystem ?? agent.operatingSystem,
    screen_resolution: values.screenResolution ?? size(values.screenWidth, values.screenHeight),
    viewport_size: values.viewportSize ?? size(values.viewportWidth, values.viewportHeight),
    device_pixel_ratio: hundredths(values.devicePixelRatio ?? null),
    timezone: values.timezone,
    language: values.language,
    do_not_track: values.doNotTrack,
  };
  const items = readItems(event);
  const transaction = readTransaction(event);
  return {
    session_id: slice.id,
    slice_start: slice.start?.toISOString() ?? null,
    visitor_id: visitorId,
    event_timestamp: at.toISOString(),
    event_type: event.type,
    event_category: event.category,
    event_action: event.action,
    event_label: values.label ?? null,
    event_value: values.value ?? null,
    page_url: values.pageUrl ?? null,
    page_title: values.pageTitle ?? null,
    page_referrer: values.pageReferrer ?? null,
    visitor_ip_hash: visitorIpHash,
    user_agent: userAgent,
    device_info: device,
    describes_visitor: describesVisitor(event.type, device),
    visitor_state_id: stateId([visitorIpHash, userAgent, ...Object.values(device)]),
    business_item_info: items.length === 0 ? readContact(event) : items,
    transaction_info: transaction,
    custom_properties: customProperties(event, page, corrected),
    validation_status: 'ENRICHED',
    validation_errors: corrected ? ['time_corrected /timestamp'] : null,
    enrichment_applied: true,
    scroll_depth: values.scrollDepth ?? null,
    time_on_page: values.timeOnPage ?? null,
    click_x: values.clickX ?? null,
    click_y: values.clickY ?? null,
    business_item_type: values.itemType ?? items[0]?.type ?? null,
    transaction_funnel_step:
      transaction?.step_name == null ? null : cutText(transaction.step_name, limits.nameLength),
    conversion_funnel_stage: conversionStage(event),
    ...traffic(tenantId, attribution),
    bot_reason: anonymous === null ? agent.botReason : anonymous.bot_reason,
    ...pageColumns(tenantId, page, event),
    site_event_hk: bytea(eventHk),
    session_slice_hk: bytea(sliceHk),
    site_visitor_hk: bytea(visitorHk),
    link_session_visitor_hk: bytea(linkKey(sliceHk, visitorHk)),
    business_items: items.length === 0 ? null : items.map((item) => itemColumns(tenantId, item)),
  };
}

/** Events beside page views mostly leave out what the browser knows; they say nothing of the visitor then. */
const describesVisitor = (type: string, device: Readonly<Record<string, unknown>>): boolean =>
  type === 'page_view' ||
  CLIENT_ATTRIBUTES.some((attribute) => device[attribute] !== undefined && device[attribute] !== null);

/** A click names its page and mostly leaves out the title: only a page view, or an event that does describe its page, is heard. */
function pageColumns(
  tenantId: string,
  page: Page | null,
  { type, values }: CanonicalEvent,
): Record<string, unknown> {
  if (page === null) return { site_page_hk: bytea(ZERO_KEY) };
  const { key } = page;
  const describesPage =
    type === 'page_view' || (values.pageTitle ?? values.pageCategory ?? values.pageType) !== undefined;
  const kind = classifyPage(page.path);
  const state = {
    page_title: values.pageTitle ?? null,
    page_path: page.path,
    page_hostname: page.hostname,
    page_category: values.pageCategory ?? kind.category,
    page_type: values.pageType ?? kind.type,
  };
  return {
    ...state,
    page_key: key,
    page_query: values.pageUrl?.startsWith(key) ? values.pageUrl.slice(key.length) : null,
    page_state_id: describesPage ? stateId(Object.values(state)) : null,
    site_page_hk: bytea(hashKey(tenantId, key)),
  };
}

function traffic(tenantId: string, attribution: Attribution): Record<string, unknown> {
  const columns = {
    channel: attribution.channel,
    referrer_host: attribution.referrerHost,
    utm_source: attribution.source,
    utm_medium: attribution.medium,
    utm_campaign: attribution.campaign,
    utm_content: attribution.content,
    utm_term: attribution.term,
  };
  return { ...columns, traffic_source_id: stateId([tenantId, ...Object.values(columns)]) };
}

function itemColumns(tenantId: string, item: BusinessItem): Record<string, unknown> {
  const state = {
    item_name: item.name,
    item_type: item.type ?? 'item',
    item_category: item.category,
    item_description: item.description,
    item_value: hundredths(item.value)?.toFixed(2) ?? null,
    item_currency: item.currency,
    is_active: item.isActive,
    business_metadata: item.metadata,
  };
  return {
    ...state,
    key: item.key,
    business_item_hk: hashKey(tenantId, item.key).toString('hex'),
    item_state_id: stateId([...Object.values({ ...state, business_metadata: canonicalText(item.metadata) })]),
    describes_item: item.isDescribed,
  };
}

/** What the event's columns have no place for. */
function customProperties(
  event: CanonicalEvent,
  page: Page | null,
  corrected: boolean,
): Record<string, unknown> | null {
  const claimed =
    corrected && event.claimedTime !== null
      ? [['claimed_timestamp', new Date(event.claimedTime).toISOString()]]
      : [];
  const title =
    page === null && event.values.pageTitle !== undefined ? [['page_title', event.values.pageTitle]] : [];
  const all = Object.fromEntries([...Object.entries(event.customProperties), ...title, ...claimed]);
  return Object.keys(all).length === 0 ? null : all;
}

/** A figure as numeric(10,2) stores it: what is hashed into a state's id has to be what its row says. Never minus zero. */
const hundredths = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 100) / 100 || 0;

const size = (width: number | undefined, height: number | undefined): string | null =>
  width === undefined || height === undefined ? null : `${width}x${height}`;

const bytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
