import { change, distort, duplicate, omit, type Plant, STRAY_KEY, ZERO } from './plant.ts';

const details = {
  site_session_details_s: 'site_session_hk',
  site_visitor_details_s: 'site_visitor_hk',
  site_page_details_s: 'site_page_hk',
  business_item_details_s: 'business_item_hk',
} as const;
const eventDetails = { site_event_details_s: 'site_event_hk' } as const;
const snapshots = {
  site_session_snapshot_s: 'site_session_hk',
  site_visitor_snapshot_s: 'site_visitor_hk',
  site_page_snapshot_s: 'site_page_hk',
  business_item_snapshot_s: 'business_item_hk',
} as const;
const histories = {
  site_visitor_history: 'site_visitor_hk',
  site_page_history: 'site_page_hk',
  business_item_history: 'business_item_hk',
} as const;
const states = {
  site_visitor_state_r: 'site_visitor_hk',
  site_page_state_r: 'site_page_hk',
  business_item_state_r: 'business_item_hk',
} as const;
const accumulators = {
  site_session_acc: 'site_session_hk',
  site_visitor_acc: 'site_visitor_hk',
  site_page_acc: 'site_page_hk',
  business_item_acc: 'business_item_hk',
} as const;
const hubs = {
  session_slice_h: 'session_slice',
  site_visitor_h: 'site_visitor',
  site_page_h: 'site_page',
  business_item_h: 'business_item',
} as const;

const each = <Name extends string>(
  relations: Readonly<Record<Name, string>>,
  plant: (relation: string, key: string) => Plant,
): Plant[] => Object.entries<string>(relations).map(([relation, key]) => plant(relation, key));

/** A page of a tenant's, not the one of events without a page. */
const OWN_PAGE = `site_page_hk <> ${ZERO}`;
const DERIVED = "session_slice_bk LIKE '2026-%'";
const OTHER_TENANT = `'\\x${'77'.repeat(32)}'::bytea`;
const yesterday = { load_date: "load_date - interval '1 day'" };

const historyRows = (history: string, key: string, id: string, source: string): Plant =>
  change(
    history,
    `101 changes of one key in a day`,
    `INSERT INTO business.${history} (${key}, load_date, site_event_hk, ${id}, tenant_hk, record_source)
     SELECT h.${key}, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute', h.site_event_hk, h.${id}, h.tenant_hk, h.record_source
     FROM (SELECT * FROM business.${source} LIMIT 1) AS h CROSS JOIN generate_series(1, 101) AS i`,
  );

const manySnapshots = (snapshot: string, key: string): Plant => ({
  ...change(
    snapshot,
    'a thousand snapshots of one key',
    `DO $$
     DECLARE names text;
     BEGIN
       SELECT string_agg(quote_ident(attname), ', ') INTO names FROM pg_attribute
       WHERE attrelid = 'business.${snapshot}'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'load_date';
       EXECUTE format(
         'INSERT INTO business.${snapshot} (load_date, %1$s) SELECT timestamptz ''2026-01-01 00:00:00+00'' + i * interval ''1 hour'', %1$s
          FROM (SELECT * FROM business.${snapshot} ORDER BY ${key} LIMIT 1) AS one CROSS JOIN generate_series(1, 1000) AS i', names);
     END $$`,
  ),
});

const quarantined = (relation: string, what: string, columns: string, values: string): Plant =>
  change(
    relation,
    what,
    `INSERT INTO staging.quarantined_events (tenant_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source, ${columns})
     SELECT 'acme', now(), 'STAGING', 'id_conflict', '{}', '\\x', 'test', ${values}`,
  );

