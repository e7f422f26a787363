import type { PreparedStatement } from '../platform/statement.ts';
import { event, eventItemLink, itemState, pageState, type State, visitorState } from './model.ts';

/**
 * Rows that the history of one key takes on one day (UTC) of load time. Beyond it the key's state changes so often (a title
 * that counts messages, two devices behind one id) that the history says nothing; events keep the states themselves.
 */
export const HISTORY_ROWS_PER_DAY = 100;

interface HistoryStatements {
  readonly history: string;
  /**
   * Writes what changed, in order, for observations newer than all before, and notes those that came behind newer ones and
   * differ from what stood at their time. `$1` staging ids of new events, `$2` rows a day.
   */
  readonly extend: PreparedStatement;
  /**
   * Reads the histories with late observations again from the events, from the earliest late one on, and writes the changes
   * that they lack. `$1` tenant key, `$2` rows a day.
   */
  readonly repair: string;
}

/** The observations of new events: one per key and load date, the last event of an instant speaks for it. */
const observations = (state: State, isItem: boolean): string => {
  const parent = isItem ? "decode(item.business_item_hk, 'hex')" : `s.${state.parent}`;
  const id = isItem ? 'item.item_state_id' : `s.${state.id}`;
  const items = isItem
    ? 'CROSS JOIN LATERAL jsonb_to_recordset(s.business_items) AS item (business_item_hk text, item_state_id bigint, describes_item boolean)'
    : '';
  return `
  SELECT DISTINCT ON (${parent}, s.received_timestamp)
    ${parent} AS parent_hk, s.tenant_hk, s.received_timestamp AS load_date, s.site_event_hk, ${id} AS state_id, s.record_source
  FROM staging.site_events_staging AS s
  ${items}
  WHERE s.staging_event_id = ANY ($1::bigint[])
    AND ${state.heard.staged}
  ORDER BY ${parent}, s.received_timestamp, s.site_event_hk DESC`;
};

