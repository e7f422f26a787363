import * as z from 'zod';
import { parseEventTime } from './event-time.ts';
import type { Fault } from './fault.ts';
import { limits } from './limits.ts';

/** An event as it arrived: any object. Its members are unknown until a field below has read them. */
export type Payload = Readonly<Record<string, unknown>>;

/** An event with the fields of its batch, of which its own go before; the raw layer's view does the same in SQL. */
export const withEnvelope = (envelope: Payload | null, payload: Payload): Payload =>
  envelope === null ? payload : { ...envelope, ...payload };

export const isPayload = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';

// What `meta` says here is what may be sent; without it the API's description would name only what is read of that.

const longestTexts = new Map<z.ZodType, number>();

/** Text; a number or a boolean is taken as its text, since tags and spreadsheets send those. */
function text(longest: number) {
  const schema = z
    .preprocess(
      (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
      z.string().max(longest).optional(),
    )
    .meta({ type: ['string', 'number', 'boolean', 'null'] });
  longestTexts.set(schema, longest);
  return schema;
}

const numeric = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*-?\d{1,12}(\.\d+)?\s*$/.test(value) ? Number(value) : value;

const numberOrText = { type: ['number', 'string', 'null'], pattern: '^\\s*(-?\\d{1,12}(\\.\\d+)?\\s*)?$' };
const wholeNumber = z.number().int().min(limits.integerMin).max(limits.integerMax).optional();
const integer = z
  .preprocess(numeric, wholeNumber)
  .meta({ type: ['integer', 'string', 'null'], pattern: '^\\s*(-?\\d{1,12}(\\.0+)?\\s*)?$' });

/** What a browser measures comes in fractions of pixels, percents and seconds; the whole number next to it is kept. */
const measure = z
  .preprocess((value) => {
    const read = numeric(value);
    return typeof read === 'number' ? Math.round(read) : read;
  }, wholeNumber)
  .meta(numberOrText);

const decimal = z
  .preprocess(numeric, z.number().min(-limits.decimalMagnitude).max(limits.decimalMagnitude).optional())
  .meta(numberOrText);

const flag = z
  .preprocess((value) => {
    const word = typeof value === 'string' ? value.toLowerCase() : value;
    if (word === 1 || word === '1' || word === 'true' || word === 'yes') return true;
    if (word === 0 || word === '0' || word === 'false' || word === 'no') return false;
    // What navigator.doNotTrack says where the visitor never chose.
    return word === 'unspecified' || word === 'null' ? undefined : value;
  }, z.boolean().optional())
  .meta({
    type: ['boolean', 'string', 'number', 'null'],
    enum: [true, false, 'true', 'false', 'yes', 'no', '1', '0', 1, 0, 'unspecified', 'null', '', null],
  });

const time = z
  .unknown()
  .transform((value, context) => {
    const parsed = parseEventTime(value);
    if (parsed !== null) return parsed;
    context.addIssue({
      code: 'custom',
      message:
        'Send RFC 3339 with an offset, such as 2026-01-31T08:00:00Z, or seconds or milliseconds since 1970.',
    });
    return z.NEVER;
  })
  .optional()
  .meta({ type: ['string', 'number', 'null'] });

const name = text(limits.nameLength);
const identifier = text(limits.identifierLength);
const address = text(limits.addressLength);
const itemWord = text(limits.itemWordLength);
const currency = text(limits.currencyLength);

interface Field<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Names that mean this field and nothing else: a value that does not fit is a fault. */
  readonly names: readonly string[];
  /** Everyday names: a value that does not fit is left where it was, among the custom properties. */
  readonly loose: readonly string[];
}

const field = <Schema extends z.ZodType>(
  schema: Schema,
  names: readonly string[],
  loose: readonly string[] = [],
): Field<Schema> => ({ schema, names, loose });

/**
 * Every field of an event under all the names the three accepted shapes give it. A field is looked for in the event
 * itself and then in its `event_data` (or `data`).
 */
