-- The ledger (docs/decisions/0021-ledger.md): what became of every event that arrived, by tenant and day of arrival in UTC. What was
-- received is counted apart from what became of it, so that a loss shows as a gap.

-- ── What the door notes ───────────────────────────────────────────────────────────────────────────────────────────────────

-- Events that arrived and got no row in the raw layer: once as received, and once as what became of them instead. An event that is
-- contested for the first time is in quarantine and stands here as received only. Rows stay until the ledger of their day is settled.
CREATE TABLE raw.landing_outcomes (
  tenant_id varchar(255) NOT NULL,
  received_timestamp timestamptz NOT NULL,
  kind varchar(10) NOT NULL CHECK (kind IN ('received', 'duplicate', 'refused')),
  -- Code of the refusal.
  reason varchar(50),
  events integer NOT NULL CHECK (events > 0),
  CHECK ((reason IS NOT NULL) = (kind = 'refused'))
);
CREATE INDEX landing_outcomes_day ON raw.landing_outcomes (received_timestamp, tenant_id);
SELECT auth.isolate('raw.landing_outcomes', 'tenant_id = (SELECT auth.acting_tenant_id())');
GRANT INSERT ON raw.landing_outcomes TO onevault_ingest;
GRANT SELECT ON raw.landing_outcomes TO onevault_reader;
GRANT SELECT, DELETE ON raw.landing_outcomes TO onevault_maintenance;

-- Notes events that were refused. For each reason its code and how many; how many arrived is the caller's own count.
CREATE FUNCTION raw.note_refused(tenant_id text, received integer, reasons text[], refused integer[]) RETURNS void
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  INSERT INTO raw.landing_outcomes (tenant_id, received_timestamp, kind, reason, events)
  SELECT note_refused.tenant_id, statement_timestamp(), entry.kind, entry.reason, entry.events
  FROM (
    SELECT 'received' AS kind, NULL AS reason, note_refused.received AS events
    UNION ALL
    SELECT 'refused', left(each.reason, 50), each.events
    FROM unnest(note_refused.reasons, note_refused.refused) AS each (reason, events)
  ) AS entry
  WHERE entry.events > 0;
END;

-- The same for the tenant of a caller.
CREATE FUNCTION raw.note_refused_for(tenant_hk bytea, tenant_id text, received integer, reasons text[], refused integer[])
  RETURNS void
  LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM auth.act_for(note_refused_for.tenant_id, note_refused_for.tenant_hk);
  PERFORM raw.note_refused(note_refused_for.tenant_id, note_refused_for.received, note_refused_for.reasons, note_refused_for.refused);
