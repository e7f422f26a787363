import type { PreparedStatement } from '../platform/statement.ts';
import {
  event,
  eventItemLink,
  itemHub,
  itemState,
  pageHub,
  pageState,
  type State,
  sliceHub,
  sliceVisitorLink,
  trafficSource,
  visitorHub,
  visitorState,
} from './model.ts';

interface LoadingStatement extends PreparedStatement {
  readonly table: string;
}

type Columns = Readonly<Record<string, string>>;

const staged = `FROM staging.site_events_staging AS s
WHERE s.staging_event_id = ANY ($1::bigint[])`;

const stagedItems = `FROM staging.site_events_staging AS s
CROSS JOIN LATERAL jsonb_to_recordset(s.business_items) AS item (
  key text, business_item_hk text, item_state_id bigint, item_name text, item_type text, item_category text,
  item_description text, item_value numeric, item_currency text, is_active boolean, business_metadata jsonb, describes_item boolean
)
WHERE s.staging_event_id = ANY ($1::bigint[])
  AND s.business_items IS NOT NULL`;

const names = (columns: Columns): string => Object.keys(columns).join(', ');
const selected = (columns: Columns): string =>
  Object.entries(columns)
    .map(([column, source]) => `${source} AS ${column}`)
    .join(', ');

/** Inserts one row for each key that `source` has and the table has not. The sort is the lock order of all loaders. */
function insertUnknown(table: string, keys: readonly string[], columns: Columns, source: string) {
  const matches = keys.map((column) => `known.${column} = candidate.${column}`).join(' AND ');
  return {
    name: `load_${table}`,
    table,
    text: `
INSERT INTO business.${table} (${names(columns)})
SELECT ${names(columns)}
FROM (${source}
) AS candidate
WHERE ${keys.map((column) => `candidate.${column} IS NOT NULL`).join(' AND ')}
  AND NOT EXISTS (SELECT 1 FROM business.${table} AS known WHERE ${matches})
ORDER BY ${keys.join(', ')}
ON CONFLICT (${keys.join(', ')}) DO NOTHING`,
  };
}

/** Of several events with one key the first that arrived speaks for it. */
function fromEvents(table: string, keys: readonly string[], columns: Columns): LoadingStatement {
  const expressions = keys.map((key) => columns[key] ?? key);
  // The rows of a key are found before any column is read: a batch has far fewer keys than events.
  const source = `
  SELECT ${selected(columns)}
  FROM (
    SELECT DISTINCT ON (${expressions.join(', ')}) s.staging_event_id
    ${staged}
    ORDER BY ${expressions.join(', ')}, s.received_timestamp, s.record_source, s.staging_event_id
  ) AS first
  JOIN staging.site_events_staging AS s ON s.staging_event_id = first.staging_event_id`;
  return insertUnknown(table, keys, columns, source);
}

/** Of several items with one key the first that arrived speaks for it. */
function fromItems(table: string, keys: readonly string[], columns: Columns): LoadingStatement {
  const expressions = keys.map((key) => columns[key] ?? key);
  const source = `
  SELECT DISTINCT ON (${expressions.join(', ')}) ${selected(columns)}
  ${stagedItems}
  ORDER BY ${expressions.join(', ')}, s.received_timestamp, s.record_source, s.staging_event_id`;
  return insertUnknown(table, keys, columns, source);
}

const stateColumns = (state: State, parent: string, id: string): Columns => ({
  [state.parent]: parent,
  [state.id]: id,
  tenant_hk: 's.tenant_hk',
  ...state.columns,
});

/**
 * Inserts the staged events (`$1`: their ids) that the vault does not have yet, and returns the staging ids of exactly these.
 * Of several with one key the first that arrived wins. What this returns is the gate of everything that counts events.
 *
 * There is no ON CONFLICT, which would log 42 bytes more for each event: two workers never have the same event, since the
 * registry lets an id land once and a request is one worker's. Should it happen all the same, the primary key refuses the
 * second (23505), and the statement is run again: then it sees the first.
 */
export const insertEvents: LoadingStatement = {
  name: `load_${event.table}`,
  table: event.table,
  text: `
WITH candidate AS MATERIALIZED (
  SELECT DISTINCT ON (s.${event.key}) s.${event.key}, s.staging_event_id
  ${staged}
    AND s.validation_status IN ('VALID', 'ENRICHED')
    AND NOT EXISTS (
      SELECT 1
      FROM business.${event.table} AS known
      WHERE known.${event.key} = s.${event.key} AND known.event_timestamp = s.event_timestamp
    )
  ORDER BY s.${event.key}, s.received_timestamp, s.staging_event_id
),
inserted AS (
  INSERT INTO business.${event.table} (${names(event.columns)})
  SELECT ${selected(event.columns)}
  FROM candidate
  JOIN staging.site_events_staging AS s ON s.staging_event_id = candidate.staging_event_id
  ORDER BY candidate.${event.key}
)
SELECT candidate.staging_event_id::text AS staging_event_id
FROM candidate`,
};

/** Links the sessions' slices of new events (`$1`) to their visitors; returns the links that are new. */
export const linkVisitors: LoadingStatement = (() => {
  const { table, key, columns } = sliceVisitorLink;
  const statement = fromEvents(table, [key], columns);
  return { ...statement, text: `${statement.text}\nRETURNING ${key}` };
})();

/**
 * The statements that load what new events (`$1`: their staging ids) bring along, in the order they must run.
 *
 * Each sorts by the key it inserts: the sort is the lock order that keeps two loaders from a deadlock. Known keys are
 * skipped first; the guarantee is the primary key. The earliest row of a set wins (`load_date`, then `record_source`).
 */
export const loadingStatements: readonly LoadingStatement[] = [
  ...[sliceHub, visitorHub, pageHub].map(({ table, key, columns }) => fromEvents(table, [key], columns)),
  fromItems(itemHub.table, [itemHub.key], itemHub.columns),
  fromEvents(trafficSource.table, [trafficSource.key], trafficSource.columns),
  ...[visitorState, pageState].map((state) =>
    fromEvents(
      state.table,
      [state.parent, state.id],
      stateColumns(state, `s.${state.parent}`, `s.${state.id}`),
    ),
  ),
  fromItems(
    itemState.table,
    [itemState.parent, itemState.id],
    stateColumns(itemState, itemHub.columns.business_item_hk, 'item.item_state_id'),
  ),
  fromItems(eventItemLink.table, eventItemLink.hubKeys, eventItemLink.columns),
];