const fields = {
  eventId: field(identifier, ['event_id']),
  type: field(name, ['event_type', 'evt_type']),
  category: field(name, ['evt_category', 'event_category'], ['category']),
  action: field(name, ['evt_action', 'event_action'], ['action']),
  label: field(identifier, ['evt_label', 'event_label'], ['label']),
  value: field(integer, ['evt_value', 'event_value'], ['value']),
  sessionId: field(identifier, ['session_id']),
  visitorId: field(identifier, ['visitor_id']),
  time: field(time, ['event_timestamp', 'timestamp']),
  pageUrl: field(address, ['page_url', 'url'], ['path']),
  pageTitle: field(address, ['page_title'], ['title']),
  pageReferrer: field(address, ['page_referrer', 'referrer']),
  pageCategory: field(name, ['page_category']),
  pageType: field(name, ['page_type']),
  scrollDepth: field(measure, ['scroll_depth', 'scroll_percentage']),
  timeOnPage: field(measure, ['time_on_page', 'time_on_page_seconds']),
  clickX: field(measure, ['click_x'], ['x']),
  clickY: field(measure, ['click_y'], ['y']),
  clientIp: field(identifier, ['client_ip']),
  userAgent: field(text(limits.userAgentAccepted), ['user_agent']),
  deviceType: field(name, ['device_type']),
  browserName: field(name, ['browser_name']),
  browserVersion: field(name, ['browser_version']),
  operatingSystem: field(name, ['operating_system']),
  screenWidth: field(measure, ['screen_width']),
  screenHeight: field(measure, ['screen_height']),
  screenResolution: field(name, ['screen_resolution']),
  viewportWidth: field(measure, ['viewport_width']),
  viewportHeight: field(measure, ['viewport_height']),
  viewportSize: field(name, ['viewport_size']),
  devicePixelRatio: field(decimal, ['device_pixel_ratio']),
  timezone: field(name, ['timezone']),
  language: field(name, ['browser_language'], ['language']),
  doNotTrack: field(flag, ['do_not_track']),
  utmSource: field(identifier, ['utm_source']),
  utmMedium: field(identifier, ['utm_medium']),
  utmCampaign: field(identifier, ['utm_campaign']),
  utmContent: field(identifier, ['utm_content']),
  utmTerm: field(identifier, ['utm_term']),
  itemId: field(identifier, ['item_id', 'product_id']),
  itemName: field(identifier, ['item_name']),
  itemType: field(itemWord, ['business_item_type', 'item_type']),
  itemCategory: field(itemWord, ['item_category']),
  itemDescription: field(address, ['item_description']),
  itemValue: field(decimal, ['item_value'], ['price']),
  itemIsActive: field(flag, ['item_is_active']),
  itemCurrency: field(currency, ['item_currency'], ['currency']),
  transactionStep: field(name, ['transaction_funnel_step', 'step_name']),
  conversionStage: field(name, ['conversion_funnel_stage']),
};

type FieldName = keyof typeof fields;
type FieldSchemas = { [Name in FieldName]: (typeof fields)[Name]['schema'] };

function fieldSchemas(): FieldSchemas;
function fieldSchemas(): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(fields).map(([fieldName, { schema }]) => [fieldName, schema]));
}

/** Every field under each name that means it and nothing else, for those who describe events; any other member is welcome. */
export const namedFields: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  Object.values(fields).flatMap(({ schema, names }) => names.map((key) => [key, schema])),
);

const fieldValues = z.object(fieldSchemas());
export type FieldValues = z.infer<typeof fieldValues>;

interface Candidate {
  readonly fieldName: string;
  /** Of several names of one field the lowest counts. */
  readonly rank: number;
  /** Set for an everyday name: what a value must fit to be taken. */
  readonly fits: z.ZodType | null;
}

/** By name, since an event has fewer members than the fields have names. */
const candidates: ReadonlyMap<string, Candidate> = new Map(
  Object.entries(fields).flatMap(([fieldName, { schema, names, loose }]) =>
    [...names, ...loose].map((key, rank): [string, Candidate] => [
      key,
      { fieldName, rank, fits: rank < names.length ? null : schema },
    ]),
  ),
);

/** How many characters a field of text takes, under each of its names. */
export const fieldLengths: ReadonlyMap<string, number> = new Map(
  Object.values(fields).flatMap(({ schema, names, loose }) => {
    const longest = longestTexts.get(schema);
    return longest === undefined ? [] : [...names, ...loose].map((key): [string, number] => [key, longest]);
  }),
);

/** Members that may hold fields as the event itself does; what no field takes is a custom property. */
export const fieldContainers: readonly string[] = ['event_data', 'data'];
/** Members whose own members are custom properties and nothing else. */
export const propertyContainers: readonly string[] = ['properties', 'custom_properties'];

/** What an item says beyond these is its metadata. */
export const item = z.looseObject({
  item_id: identifier,
  id: identifier,
  item_name: identifier,
  name: identifier,
  item_type: itemWord,
  type: itemWord,
  item_category: itemWord,
  category: itemWord,
  // These describe an item and do not make one: what does not fit is left out, and the item stays.
  item_description: address.catch(undefined),
  description: address.catch(undefined),
  is_active: flag.catch(undefined),
  item_value: decimal.catch(undefined),
  price: decimal.catch(undefined),
  currency: currency.catch(undefined),
});
export type PayloadItem = z.infer<typeof item>;

/** Members that say how an item took part in one event, not what it is. They stay with the event. */
const ROLE_IN_EVENT = /^(quantity|qty|index|position|discount|coupon|list|item_list)/i;

/** What an item's members say of it beyond its fields, or null when they say no more. */
export function itemMetadata(candidate: PayloadItem): Payload | null {
  const rest = Object.entries(candidate).filter(
    ([name]) => !Object.hasOwn(item.shape, name) && !ROLE_IN_EVENT.test(name),
  );
  return rest.length === 0 ? null : Object.fromEntries(rest);
}

export interface ReadPayload {
  /** Null when a field does not fit; `faults` then says which. */
  readonly values: FieldValues | null;
  readonly items: readonly PayloadItem[];
  /** Everything that no field took, at one level. */
  readonly custom: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
}

