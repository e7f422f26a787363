import {
  event,
  eventItemLink,
  type Hub,
  hubs,
  itemHub,
  type Link,
  provenance,
  sessionVisitorLink,
} from './model.ts';

interface LoadingStatement {
  readonly table: string;
  readonly text: string;
}

const stagedEvents = `
FROM staging.site_events_staging AS s
WHERE s.staging_event_id = ANY ($1::bigint[])
  AND s.validation_status IN ('VALID', 'ENRICHED')`;

function keyedInsert(
  table: string,
  key: string,
  columns: readonly string[],
  source: string,
): LoadingStatement {
  const list = columns.join(', ');
  return {
    table,
    text: `
INSERT INTO business.${table} (${list})
SELECT DISTINCT ON (${key}) ${list}
FROM (${source}) AS candidate
WHERE ${key} IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM business.${table} AS known WHERE known.${key} = candidate.${key})
ORDER BY ${key}, load_date, record_source
ON CONFLICT (${key}) DO NOTHING`,
  };
}

const provenanceColumns = Object.keys(provenance);
const stagedProvenance = Object.entries(provenance)
  .map(([column, staged]) => `s.${staged} AS ${column}`)
  .join(', ');

function hubStatement(hub: Hub): LoadingStatement {
  const { column, staged } = hub.businessKey;
  return keyedInsert(
    hub.table,
    hub.key,
    [hub.key, column, ...provenanceColumns],
    `SELECT s.${hub.key}, s.${staged} AS ${column}, ${stagedProvenance} ${stagedEvents}`,
  );
}

function linkStatement(link: Link): LoadingStatement {
  return keyedInsert(
    link.table,
    link.key,
    [link.key, ...link.hubKeys, ...provenanceColumns],
    `SELECT s.${link.key}, ${link.hubKeys.map((key) => `s.${key}`).join(', ')}, ${stagedProvenance} ${stagedEvents}`,
  );
}

/** Items arrive as a list inside the event, keys in hexadecimal. */
const stagedItems = `
FROM staging.site_events_staging AS s
CROSS JOIN LATERAL jsonb_to_recordset(s.business_items)
  AS item (key text, business_item_hk text, link_event_business_item_hk text)
WHERE s.staging_event_id = ANY ($1::bigint[])
  AND s.validation_status IN ('VALID', 'ENRICHED')`;

const itemHubStatement = keyedInsert(
  itemHub.table,
  itemHub.key,
  [itemHub.key, itemHub.businessKey.column, ...provenanceColumns],
  `SELECT decode(item.business_item_hk, 'hex') AS business_item_hk, item.key AS business_item_bk, ${stagedProvenance} ${stagedItems}`,
);

const eventItemLinkStatement = keyedInsert(
  eventItemLink.table,
  eventItemLink.key,
  [eventItemLink.key, ...eventItemLink.hubKeys, ...provenanceColumns],
  `SELECT decode(item.link_event_business_item_hk, 'hex') AS link_event_business_item_hk, s.site_event_hk,
  decode(item.business_item_hk, 'hex') AS business_item_hk, ${stagedProvenance} ${stagedItems}`,
);

const eventColumns = Object.entries(event.columns);

const eventStatement: LoadingStatement = {
  table: event.table,
  text: `
INSERT INTO business.${event.table} (${eventColumns.map(([column]) => column).join(', ')})
SELECT ${eventColumns.map(([, staged]) => `s.${staged}`).join(', ')} ${stagedEvents}
ORDER BY s.${event.key}, s.received_timestamp, s.staging_event_id
ON CONFLICT (${event.key}, event_timestamp) DO NOTHING`,
};

/**
 * The statements that load one set of staged events (`$1`: their ids) into the vault, in the order they must run.
 *
 * Each sorts by the key it inserts: the sort is the lock order that keeps two loaders from a deadlock. Hubs and links
 * skip known keys first and leave the guarantee to the primary key. The earliest row of a set wins (`load_date`, then
 * `record_source`).
 */
export const loadingStatements: readonly LoadingStatement[] = [
  ...hubs.map(hubStatement),
  itemHubStatement,
  linkStatement(sessionVisitorLink),
  eventStatement,
  eventItemLinkStatement,
];