function historyStatements(state: State, isItem: boolean): HistoryStatements {
  const { table, history, accumulator, parent, id, heard, newest } = state;
  const log = isItem ? eventItemLink.table : event.table;
  /** How many rows the history of a row's key has on the row's day. */
  const rowsOfDay = (row: string): string => `
    SELECT count(*) AS rows
    FROM business.${history} AS h
    WHERE h.${parent} = ${row}.parent_hk
      AND h.load_date >= ${row}.load_day AT TIME ZONE 'UTC'
      AND h.load_date < (${row}.load_day + 1) AT TIME ZONE 'UTC'
  `;
  return {
    history,
    extend: {
      name: `extend_${history}`,
      text: `
WITH observed AS MATERIALIZED (
  SELECT
    seen.*,
    (seen.load_date AT TIME ZONE 'UTC')::date AS load_day,
    -- What the history says differs from the newest observation when a day had more changes than it takes: a new day asks it.
    CASE
      WHEN ${newest.isKnown} AND (${newest.loadDate} AT TIME ZONE 'UTC')::date < (seen.load_date AT TIME ZONE 'UTC')::date THEN (
        SELECT h.${id}
        FROM business.${history} AS h
        WHERE h.${parent} = seen.parent_hk
        ORDER BY h.load_date DESC, h.site_event_hk DESC
        LIMIT 1
      )
      WHEN ${newest.isKnown} THEN acc.${id}
    END AS standing_id,
    coalesce(${newest.isKnown} AND (seen.load_date, seen.site_event_hk) < (${newest.loadDate}, acc.observed_event_hk), false) AS is_late
  FROM (${observations(state, isItem)}
  ) AS seen
  LEFT JOIN business.${accumulator} AS acc ON acc.${parent} = seen.parent_hk
),
noted AS (
  INSERT INTO business.late_observations AS noted (history, parent_hk, tenant_hk, since)
  SELECT '${history}', observed.parent_hk, observed.tenant_hk, min(observed.load_date)
  FROM observed
  LEFT JOIN LATERAL (
    SELECT h.${id} AS state_id
    FROM business.${history} AS h
    WHERE h.${parent} = observed.parent_hk
      AND (h.load_date, h.site_event_hk) <= (observed.load_date, observed.site_event_hk)
    ORDER BY h.load_date DESC, h.site_event_hk DESC
    LIMIT 1
  ) AS standing ON true
  WHERE observed.is_late
    AND observed.state_id IS DISTINCT FROM standing.state_id
  GROUP BY observed.parent_hk, observed.tenant_hk
  ORDER BY observed.parent_hk
  ON CONFLICT (history, parent_hk) DO UPDATE SET since = least(noted.since, EXCLUDED.since)
),
fresh AS (
  SELECT
    observed.*,
    lag(observed.state_id, 1, observed.standing_id) OVER (PARTITION BY observed.parent_hk ORDER BY observed.load_date) AS previous_id
  FROM observed
  WHERE NOT observed.is_late
),
changed AS (
  SELECT
    fresh.*,
    row_number() OVER (PARTITION BY fresh.parent_hk, fresh.load_day ORDER BY fresh.load_date) + standing.rows AS row_of_day
  FROM fresh
  CROSS JOIN LATERAL (${rowsOfDay('fresh')}) AS standing
  WHERE fresh.state_id IS DISTINCT FROM fresh.previous_id
)
INSERT INTO business.${history} (${parent}, load_date, site_event_hk, ${id}, tenant_hk, record_source)
SELECT parent_hk, load_date, site_event_hk, state_id, tenant_hk, record_source
FROM changed
WHERE row_of_day <= $2`,
    },
    repair: `
WITH late AS (
  DELETE FROM business.late_observations AS noted
  WHERE noted.tenant_hk = $1
    AND noted.history = '${history}'
  RETURNING noted.parent_hk, noted.since
),
observed AS (
  SELECT DISTINCT ON (seen.${parent}, seen.load_date)
    seen.${parent} AS parent_hk, seen.tenant_hk, seen.load_date, seen.site_event_hk, seen.${id} AS state_id, seen.record_source, late.since
  FROM late
  JOIN business.${log} AS seen ON seen.${parent} = late.parent_hk AND seen.load_date >= late.since
  JOIN business.${table} AS described ON described.${parent} = seen.${parent} AND described.${id} = seen.${id}
  WHERE seen.load_date >= (SELECT min(since) FROM late)
    AND ${heard.logged}
  ORDER BY seen.${parent}, seen.load_date, seen.site_event_hk DESC
),
judged AS (
  SELECT
    observed.*,
    (observed.load_date AT TIME ZONE 'UTC')::date AS load_day,
    lag(observed.state_id, 1, standing.state_id) OVER (PARTITION BY observed.parent_hk ORDER BY observed.load_date) AS previous_id
  FROM observed
  LEFT JOIN LATERAL (
    SELECT h.${id} AS state_id
    FROM business.${history} AS h
    WHERE h.${parent} = observed.parent_hk
      AND h.load_date < observed.since
    ORDER BY h.load_date DESC, h.site_event_hk DESC
    LIMIT 1
  ) AS standing ON true
),
-- Where another event of the same instant has spoken already, the one that speaks for it now has to be heard.
wanted AS (
  SELECT judged.*
  FROM judged
  WHERE judged.state_id IS DISTINCT FROM judged.previous_id
     OR EXISTS (
       SELECT 1
       FROM business.${history} AS h
       WHERE h.${parent} = judged.parent_hk AND h.load_date = judged.load_date
     )
),
numbered AS (
  SELECT
    wanted.*,
    row_number() OVER (PARTITION BY wanted.parent_hk, wanted.load_day ORDER BY wanted.load_date) + standing.rows AS row_of_day
  FROM wanted
  CROSS JOIN LATERAL (${rowsOfDay('wanted')}) AS standing
  WHERE NOT EXISTS (
    SELECT 1
    FROM business.${history} AS h
    WHERE h.${parent} = wanted.parent_hk AND h.load_date = wanted.load_date AND h.site_event_hk = wanted.site_event_hk
  )
)
INSERT INTO business.${history} (${parent}, load_date, site_event_hk, ${id}, tenant_hk, record_source)
SELECT parent_hk, load_date, site_event_hk, state_id, tenant_hk, record_source
FROM numbered
WHERE row_of_day <= $2
ORDER BY parent_hk, load_date
ON CONFLICT DO NOTHING`,
  };
}

/** The histories of visitors, pages and items, each before its accumulator moves on. */
export const histories: readonly HistoryStatements[] = [
  historyStatements(visitorState, false),
  historyStatements(pageState, false),
  historyStatements(itemState, true),
];