/** What is planted for each check, by the check's name. Checks of the server's own statistics have a test of their own. */
export const defects: Readonly<Record<string, readonly Plant[]>> = {
  H1_hash_key_is_unique_and_present: [
    ...each({ ...hubs, site_session_h: '', site_event_h: '' }, (relation) => duplicate(relation)),
    distort('site_page_h', { site_page_hk: 'NULL' }),
  ],
  H2_hash_key_is_the_hash_of_tenant_and_business_key: [
    ...each(hubs, (relation, name) =>
      distort(
        relation,
        { [`${name}_bk`]: "'forged'" },
        { where: relation === 'site_page_h' ? OWN_PAGE : 'true' },
      ),
    ),
    distort('site_visitor_h', { tenant_hk: OTHER_TENANT }),
    duplicate('site_visitor_h'),
    distort('site_event_nl', { site_event_bk: 'gen_random_uuid()' }, { relation: 'site_event_h' }),
    distort(
      'site_event_nl',
      { event_timestamp: "event_timestamp + interval '1 second'" },
      { relation: 'site_event_h' },
    ),
  ],
  H4_no_hub_row_without_a_business_key: [
    ...each({ ...hubs, site_event_h: 'site_event' }, (relation, name) =>
      distort(relation, { [`${name}_bk`]: "' '" }),
    ),
    distort('site_visitor_h', { site_visitor_bk: 'NULL' }),
    distort('site_visitor_h', { site_visitor_bk: "''" }),
  ],
  H5_hub_row_is_as_an_event_brought_it: [
    ...each(hubs, (relation) =>
      distort(relation, yesterday, { where: relation === 'site_page_h' ? OWN_PAGE : 'true' }),
    ),
    distort('site_visitor_h', { record_source: "'elsewhere'" }),
  ],
  L1_link_keys_are_unique_and_complete: [
    ...each(
      {
        session_visitor_l: '',
        session_slice_visitor_l: '',
        event_session_l: '',
        event_page_l: '',
        event_business_item_l: '',
      },
      (relation) => duplicate(relation),
    ),
    distort('session_visitor_l', { site_visitor_hk: 'NULL' }),
    distort('event_session_l', { link_event_session_hk: 'NULL' }),
  ],
  L2_hub_keys_of_links_exist: [
    distort('session_visitor_l', { site_session_hk: STRAY_KEY }),
    distort('session_visitor_l', { site_visitor_hk: STRAY_KEY }),
    omit('session_slice_h', { relation: 'session_slice_visitor_l' }),
    omit('site_visitor_h', { relation: 'session_slice_visitor_l' }),
    distort('event_session_l', { site_session_hk: STRAY_KEY }),
    omit('site_page_h', { relation: 'event_page_l' }),
    omit('business_item_h', { relation: 'event_business_item_l' }),
    distort('event_business_item_l', { site_event_hk: STRAY_KEY }),
  ],
  L3_no_link_of_an_absent_participant: [
    distort('session_slice_visitor_l', { site_visitor_hk: ZERO }, { relation: 'session_visitor_l' }),
    distort('event_business_item_nl', { business_item_hk: ZERO }, { relation: 'event_business_item_l' }),
    distort('site_event_nl', { session_slice_hk: ZERO }, { relation: 'event_session_l' }),
    distort('site_event_nl', { site_page_hk: ZERO }, { relation: 'event_page_l', where: OWN_PAGE }),
  ],
  L4_one_link_for_each_pair_as_an_event_brought_it: [
    distort('session_slice_visitor_l', yesterday),
    duplicate('session_slice_visitor_l'),
    duplicate('event_business_item_nl'),
  ],
  L5_link_key_is_the_hash_of_its_hub_keys: each(
    {
      session_slice_visitor_l: 'link_session_visitor_hk',
      session_visitor_l: 'link_session_visitor_hk',
      event_session_l: 'link_event_session_hk',
      event_page_l: 'link_event_page_hk',
      event_business_item_l: 'link_event_business_item_hk',
    },
    (relation, key) => distort(relation, { [key]: STRAY_KEY }),
  ),
  L6_hub_keys_of_a_link_belong_to_its_tenant: [
    distort('session_slice_visitor_l', { tenant_hk: OTHER_TENANT }, { relation: 'session_visitor_l' }),
    distort('event_session_l', { tenant_hk: OTHER_TENANT }),
    distort('event_page_l', { tenant_hk: OTHER_TENANT }, { where: OWN_PAGE }),
    distort('event_business_item_l', { tenant_hk: OTHER_TENANT }),
    distort('site_visitor_h', { tenant_hk: OTHER_TENANT }, { relation: 'session_visitor_l' }),
  ],
  E1_one_satellite_row_for_each_event: [duplicate('site_event_details_s'), omit('site_event_details_s')],
  E2_an_event_is_stored_once: [
    distort('site_event_h', { site_event_bk: "'twice'" }, { every: true }),
    duplicate('site_event_h'),
  ],
  E3_the_first_payload_of_a_contested_id_is_kept: [
    quarantined(
      'quarantined_events',
      'a refused payload without a first one',
      'event_id',
      'gen_random_uuid()',
    ),
  ],
  E4_what_was_refused_is_not_in_the_vault: [
    quarantined(
      'site_event_h',
      'an event both refused and loaded',
      'raw_event_id, event_id',
      '1, site_event_bk FROM business.site_event_nl LIMIT 1',
    ),
    distort('site_event_nl', { site_visitor_hk: 'NULL' }, { relation: 'site_event_h' }),
  ],
  E5_events_are_never_updated: [distort('site_event_details_s', { load_end_date: 'now()' })],
  E6_every_landed_event_arrived: [
    omit('site_event_nl', { relation: 'site_event_h' }),
    distort('site_event_nl', { tenant_hk: OTHER_TENANT }, { relation: 'site_event_h' }),
  ],
  E7_every_event_is_whole: [
    omit('site_event_details_s', { relation: 'site_event_h' }),
    omit('event_session_l', { relation: 'site_event_h' }),
    omit('event_page_l', { relation: 'site_event_h' }),
    omit('session_slice_visitor_l', { relation: 'site_event_nl' }),
    omit('site_visitor_state_r', { relation: 'site_event_nl' }),
    omit('site_page_state_r', { relation: 'site_event_nl' }),
    omit('traffic_source_r', { relation: 'site_event_nl' }),
    omit('business_item_state_r', { relation: 'event_business_item_nl' }),
    omit('derived_session_slices'),
  ],
  S1_key_and_load_date_are_unique: each({ ...details, ...eventDetails, ...snapshots }, (relation) =>
    duplicate(relation),
  ),
  S2_every_satellite_row_has_its_parent: [
    ...each({ ...details, ...eventDetails, ...snapshots, ...histories, ...states }, (relation, key) =>
      distort(relation, { [key]: STRAY_KEY }),
    ),
    omit('site_visitor_state_r', { relation: 'site_visitor_history' }),
    omit('site_page_state_r', { relation: 'site_page_history' }),
    omit('business_item_state_r', { relation: 'business_item_history' }),
    omit('site_visitor_h', { relation: 'site_visitor_snapshot_s' }),
  ],
  S3_every_change_comes_from_one_event: [
    ...each(histories, (relation) => distort(relation, { site_event_hk: STRAY_KEY })),
    ...each(histories, (relation) => duplicate(relation)),
  ],
  S5_every_observation_is_in_force_when_it_was_made: [
    distort('site_visitor_history', { visitor_state_id: '1' }),
    distort('site_page_history', { page_state_id: '1' }),
    distort('business_item_history', { item_state_id: '1' }),
    omit('site_visitor_history'),
  ],
  S6_neighbours_differ: each(details, (relation) => distort(relation, { hash_diff: ZERO }, { every: true })),
  S9_exactly_one_open_row: [
    ...each(details, (relation) => omit(relation, { where: 'load_end_date IS NULL' })),
    ...each(details, (relation) => duplicate(relation, { where: 'load_end_date IS NULL' })),
  ],
  S10_a_row_ends_where_the_next_begins: [
    ...each(details, (relation) => distort(relation, { load_end_date: 'load_date' })),
    distort('site_visitor_details_s', { load_end_date: 'NULL' }, { where: 'load_end_date IS NOT NULL' }),
  ],
  S11_a_row_ends_after_it_began: each({ ...details, ...eventDetails }, (relation) =>
    distort(relation, { load_end_date: 'load_date' }),
  ),
  S13_hashes_are_those_of_their_rows: [
    ...each({ ...details, ...eventDetails }, (relation) => distort(relation, { hash_diff: ZERO })),
    distort('site_visitor_details_s', { device_pixel_ratio: '9.99' }),
    distort('site_visitor_state_r', { user_agent: "'forged'" }),
    distort('site_page_state_r', { page_title: "'forged'" }),
    distort('business_item_state_r', { item_value: '1.23' }, { where: 'business_metadata IS NULL' }),
    distort('traffic_source_r', { channel: "'forged'" }),
  ],
  S14_no_satellite_row_without_a_key: [
    ...each({ ...details, ...eventDetails, ...snapshots, ...histories, ...states }, (relation, key) =>
      distort(relation, { [key]: ZERO }),
    ),
    distort('site_visitor_history', { site_visitor_hk: 'NULL' }),
  ],
  S20_satellite_rows_are_of_their_hubs_tenant: [
    ...each({ ...snapshots, ...states, ...histories, ...accumulators }, (relation) =>
      distort(relation, { tenant_hk: OTHER_TENANT }),
    ),
    distort('derived_session_slices', { tenant_hk: OTHER_TENANT }),
    distort('visitor_item_acc', { tenant_hk: OTHER_TENANT }),
    distort('traffic_source_r', { tenant_hk: OTHER_TENANT }),
  ],
  C3_load_date_is_the_arrival: [
    distort('site_event_nl', yesterday),
    distort('site_event_nl', { record_source: "'elsewhere'" }),
  ],
  C6_all_rows_of_an_event_have_its_load_date: [
    distort('event_business_item_nl', yesterday),
    ...each(histories, (relation) => distort(relation, yesterday, { relation: 'history' })),
    distort('site_event_details_s', yesterday),
    distort('event_session_l', yesterday, { relation: 'site_event_details_s' }),
    distort('event_page_l', { record_source: "'elsewhere'" }, { relation: 'site_event_details_s' }),
  ],
  // Its columns have a test of their own, which asks the catalogue for them.
  X2_hash_columns_have_one_length: [],
  X3_hashes_have_their_golden_values: [
    change(
      'util.hash_key',
      'a hash over text joined by a delimiter',
      `CREATE OR REPLACE FUNCTION util.hash_key(VARIADIC parts text[]) RETURNS bytea LANGUAGE sql IMMUTABLE
       RETURN substring(sha256(convert_to(array_to_string(parts, '||', '^^'), 'UTF8')) FROM 1 FOR 20)`,
    ),
    change(
      'util.event_time',
      'a time in seconds',
      `CREATE OR REPLACE FUNCTION util.event_time(event_key bytea) RETURNS timestamptz LANGUAGE sql IMMUTABLE
       RETURN timestamptz '2026-01-31 08:00:00+00'`,
    ),
  ],
  X4_nothing_joins_two_tenants: [
    distort('session_slice_h', { tenant_hk: OTHER_TENANT }, { relation: 'session_slice_visitor_l' }),
    distort('site_page_h', { tenant_hk: OTHER_TENANT }, { relation: 'site_event_nl', where: OWN_PAGE }),
    distort('business_item_h', { tenant_hk: OTHER_TENANT }, { relation: 'event_business_item_nl' }),
    distort(
      'session_slice_h',
      { tenant_hk: OTHER_TENANT },
      { relation: 'derived_session_slices', where: DERIVED },
    ),
  ],
  B1_half_hours_form_sessions: [
    change(
      'derived_session_slices',
      'a session that was not joined',
      'UPDATE business.derived_session_slices SET site_session_hk = session_slice_hk WHERE site_session_hk <> session_slice_hk',
    ),
    change(
      'derived_session_slices',
      'a last event that was not noted',
      'UPDATE business.derived_session_slices SET last_event_at = first_event_at WHERE last_event_at <> first_event_at',
    ),
    distort('derived_session_slices', { slice_start: "slice_start - interval '30 minutes'" }),
  ],
  B1_open_session_counters_equal_events: [
    change(
      'site_session_acc',
      'an event counted twice',
      'UPDATE business.site_session_acc SET total_events = total_events + 1',
    ),
    change(
      'site_session_acc',
      'a lost interaction',
      'UPDATE business.site_session_acc SET total_interactions = total_interactions - 1',
    ),
    change('site_session_acc', 'a wrong entry', 'UPDATE business.site_session_acc SET entry_event_hk = NULL'),
  ],
  B1_session_aggregates_equal_events: [
    ...[
      'total_page_views = total_page_views + 1',
      'total_events = total_events + 1',
      "session_end_time = session_end_time + interval '1 second'",
      "session_start_time = session_start_time - interval '1 second'",
      'is_bounce = NOT is_bounce',
      'transaction_attempted = NOT transaction_attempted',
      'transaction_completed = NOT transaction_completed',
      'total_conversion_value = total_conversion_value + 1',
      "items_viewed = '{forged}'",
      'business_context = business_context || \'{"bot_reason": "forged"}\'',
      'exit_event_hk = NULL',
    ].map((set) =>
      change('site_session_details_s', set, `UPDATE business.site_session_snapshot_s SET ${set}`),
    ),
    distort('site_session_details_s', { referrer_url: "'forged'" }, { where: 'load_end_date IS NULL' }),
    distort('site_session_details_s', { session_duration_seconds: '-1' }, { where: 'load_end_date IS NULL' }),
    distort('site_session_details_s', { utm_source: "'forged'" }, { where: 'load_end_date IS NULL' }),
  ],
  B1_visitor_aggregates_equal_events: [
    ...[
      'total_sessions = total_sessions + 1',
      'total_page_views = total_page_views + 1',
      'total_transactions = total_transactions + 1',
      'lifetime_value = lifetime_value + 1',
      "first_event_at = first_event_at - interval '1 second'",
      "last_event_at = last_event_at + interval '1 second'",
    ].map((set) => change('site_visitor_current', set, `UPDATE business.site_visitor_acc SET ${set}`)),
    change(
      'site_visitor_acc',
      'an event counted twice',
      'UPDATE business.site_visitor_acc SET total_events = total_events + 1',
    ),
    change(
      'site_visitor_details_s',
      'a session counted twice at the last snapshot',
      'UPDATE business.site_visitor_snapshot_s SET total_sessions = total_sessions + 1',
    ),
    distort('site_visitor_details_s', { visitor_segment: "'forged'" }, { where: 'load_end_date IS NULL' }),
    distort('site_visitor_details_s', { favorite_items: "'{forged}'" }, { where: 'load_end_date IS NULL' }),
  ],
  B1_page_aggregates_equal_events: [
    ...['total_views', 'unique_visitors'].map((column) =>
      change(
        'site_page_current',
        `${column} + 1`,
        `UPDATE business.site_page_acc SET ${column} = ${column} + 1`,
      ),
    ),
    ...['timed_views', 'seconds_on_page', 'entries', 'bounces', 'conversions'].map((column) =>
      change('site_page_acc', `${column} + 1`, `UPDATE business.site_page_acc SET ${column} = ${column} + 1`),
    ),
    ...['total_views', 'unique_visitors', 'avg_time_on_page', 'bounce_rate', 'conversion_rate'].map(
      (column) =>
        change(
          'site_page_details_s',
          `${column} + 1`,
          `UPDATE business.site_page_snapshot_s SET ${column} = ${column} + 1`,
        ),
    ),
  ],
  B1_item_aggregates_equal_events: [
    ...['total_interactions', 'total_conversions'].map((column) =>
      change(
        'business_item_current',
        `${column} + 1`,
        `UPDATE business.business_item_acc SET ${column} = ${column} + 1`,
      ),
    ),
    ...['total_interactions', 'total_conversions', 'popularity_score', 'conversion_rate'].map((column) =>
      change(
        'business_item_details_s',
        `${column} + 1`,
        `UPDATE business.business_item_snapshot_s SET ${column} = ${column} + 1`,
      ),
    ),
  ],
  B1_pair_counts_equal_events: [
    omit('site_page_visitors'),
    change(
      'site_page_visitors',
      'a pair that no event brought',
      'INSERT INTO business.site_page_visitors SELECT gen_random_uuid()',
    ),
    change(
      'visitor_item_acc',
      'a count too many',
      'UPDATE business.visitor_item_acc SET interactions = interactions + 1',
    ),
    omit('visitor_item_acc'),
  ],
  B2_rows_of_a_key_are_bounded: [
    historyRows('site_visitor_history', 'site_visitor_hk', 'visitor_state_id', 'site_visitor_history'),
    historyRows('site_page_history', 'site_page_hk', 'page_state_id', 'site_page_history'),
    historyRows('business_item_history', 'business_item_hk', 'item_state_id', 'business_item_history'),
    ...each(snapshots, (relation, key) => manySnapshots(relation, key)),
  ],
  G1_addresses_are_only_pseudonyms: [distort('site_visitor_state_r', { visitor_ip_hash: "'198.51.100.7'" })],
};
