/** How the rows of a table are found from a visitor. */
type Reach = 'visitor' | 'slice' | 'own_slice' | 'session' | 'event';

export interface ExportedTable {
  readonly table: string;
  readonly reach: Reach;
}

/**
 * Every table that is keyed by the visitor, by a session or by an event of theirs, and of the marts what shows it readably. Raw
 * events, quarantine and staging are read on their own, since there nothing but an event's bytes may say whose it is.
 */
export const exportedTables: readonly ExportedTable[] = [
  { table: 'business.site_visitor_h', reach: 'visitor' },
  { table: 'business.site_visitor_state_r', reach: 'visitor' },
  { table: 'business.site_visitor_history', reach: 'visitor' },
  { table: 'business.site_visitor_acc', reach: 'visitor' },
  { table: 'business.site_visitor_snapshot_s', reach: 'visitor' },
  { table: 'business.visitor_item_acc', reach: 'visitor' },
  { table: 'business.derived_session_slices', reach: 'visitor' },
  { table: 'business.session_slice_visitor_l', reach: 'visitor' },
  { table: 'business.session_slice_h', reach: 'slice' },
  { table: 'business.site_session_acc', reach: 'session' },
  { table: 'business.site_session_snapshot_s', reach: 'session' },
  { table: 'business.site_event_nl', reach: 'own_slice' },
  { table: 'business.event_business_item_nl', reach: 'event' },
  { table: 'analytics.event_facts', reach: 'own_slice' },
  { table: 'analytics.session_facts', reach: 'session' },
  { table: 'staging.site_events_staging', reach: 'visitor' },
];

/** Tables that name an event, a session or a visitor and are not exported, and why. */
export const notExported: Readonly<Record<string, string>> = {
  'auth.visitor_salts': 'Secrets; they say nothing of anybody.',
  'auth.visitor_keys': 'Secrets; they say nothing of anybody.',
  'auth.privacy_jobs': 'What was asked for and done: the API and the certificates say it.',
  'raw.erased_visitors': 'Of a visitor who has data there is no row.',
  'raw.event_registry': 'Hashes of event ids, by which a repetition is known.',
  'raw.pending_requests': 'Requests on their way; their events are read from the raw layer.',
  'business.site_page_history': 'What a page was called; the event that said so is exported.',
  'business.site_page_acc': 'Counters of a page.',
  'business.site_page_visitors':
    'Hashes, each over a page and a visitor, by which visitors of a page are counted once.',
  'business.business_item_history': 'What an item was called; the event that said so is exported.',
  'business.business_item_acc': 'Counters of an item.',
  'business.late_observations': 'Since when a history is to be read again.',
};

/** Slices of a visitor's sessions; those with events of others as well are shared. */
const SLICES = `
  SELECT DISTINCT link.session_slice_hk AS key
  FROM business.session_slice_visitor_l AS link
  WHERE link.site_visitor_hk = ANY ($2::bytea[])
    AND link.tenant_hk = $1`;

const SESSIONS = `
  SELECT DISTINCT coalesce(part.site_session_hk, link.session_slice_hk) AS key
  FROM business.session_slice_visitor_l AS link
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = link.session_slice_hk
  WHERE link.site_visitor_hk = ANY ($2::bytea[])
    AND link.tenant_hk = $1
    AND NOT EXISTS (
      SELECT
      FROM business.session_slice_visitor_l AS other
      WHERE other.session_slice_hk = link.session_slice_hk
        AND other.site_visitor_hk <> ALL ($2::bytea[])
    )`;

const EVENTS = `
  SELECT event.site_event_hk AS key
  FROM (${SLICES}) AS slice
  JOIN business.site_event_nl AS event ON event.session_slice_hk = slice.key AND event.site_visitor_hk = ANY ($2::bytea[])`;

/** LATERAL, so that each key is looked up: a join might read all sessions and events of a tenant. */
const lookedUp = (keys: string, table: string, condition: string): string =>
  `SELECT to_jsonb(found)::text AS row
FROM (${keys}) AS own
CROSS JOIN LATERAL (
  SELECT held.* FROM ${table} AS held WHERE ${condition} AND held.tenant_hk = $1
) AS found`;

const statements: Readonly<Record<Reach, (table: string) => string>> = {
  visitor: (table) =>
    `SELECT to_jsonb(found)::text AS row FROM ${table} AS found WHERE found.site_visitor_hk = ANY ($2::bytea[]) AND found.tenant_hk = $1`,
  slice: (table) => lookedUp(SLICES, table, 'held.session_slice_hk = own.key'),
  own_slice: (table) =>
    lookedUp(SLICES, table, 'held.session_slice_hk = own.key AND held.site_visitor_hk = ANY ($2::bytea[])'),
  session: (table) => lookedUp(SESSIONS, table, 'held.site_session_hk = own.key'),
  event: (table) => lookedUp(EVENTS, table, 'held.site_event_hk = own.key'),
};

/** The cursor that the rows of a visitor are read from. */
export const CURSOR = 'exported_rows';

/** Opens the cursor on the rows of a visitor, each as the text of a JSON object. $1 tenant key, $2 keys of the visitor. */
export const cursorOn = ({ table, reach }: ExportedTable): string =>
  `DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${statements[reach](table)}`;