END
$$;
REVOKE ALL ON FUNCTION raw.note_refused_for(bytea, text, integer, text[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raw.note_refused_for(bytea, text, integer, text[], integer[]) TO onevault_ingest;

-- ── Landing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- As before; what the raw layer gets no row of is noted, and of a contested event whose it is.
CREATE OR REPLACE FUNCTION raw.land_request(
  tenant_id text,
  site_id text,
  record_source text,
  user_agent text,
  visitor_ip_hash bytea,
  visitor_key bytea,
  bodies bytea,
  event_keys uuid[],
  event_ids uuid[],
  payload_fingerprints bigint[],
  first_bytes integer[],
  byte_lengths integer[],
  contexts text[],
  envelope jsonb,
  has_doorbell boolean
) RETURNS TABLE (index integer, request_id bigint, is_conflict boolean, is_raced boolean)
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  WITH sent AS MATERIALIZED (
    SELECT
      e.*,
      row_number() OVER occurrence AS occurrence,
      first_value(e.payload_fingerprint) OVER occurrence AS first_fingerprint
    FROM unnest(
      land_request.event_keys, land_request.event_ids, land_request.payload_fingerprints,
      land_request.first_bytes, land_request.byte_lengths, land_request.contexts
    ) WITH ORDINALITY AS e (event_key, event_id, payload_fingerprint, first_byte, byte_length, context, position)
    WINDOW occurrence AS (PARTITION BY e.event_key ORDER BY e.position)
  ),
  request AS MATERIALIZED (
    SELECT
      nextval('raw.request_id_seq') AS request_id,
      -- Whole milliseconds, so that JavaScript and Postgres mean the same instant.
      date_trunc('milliseconds', statement_timestamp()) AS received_timestamp
  ),
  registered AS (
    INSERT INTO raw.event_registry (event_key, payload_fingerprint, request_id, received_timestamp, tenant_key)
    SELECT
      sent.event_key, sent.payload_fingerprint, request.request_id, request.received_timestamp,
      raw.tenant_key(land_request.tenant_id)
    FROM sent
    CROSS JOIN request
    WHERE sent.occurrence = 1
    ORDER BY sent.event_key
    ON CONFLICT (event_key) DO NOTHING
    RETURNING event_key
  ),
  judged AS MATERIALIZED (
    SELECT
      sent.*,
      sent.is_registered AND sent.occurrence = 1 AS is_new,
      coalesce(standing.payload_fingerprint <> sent.payload_fingerprint, false) AS is_conflict,
      standing.payload_fingerprint IS NULL AS is_raced
    -- IN and no join: a plan that serves sets of every size would pair each row with each.
    FROM (SELECT sent.*, sent.event_key IN (SELECT registered.event_key FROM registered) AS is_registered FROM sent) AS sent
    LEFT JOIN raw.event_registry AS known ON known.event_key = sent.event_key
    -- The payload that stands under the id: from before, or from this request's first event of the id.
    CROSS JOIN LATERAL (
      SELECT coalesce(known.payload_fingerprint, CASE WHEN sent.is_registered THEN sent.first_fingerprint END)
    ) AS standing (payload_fingerprint)
  ),
  kept AS MATERIALIZED (
    SELECT judged.*, row_number() OVER (ORDER BY judged.position) - 1 AS ordinal
    FROM judged
    WHERE judged.is_new
  ),
  landed AS (
    INSERT INTO raw.site_tracking_requests_r (
      received_timestamp, request_id, tenant_id, site_id, event_count, visitor_ip_hash, visitor_key, user_agent,
      record_source, event_ids, byte_lengths, body, envelope, event_context
    )
    SELECT
      min(request.received_timestamp),
      min(request.request_id),
      land_request.tenant_id,
      land_request.site_id,
      count(*),
      land_request.visitor_ip_hash,
      land_request.visitor_key,
      land_request.user_agent,
      land_request.record_source,
      array_agg(kept.event_id ORDER BY kept.ordinal),
      array_agg(kept.byte_length ORDER BY kept.ordinal),
      string_agg(
        substring(land_request.bodies FROM kept.first_byte FOR kept.byte_length), '\x0a'::bytea ORDER BY kept.ordinal
      ),
      land_request.envelope,
      jsonb_object_agg(kept.ordinal, kept.context::jsonb) FILTER (WHERE kept.context IS NOT NULL)
    FROM kept
    CROSS JOIN request
    HAVING count(*) > 0
  ),
  marked AS (
    INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
    SELECT
      min(request.request_id),
      min(request.received_timestamp),
      land_request.tenant_id,
      count(*),
      -- An hour is the longest that the sweeper may be told to wait.
      min(request.received_timestamp) - CASE WHEN land_request.has_doorbell THEN interval '0' ELSE interval '1 hour' END
    FROM kept
    CROSS JOIN request
    HAVING count(*) > 0
  ),
  quarantined AS (
    INSERT INTO staging.quarantined_events (
      tenant_id, event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source, envelope, visitor_key
    )
    SELECT
      land_request.tenant_id,
      judged.event_id,
      request.received_timestamp,
      'INGEST',
      'id_conflict',
      ARRAY['The event id is known with another payload; the first one counts.'],
      substring(land_request.bodies FROM judged.first_byte FOR judged.byte_length),
      land_request.record_source,
      land_request.envelope,
      coalesce(decode(judged.context::jsonb ->> 'visitor_key', 'hex'), land_request.visitor_key)
    FROM judged
    CROSS JOIN request
    WHERE judged.is_conflict
    ON CONFLICT DO NOTHING
    RETURNING 1
  ),
  noted AS (
    INSERT INTO raw.landing_outcomes (tenant_id, received_timestamp, kind, events)
    SELECT land_request.tenant_id, request.received_timestamp, entry.kind, entry.events
    FROM (
      -- An event that another request raced for is judged, and noted, in the next round.
      SELECT
        count(*) FILTER (WHERE NOT judged.is_raced) - (SELECT count(*) FROM kept) AS without_row,
        count(*) FILTER (WHERE NOT judged.is_raced AND NOT judged.is_new AND NOT judged.is_conflict) AS repeated,
        -- A conflict that lies in quarantine already.
        count(*) FILTER (WHERE judged.is_conflict) - (SELECT count(*) FROM quarantined) AS contested_again
      FROM judged
    ) AS tally
    CROSS JOIN request
    CROSS JOIN LATERAL (
      VALUES ('received', tally.without_row), ('duplicate', tally.repeated + tally.contested_again)
    ) AS entry (kind, events)
    WHERE entry.events > 0
  )
  SELECT
    (judged.position - 1)::integer,
    CASE WHEN judged.is_new THEN request.request_id END,
    judged.is_conflict,
    judged.is_raced
  FROM judged
  CROSS JOIN request
  ORDER BY judged.position;
END;

-- ── What SQL sends ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Tracks what one call sends, as before, and notes what was refused of it. A call that names no tenant is in nobody's ledger.
ALTER FUNCTION raw.track(jsonb, text, text, text) RENAME TO judge_call;
CREATE FUNCTION raw.track(request jsonb, tenant_name text, address text, user_agent text) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  answer jsonb := raw.judge_call(request, tenant_name, address, user_agent);
  caller text;
BEGIN
  IF (answer -> 'accepted')::integer > 0 AND (answer -> 'accepted')::integer = jsonb_array_length(answer -> 'results') THEN
    RETURN answer;
  END IF;
  SELECT tenant.tenant_bk
  INTO caller
  FROM auth.tenant_h AS tenant
  WHERE tenant.tenant_bk = coalesce(
    answer #>> '{data,tenant_id}',
    -- A call that is refused as a whole was not asked whose it is.
    nullif(raw.trim_blanks(tenant_name), ''),
    CASE WHEN tenant_name IS NULL THEN raw.named_tenant(request) END,
    raw.session_tenant()
  )
  LIMIT 1;
  IF caller IS NULL THEN
    RETURN answer;
  END IF;
  PERFORM raw.note_refused(caller, sum(refusal.events)::integer, array_agg(refusal.code), array_agg(refusal.events))
  FROM (
    SELECT verdict.code, count(*)::integer AS events
    FROM jsonb_array_elements(
      CASE jsonb_array_length(answer -> 'results') WHEN 0 THEN jsonb_build_array(answer) ELSE answer -> 'results' END
    ) AS each
    CROSS JOIN LATERAL (
      SELECT CASE each.value ->> 'status' WHEN 'not_stored' THEN 'opted_out' ELSE each.value ->> 'code' END
    ) AS verdict (code)
    -- A contested event is in quarantine.
    WHERE verdict.code <> 'id_conflict'
    GROUP BY verdict.code
  ) AS refusal
  HAVING count(*) > 0;
  RETURN answer;
END
$$;

-- As before, by the function above.
CREATE OR REPLACE FUNCTION api.track_event(request jsonb) RETURNS jsonb
  LANGUAGE sql VOLATILE
  SET search_path = pg_catalog
  RETURN raw.track(request, NULL, coalesce(host(inet_client_addr()), ''), NULL);

CREATE OR REPLACE FUNCTION api.track_site_event(
  tenant_id text,
  event_type text,
  page_url text DEFAULT NULL,
  event_data jsonb DEFAULT NULL,
  session_id text DEFAULT NULL,
  visitor_id text DEFAULT NULL,
  client_ip inet DEFAULT NULL,
  user_agent text DEFAULT NULL
) RETURNS jsonb
  LANGUAGE sql VOLATILE
  SET search_path = pg_catalog
  RETURN raw.track(
    (
      SELECT coalesce(jsonb_object_agg(field.name, field.value), '{}')
      FROM (
        VALUES
          ('event_type', to_jsonb(event_type)),
          ('page_url', to_jsonb(page_url)),
          ('event_data', event_data),
          ('session_id', to_jsonb(session_id)),
          ('visitor_id', to_jsonb(visitor_id)),
          ('client_ip', to_jsonb(host(client_ip))),
          ('user_agent', to_jsonb(user_agent))
      ) AS field (name, value)
      WHERE field.value IS NOT NULL
    ),
    coalesce(tenant_id, ''),
    coalesce(host(inet_client_addr()), ''),
    NULL
  );

-- ── The balance ───────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE raw.ledger_days (
  tenant_id varchar(255) NOT NULL,
  day date NOT NULL,
  received bigint NOT NULL,
  -- Of these, events that got no row in the raw layer.
  without_raw_row bigint NOT NULL,
  -- In the vault, and not erased.
  stored bigint NOT NULL,
  -- How many of the vault's events are a bot's.
  bots bigint NOT NULL,
  duplicate bigint NOT NULL,
  quarantined bigint NOT NULL,
  refused bigint NOT NULL,
  -- Still in the vault, as somebody's nobody knows.
  anonymised bigint NOT NULL,
  -- Erased before they reached the vault.
  dropped bigint NOT NULL,
  erased bigint NOT NULL GENERATED ALWAYS AS (anonymised + dropped) STORED,
  -- On their way to the vault.
  pending bigint NOT NULL,
  gap bigint NOT NULL GENERATED ALWAYS AS (
    received - stored - duplicate - quarantined - refused - anonymised - dropped - pending
  ) STORED,
  -- {code: events}
  refusals jsonb NOT NULL,
  balanced_at timestamptz NOT NULL,
  -- Since when the figures stand for good: retention may take away what they were counted from.
  settled_at timestamptz,
  -- Whether a replay went through events of a settled day: what was in quarantine may be in the vault now.
  is_stale boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_id, day)
);
CREATE INDEX ledger_days_open ON raw.ledger_days (day) WHERE settled_at IS NULL OR is_stale;
SELECT auth.isolate('raw.ledger_days', 'tenant_id = (SELECT auth.acting_tenant_id())');
GRANT SELECT ON raw.ledger_days TO onevault_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON raw.ledger_days TO onevault_maintenance;

-- The first day with a ledger: of what arrived before this migration nobody counted the duplicates.
DO $$
BEGIN
  EXECUTE format(
    'CREATE FUNCTION raw.ledger_begins_on() RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN DATE %L',
    (CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::date
      + (EXISTS (SELECT FROM raw.event_registry) OR EXISTS (SELECT FROM staging.quarantined_events))::integer
  );
END
$$;

-- How far the ledger has come, for all tenants. One row.
CREATE TABLE raw.ledger_progress (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  -- Nothing can arrive before this day any more.
  closed_until date NOT NULL,
  -- Days before this were balanced after that.
  balanced_until date NOT NULL,
  -- The next value of closed_until, once every transaction older than this one has ended.
  closing_until date,
  closing_xid xid8,
  CHECK ((closing_until IS NULL) = (closing_xid IS NULL))
);
INSERT INTO raw.ledger_progress (closed_until, balanced_until) VALUES (raw.ledger_begins_on(), raw.ledger_begins_on());
SELECT auth.isolate('raw.ledger_progress', NULL);
GRANT SELECT, UPDATE ON raw.ledger_progress TO onevault_maintenance;

-- What became of the events that arrived on one day, as the tables say at this moment. For each tenant its name and its key.
CREATE FUNCTION raw.count_ledger(tenant_ids text[], tenant_keys bytea[], counted_day date)
  RETURNS TABLE (
    tenant_id text,
    landed bigint,
    without_raw_row bigint,
    vaulted bigint,
    bots bigint,
    duplicate bigint,
    set_aside bigint,
    refused bigint,
    refusals jsonb,
    anonymised bigint,
    dropped bigint,
    pending bigint
  )
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH counted AS MATERIALIZED (
    SELECT named.tenant_id, named.tenant_hk
    FROM unnest(tenant_ids, tenant_keys) AS named (tenant_id, tenant_hk)
  ),
  landed AS (
    SELECT request.tenant_id, sum(request.event_count) AS events
    FROM raw.site_tracking_requests_r AS request
    WHERE request.received_timestamp >= counted_day::timestamp AT TIME ZONE 'UTC'
      AND request.received_timestamp < (counted_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND request.tenant_id = ANY (tenant_ids)
    GROUP BY request.tenant_id
  ),
  noted AS MATERIALIZED (
    SELECT outcome.tenant_id, outcome.kind, outcome.reason, sum(outcome.events) AS events
    FROM raw.landing_outcomes AS outcome
    WHERE outcome.received_timestamp >= counted_day::timestamp AT TIME ZONE 'UTC'
      AND outcome.received_timestamp < (counted_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND outcome.tenant_id = ANY (tenant_ids)
    GROUP BY outcome.tenant_id, outcome.kind, outcome.reason
  ),
  door AS (
    SELECT
      noted.tenant_id,
      sum(noted.events) FILTER (WHERE noted.kind = 'received') AS received,
      sum(noted.events) FILTER (WHERE noted.kind = 'duplicate') AS duplicate,
      sum(noted.events) FILTER (WHERE noted.kind = 'refused') AS refused,
      jsonb_object_agg(noted.reason, noted.events) FILTER (WHERE noted.kind = 'refused') AS refusals
    FROM noted
    GROUP BY noted.tenant_id
  ),
  set_aside AS (
    SELECT quarantined.tenant_id, count(*) AS events
    FROM staging.quarantined_events AS quarantined
    WHERE quarantined.received_timestamp >= counted_day::timestamp AT TIME ZONE 'UTC'
      AND quarantined.received_timestamp < (counted_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND quarantined.tenant_id = ANY (tenant_ids)
    GROUP BY quarantined.tenant_id
  ),
  erased AS (
    SELECT
      tally.tenant_id,
      sum(tally.events) FILTER (WHERE tally.kind = 'anonymised') AS anonymised,
      sum(tally.events) FILTER (WHERE tally.kind <> 'anonymised') AS dropped
    FROM raw.erased_tally AS tally
    WHERE tally.received_day = counted_day
      AND tally.tenant_id = ANY (tenant_ids)
    GROUP BY tally.tenant_id
  ),
  -- Events of marked requests. One may have been set aside or dropped already, and after a replay most are in the vault.
  waiting AS MATERIALIZED (
    SELECT pending.tenant_id, pending.received_timestamp, item.event_id
    FROM raw.pending_requests AS pending
    JOIN raw.site_tracking_requests_r AS request
      ON request.received_timestamp = pending.received_timestamp AND request.request_id = pending.request_id
    CROSS JOIN LATERAL unnest(request.event_ids) WITH ORDINALITY AS item (event_id, place)
    WHERE pending.received_timestamp >= counted_day::timestamp AT TIME ZONE 'UTC'
      AND pending.received_timestamp < (counted_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND pending.tenant_id = ANY (tenant_ids)
      AND request.event_context #> ARRAY[(item.place - 1)::text, 'erased', 'dropped'] IS DISTINCT FROM 'true'
      AND NOT EXISTS (
        SELECT
        FROM staging.quarantined_events AS quarantined
        WHERE quarantined.raw_event_id = request.request_id * 1024 + item.place - 1
      )
  ),
  waits AS (
    SELECT waiting.tenant_id, count(*) AS events
    FROM waiting
    GROUP BY waiting.tenant_id
  ),
  vaulted AS (
    SELECT
      counted.tenant_id,
      count(*) AS events,
      count(event.bot_reason) AS bots,
      count(waiting.event_id) AS marked_again
    FROM business.site_event_nl AS event
    JOIN counted ON counted.tenant_hk = event.tenant_hk
    LEFT JOIN waiting
      ON waiting.tenant_id = counted.tenant_id
     AND waiting.received_timestamp = event.load_date
     AND waiting.event_id = event.site_event_bk
    WHERE event.load_date >= counted_day::timestamp AT TIME ZONE 'UTC'
      AND event.load_date < (counted_day + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY counted.tenant_id
  )
  SELECT
    counted.tenant_id,
    coalesce(landed.events, 0),
    coalesce(door.received, 0)::bigint,
    coalesce(vaulted.events, 0),
    coalesce(vaulted.bots, 0),
    coalesce(door.duplicate, 0)::bigint,
    coalesce(set_aside.events, 0),
    coalesce(door.refused, 0)::bigint,
    coalesce(door.refusals, '{}'),
    coalesce(erased.anonymised, 0)::bigint,
    coalesce(erased.dropped, 0)::bigint,
    coalesce(waits.events, 0) - coalesce(vaulted.marked_again, 0)
  FROM counted
  LEFT JOIN landed ON landed.tenant_id = counted.tenant_id
  LEFT JOIN door ON door.tenant_id = counted.tenant_id
  LEFT JOIN vaulted ON vaulted.tenant_id = counted.tenant_id
  LEFT JOIN set_aside ON set_aside.tenant_id = counted.tenant_id
  LEFT JOIN erased ON erased.tenant_id = counted.tenant_id
  LEFT JOIN waits ON waits.tenant_id = counted.tenant_id;
END;

-- The days that are to be balanced, in their order. An arrival bears the time at which its statement began, so a day is closed when
-- it has been over for an hour and every transaction that was under way then has ended.
CREATE FUNCTION raw.due_ledger_days() RETURNS SETOF date
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog
AS $$
DECLARE
  progress raw.ledger_progress;
  running pg_snapshot;
  over_until date := (statement_timestamp() - interval '1 hour') AT TIME ZONE 'UTC';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('raw.ledger_days', 0));
  running := pg_current_snapshot();
  SELECT * INTO progress FROM raw.ledger_progress;
  IF progress.closing_until IS NULL AND progress.closed_until < over_until THEN
    progress.closing_until := over_until;
    progress.closing_xid := pg_snapshot_xmax(running);
  END IF;
  -- A database that was dumped and restored counts its transactions anew.
  IF pg_snapshot_xmin(running) >= least(progress.closing_xid, pg_snapshot_xmax(running)) THEN
    progress.closed_until := coalesce(progress.closing_until, progress.closed_until);
    progress.closing_until := NULL;
    progress.closing_xid := NULL;
  END IF;
  UPDATE raw.ledger_progress
  SET closed_until = progress.closed_until, closing_until = progress.closing_until, closing_xid = progress.closing_xid
  WHERE (closed_until, closing_until) IS DISTINCT FROM (progress.closed_until, progress.closing_until);
  RETURN QUERY
    SELECT due.day
    FROM (
      SELECT progress.balanced_until + days AS day
      FROM generate_series(0, (statement_timestamp() AT TIME ZONE 'UTC')::date - progress.balanced_until) AS days
      UNION
      SELECT ledger.day
      FROM raw.ledger_days AS ledger
      WHERE (ledger.settled_at IS NULL OR ledger.is_stale)
        AND EXISTS (SELECT FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = ledger.tenant_id)
      UNION
      -- An erasure may reach into settled days.
      SELECT ledger.day
      FROM raw.ledger_days AS ledger
      JOIN (
        SELECT tally.tenant_id, tally.received_day, sum(tally.events) AS events
        FROM raw.erased_tally AS tally
        GROUP BY tally.tenant_id, tally.received_day
      ) AS erasure ON erasure.tenant_id = ledger.tenant_id AND erasure.received_day = ledger.day
      WHERE ledger.erased <> erasure.events
    ) AS due
    ORDER BY due.day;
END
$$;

-- Brings the ledger of one day up to date, for all tenants, and settles it where nothing is open any more. What the door noted of a
-- settled day is then deleted, by the very statement that counted it.
-- A settled day is never counted from its tables again but after a replay, and then believed only if it adds up: retention may have
-- taken some of what it was counted from. Where a tenant has no row any more it may have taken the row as well: a day that all tenants
-- have been balanced on gets no new ones.
CREATE FUNCTION raw.balance_ledger_day(balanced_day date) RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog
AS $$
DECLARE
  -- A gap that nobody has explained by then stays in the ledger and no longer holds retention up.
  explained_within CONSTANT integer := 7;
  is_closed boolean;
  is_complete boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('raw.ledger_days', 0));
  SELECT balanced_day < progress.closed_until, balanced_day < progress.balanced_until
  INTO is_closed, is_complete
  FROM raw.ledger_progress AS progress;

  WITH tenant AS MATERIALIZED (
    SELECT DISTINCT ON (known.tenant_bk) known.tenant_bk::text AS tenant_id, known.tenant_hk
    FROM auth.tenant_h AS known
    ORDER BY known.tenant_bk, known.load_date
  ),
  counted AS MATERIALIZED (
    SELECT now_there.*
    FROM (SELECT array_agg(tenant.tenant_id) AS ids, array_agg(tenant.tenant_hk) AS keys FROM tenant) AS everyone
    CROSS JOIN LATERAL raw.count_ledger(everyone.ids, everyone.keys, balanced_day) AS now_there
  ),
  balanced AS (
    INSERT INTO raw.ledger_days AS ledger (
      tenant_id, day, received, without_raw_row, stored, bots, duplicate, quarantined, refused, anonymised, dropped, pending,
      refusals, balanced_at, settled_at
    )
    SELECT
      counted.tenant_id,
      balanced_day,
      counted.landed + counted.without_raw_row,
      counted.without_raw_row,
      counted.vaulted - counted.anonymised,
      counted.bots,
      counted.duplicate,
      counted.set_aside,
      counted.refused,
      counted.anonymised,
      counted.dropped,
      counted.pending,
      counted.refusals,
      statement_timestamp(),
      CASE
        WHEN is_closed AND counted.pending = 0 AND (
          balanced_day < (statement_timestamp() AT TIME ZONE 'UTC')::date - explained_within
          OR counted.landed + counted.without_raw_row
            = counted.vaulted + counted.duplicate + counted.set_aside + counted.refused + counted.dropped
        ) THEN statement_timestamp()
      END
    FROM counted
    LEFT JOIN raw.ledger_days AS standing ON standing.tenant_id = counted.tenant_id AND standing.day = balanced_day
    WHERE standing.settled_at IS NULL
      AND (
        standing.day IS NOT NULL
        OR NOT is_complete
        AND greatest(counted.landed, counted.without_raw_row, counted.vaulted, counted.set_aside, counted.refused, counted.duplicate) > 0
      )
    ON CONFLICT (tenant_id, day) DO UPDATE SET
      received = EXCLUDED.received,
      without_raw_row = EXCLUDED.without_raw_row,
      stored = EXCLUDED.stored,
      bots = EXCLUDED.bots,
      duplicate = EXCLUDED.duplicate,
      quarantined = EXCLUDED.quarantined,
      refused = EXCLUDED.refused,
      anonymised = EXCLUDED.anonymised,
      dropped = EXCLUDED.dropped,
      pending = EXCLUDED.pending,
      refusals = EXCLUDED.refusals,
      balanced_at = EXCLUDED.balanced_at,
      settled_at = EXCLUDED.settled_at
    RETURNING ledger.tenant_id, ledger.settled_at
  ),
  trimmed AS (
    DELETE FROM raw.landing_outcomes AS outcome
    USING balanced
    WHERE balanced.settled_at IS NOT NULL
      AND outcome.tenant_id = balanced.tenant_id
      AND outcome.received_timestamp >= balanced_day::timestamp AT TIME ZONE 'UTC'
      AND outcome.received_timestamp < (balanced_day + 1)::timestamp AT TIME ZONE 'UTC'
  ),
  corrected AS (
    SELECT
      standing.tenant_id,
      counted.anonymised,
      counted.dropped,
      standing.is_stale AND counted.pending > 0 AS is_stale,
      CASE WHEN recount.is_whole THEN counted.bots ELSE standing.bots END AS bots,
      CASE
        WHEN recount.is_whole THEN counted.vaulted - counted.anonymised
        ELSE standing.stored - (counted.anonymised - standing.anonymised)
      END AS stored,
      CASE
        WHEN recount.is_whole THEN counted.set_aside
        ELSE standing.quarantined - (counted.dropped - standing.dropped)
      END AS quarantined
    FROM raw.ledger_days AS standing
    JOIN counted ON counted.tenant_id = standing.tenant_id
    CROSS JOIN LATERAL (
      SELECT
        standing.is_stale
        AND counted.pending = 0
        AND counted.landed = standing.received - standing.without_raw_row
        AND standing.received = counted.vaulted + standing.duplicate + counted.set_aside + standing.refused + counted.dropped
    ) AS recount (is_whole)
    WHERE standing.day = balanced_day
      AND standing.settled_at IS NOT NULL
      AND (standing.is_stale OR (standing.anonymised, standing.dropped) <> (counted.anonymised, counted.dropped))
  )
  UPDATE raw.ledger_days AS ledger
  SET
    stored = corrected.stored,
    bots = corrected.bots,
    quarantined = corrected.quarantined,
    anonymised = corrected.anonymised,
    dropped = corrected.dropped,
    balanced_at = statement_timestamp(),
    is_stale = corrected.is_stale
  FROM corrected
  WHERE ledger.tenant_id = corrected.tenant_id
    AND ledger.day = balanced_day;

  UPDATE raw.ledger_progress AS progress
  SET balanced_until = balanced_day + 1
  WHERE progress.balanced_until = balanced_day
    AND is_closed;
END
$$;

-- Whether what the ledger counted of a day may go. A day of before the ledger began has none.
CREATE FUNCTION raw.is_ledger_settled(tenant_id text, day date) RETURNS boolean
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(
    (
      SELECT ledger.settled_at IS NOT NULL
      FROM raw.ledger_days AS ledger
      WHERE ledger.tenant_id = is_ledger_settled.tenant_id
        AND ledger.day = is_ledger_settled.day
    ),
    (
      SELECT is_ledger_settled.day < progress.balanced_until
      FROM raw.ledger_progress AS progress
    )
  );
END;

REVOKE ALL ON FUNCTION
  raw.count_ledger(text[], bytea[], date), raw.due_ledger_days(), raw.balance_ledger_day(date), raw.is_ledger_settled(text, date)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raw.count_ledger(text[], bytea[], date) TO onevault_reader, onevault_maintenance, onevault_migrator;
GRANT EXECUTE ON FUNCTION raw.due_ledger_days(), raw.balance_ledger_day(date), raw.is_ledger_settled(text, date)
  TO onevault_maintenance, onevault_migrator;