interface Place {
  /** Name of the container, or null for the event itself. */
  readonly container: string | null;
  readonly members: readonly (readonly [string, unknown])[];
  /** Names of the members that are no custom properties. */
  readonly taken: Set<string>;
}

interface Found {
  readonly place: Place;
  readonly key: string;
  readonly value: unknown;
  readonly rank: number;
}

/** Reads every known field of an event by any of its names. What is not known is kept, never refused. */
export function readPayload(payload: Payload): ReadPayload {
  const own = placeOf(null, payload);
  const fieldPlaces = [own, ...containersOf(own, payload, fieldContainers)];
  const found = findFields(fieldPlaces);
  const parsed = fieldValues.safeParse(
    Object.fromEntries([...found].map(([fieldName, { value }]) => [fieldName, value])),
  );
  const { items, faults } = readItems(fieldPlaces);
  for (const { place, key } of found.values()) place.taken.add(key);

  const fieldFaults = parsed.success ? [] : parsed.error.issues.map((issue) => faultOf(issue, found));
  return {
    values: parsed.success && faults.length === 0 ? parsed.data : null,
    items,
    custom: leftOver([...fieldPlaces, ...containersOf(own, payload, propertyContainers)]),
    faults: [...fieldFaults, ...faults],
  };
}

const placeOf = (container: string | null, members: Payload): Place => ({
  container,
  members: Object.entries(members),
  taken: new Set(),
});

function containersOf(own: Place, payload: Payload, names: readonly string[]): Place[] {
  return names.flatMap((container): Place[] => {
    const members = payload[container];
    if (!isPayload(members)) return [];
    own.taken.add(container);
    return [placeOf(container, members)];
  });
}

/** The value of each field that is there: the first of its names counts, and of one name the first place. */
function findFields(places: readonly Place[]): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const place of places) {
    for (const [key, value] of place.members) {
      const candidate = candidates.get(key);
      if (candidate === undefined || isAbsent(value)) continue;
      const { fieldName, rank, fits } = candidate;
      const better = rank < (found.get(fieldName)?.rank ?? Number.POSITIVE_INFINITY);
      if (better && (fits === null || fits.safeParse(value).success))
        found.set(fieldName, { place, key, value, rank });
    }
  }
  return found;
}

/** Reads the item list. Unless the items say all that it says, the list stays a custom property too. */
function readItems(places: readonly Place[]): { items: readonly PayloadItem[]; faults: readonly Fault[] } {
  const place = places.find(({ members }) =>
    members.some(([key, value]) => key === 'items' && !isAbsent(value)),
  );
  const list = place?.members.find(([key]) => key === 'items')?.[1];
  if (place === undefined || !Array.isArray(list)) return { items: [], faults: [] };
  const listed = list.filter(isPayload);
  if (listed.length > limits.itemsPerEvent) {
    const message = `An event has at most ${limits.itemsPerEvent} items.`;
    return { items: [], faults: [{ code: 'too_many_items', pointer: pointerTo(place, 'items'), message }] };
  }
  let areWhole = listed.length === list.length;
  const items = listed.flatMap((candidate) => {
    const read = item.safeParse(withoutBlanks(candidate));
    areWhole &&=
      read.success &&
      isKeyed(read.data) &&
      Object.entries(candidate).every(([key, value]) => isAbsent(value) || saysIn(read.data, key));
    return read.success ? [read.data] : [];
  });
  if (areWhole) place.taken.add('items');
  return { items, faults: [] };
}

/** Whether an item's reading still says what a member said: not one that does not fit, nor one that is the event's. */
const saysIn = (read: Payload, key: string): boolean =>
  Object.hasOwn(read, key) && read[key] !== undefined && !ROLE_IN_EVENT.test(key);

const isKeyed = ({ item_id, id, item_name, name: title }: PayloadItem): boolean =>
  (item_id ?? id ?? item_name ?? title) !== undefined;

const isAbsent = (value: unknown): boolean => value === undefined || value === null || isBlank(value);

const withoutBlanks = (members: Payload): Payload =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => !isAbsent(value)));

function faultOf(issue: z.core.$ZodIssue, found: ReadonlyMap<string, Found>): Fault {
  const at = found.get(String(issue.path[0]));
  const pointer = at === undefined ? '' : pointerTo(at.place, at.key);
  if (issue.code === 'too_big' && issue.origin === 'string') {
    return { code: 'too_long', pointer, message: `At most ${issue.maximum} characters are accepted here.` };
  }
  return { code: 'invalid_field', pointer, message: issue.message };
}

/** A name that stands in several places keeps its plain form in the first; the others say where they were. */
function leftOver(places: readonly Place[]): Record<string, unknown> {
  const kept = new Map<string, unknown>();
  for (const { container, members, taken } of places) {
    for (const [key, value] of members) {
      if (!taken.has(key)) kept.set(kept.has(key) ? `${container}.${key}` : key, value);
    }
  }
  return Object.fromEntries(kept);
}

/** A JSON pointer (RFC 6901), so that no key can pass for a path. */
function pointerTo({ container }: Place, key: string): string {
  const token = key.replaceAll('~', '~0').replaceAll('/', '~1');
  return container === null ? `/${token}` : `/${container}/${token}`;
}
