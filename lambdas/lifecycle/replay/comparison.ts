import {
  event,
  eventItemLink,
  itemHub,
  itemState,
  pageHub,
  pageState,
  sliceHub,
  trafficSource,
  visitorHub,
  visitorState,
} from '../../vault/model.ts';

type Columns = Readonly<Record<string, string>>;

/** A table that events name rows of, and what of a row the raw layer says. */
interface Reference {
  readonly table: string;
  /** Columns by which the event names the row; the same in both tables. */
  readonly keys: readonly (keyof typeof event.columns)[];
  readonly columns: Columns;
}

/** The columns without those of a row's origin: an event knows its own, not that of the first event that named the row. */
const without = (columns: Columns, ...left: readonly string[]): Columns =>
  Object.fromEntries(Object.entries(columns).filter(([column]) => !left.includes(column)));
const businessKey = ({ key, columns }: { readonly key: string; readonly columns: Columns }): Columns =>
  without(columns, key, 'tenant_hk', 'load_date', 'record_source');

const references: readonly Reference[] = [
  ...[sliceHub, visitorHub, pageHub].map((hub) => ({
    table: hub.table,
    keys: [hub.key],
    columns: businessKey(hub),
  })),
  ...[visitorState, pageState].map(({ table, parent, id, columns }) => ({
    table,
    keys: [parent, id],
    columns,
  })),
  {
    table: trafficSource.table,
    keys: [trafficSource.key],
    columns: without(trafficSource.columns, trafficSource.key, 'tenant_hk'),
  },
];

/** Columns of an event that only name a row of another table: what differs is said with that row's columns. */
export const referenceColumns: ReadonlySet<string> = new Set(references.flatMap(({ keys }) => keys));

/** A row as the vault would store it, so that a rounded number or a shortened type is no difference. */
const asStored = (table: string, columns: Columns): string =>
  `to_jsonb(jsonb_populate_record(NULL::business.${table}, jsonb_build_object(${Object.entries(columns)
    .map(([column, source]) => `'${column}', ${source}`)
    .join(', ')})))`;
const picked = (row: string, columns: Columns): string =>
  `jsonb_build_object(${Object.keys(columns)
    .map((column) => `'${column}', ${row}.${column}`)
    .join(', ')})`;

const referencePairs = references.map(
  ({ table, keys, columns }) => `
      SELECT '${table}', (
        SELECT ${picked('named', columns)}
        FROM business.${table} AS named
        WHERE ${keys.map((key) => `named.${key} = standing.${key}`).join(' AND ')}
      ), ${asStored(table, columns)}
      WHERE ${keys.map((key) => `standing.${key} IS DISTINCT FROM ${event.columns[key]}`).join(' OR ')}`,
);

const stagedItems = `jsonb_to_recordset(s.business_items) AS item (
        key text, business_item_hk text, item_state_id bigint, item_name text, item_type text, item_category text,
        item_description text, item_value numeric, item_currency text, is_active boolean, business_metadata jsonb
      )`;

const itemPairs = `
      SELECT
        CASE WHEN known.business_item_hk IS NULL OR item.key IS NULL THEN '${eventItemLink.table}' ELSE '${itemState.table}' END,
        CASE
          WHEN known.business_item_hk IS NULL THEN NULL
          WHEN item.key IS NULL THEN jsonb_build_object('business_item_bk', known.business_item_bk)
          ELSE known.state
        END,
        CASE
          WHEN item.key IS NULL THEN jsonb_build_object('business_item_bk', NULL)
          WHEN known.business_item_hk IS NULL THEN jsonb_build_object('business_item_bk', item.key)
          ELSE ${asStored(itemState.table, itemState.columns)}
        END
      FROM (
        SELECT link.business_item_hk, hub.business_item_bk, ${picked('described', itemState.columns)} AS state
        FROM business.${eventItemLink.table} AS link
        LEFT JOIN business.${itemHub.table} AS hub ON hub.business_item_hk = link.business_item_hk
        LEFT JOIN business.${itemState.table} AS described
          ON described.business_item_hk = link.business_item_hk AND described.item_state_id = link.item_state_id
        WHERE link.site_event_hk = standing.site_event_hk
      ) AS known
      FULL JOIN (SELECT item.* FROM ${stagedItems}) AS item
        ON decode(item.business_item_hk, 'hex') = known.business_item_hk`;

const eventColumns = Object.keys(event.columns);

/**
 * Compares events as staging makes them now (`$1`: its rows as a JSON array) with the vault, by key.
 * Returns each event's raw id, whether the vault knows it, and how it differs: `[{table, column, old, new}]`.
 */
export const compareEvents = `
WITH s AS MATERIALIZED (
  SELECT * FROM json_populate_recordset(NULL::staging.site_events_staging, $1::json)
)
SELECT
  s.raw_event_id::text AS raw_event_id,
  standing.site_event_hk IS NOT NULL AS is_known,
  coalesce(difference.list, '[]'::jsonb) AS differences
FROM s
LEFT JOIN LATERAL (
  SELECT known.*
  FROM business.${event.table} AS known
  WHERE known.${event.key} = s.${event.key}
    AND known.event_timestamp = s.event_timestamp
  LIMIT 1
) AS standing ON true
CROSS JOIN LATERAL (
  SELECT
    (${eventColumns.map((column) => `standing.${column}`).join(', ')})
      IS NOT DISTINCT FROM (${Object.values(event.columns).join(', ')})
    AND ARRAY(
      SELECT encode(link.business_item_hk, 'hex') || ' ' || link.item_state_id
      FROM business.${eventItemLink.table} AS link
      WHERE link.site_event_hk = standing.site_event_hk
      ORDER BY link.business_item_hk
    ) = ARRAY(
      SELECT item.business_item_hk || ' ' || item.item_state_id
      FROM jsonb_to_recordset(s.business_items) AS item (business_item_hk text, item_state_id bigint)
      ORDER BY decode(item.business_item_hk, 'hex')
    ) AS is_same
) AS judged
LEFT JOIN LATERAL (
  SELECT
    jsonb_agg(
      jsonb_build_object('table', pair.table_name, 'column', field.key, 'old', pair.old -> field.key, 'new', field.value)
      ORDER BY pair.table_name, field.key
    ) AS list
  FROM (
      SELECT '${event.table}', to_jsonb(standing), ${asStored(event.table, event.columns)}
      UNION ALL${[...referencePairs, itemPairs].join('\n      UNION ALL')}
  ) AS pair (table_name, old, new)
  CROSS JOIN LATERAL jsonb_each(pair.new) AS field
  WHERE standing.site_event_hk IS NOT NULL
    AND NOT judged.is_same
    AND coalesce(pair.old -> field.key, 'null'::jsonb) <> field.value
) AS difference ON true`;
