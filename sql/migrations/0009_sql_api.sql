-- Tracking through SQL (docs/sql.md). What is written here twice, beside lambdas/, is held together by golden and generated
-- vectors in test/sql-api: an event sent by HTTP and again by SQL is one event, and a visitor has one pseudonym.
-- Every function runs with its caller's rights. Validation and enrichment stay in TypeScript: these functions only land.

CREATE SCHEMA IF NOT EXISTS api;

-- ── An existing One Vault database ────────────────────────────────────────────────────────────────────────────────────────

-- Migration 0001 looked for util.hash_binary(text) only. Where the database's own function takes another kind of text, it put a
-- second one beside it, to which the database's own calls with a literal would now resolve: that one goes again.
-- Functions of one transaction carry its id, so one that stood before is never taken for ours.
DO $$
BEGIN
  IF EXISTS (
       SELECT
       FROM pg_proc AS own
       JOIN pg_type AS argument ON argument.oid = own.proargtypes[0]
       WHERE own.pronamespace = 'util'::regnamespace
         AND own.proname = 'hash_binary'
         AND own.pronargs - own.pronargdefaults <= 1
         AND own.oid IS DISTINCT FROM to_regprocedure('util.hash_binary(text)')
         AND argument.typcategory = 'S'
     )
     AND EXISTS (
       SELECT
       FROM pg_proc AS made
       JOIN pg_proc AS sibling ON sibling.xmin = made.xmin
       WHERE made.oid = to_regprocedure('util.hash_binary(text)')
         AND sibling.oid = to_regprocedure('util.hash_key(text[])')
     ) THEN
    DROP FUNCTION util.hash_binary(text);
  END IF;
END
$$;

-- Settings of a tenant, one open row each: `configuration.site_tracking`.
DO $$
BEGIN
  IF to_regclass('auth.tenant_profile_s') IS NULL THEN
    CREATE TABLE auth.tenant_profile_s (
      tenant_hk bytea NOT NULL,
      load_date timestamptz NOT NULL DEFAULT util.current_load_date(),
      load_end_date timestamptz,
      hash_diff bytea NOT NULL,
      configuration jsonb NOT NULL DEFAULT '{}',
      record_source varchar(100) NOT NULL,
      PRIMARY KEY (tenant_hk, load_date),
      CHECK (load_end_date > load_date)
    );
    CREATE UNIQUE INDEX tenant_profile_s_open ON auth.tenant_profile_s (tenant_hk) WHERE load_end_date IS NULL;
  END IF;
END
$$;

-- ── A payload in one spelling ─────────────────────────────────────────────────────────────────────────────────────────────
-- Twin of canonicalText in lambdas/event/event-id.ts.

-- A double as JavaScript prints it. Postgres never prints a digit string that lies exactly half-way between two doubles, JavaScript
-- does when it is shorter: from 16 digits on, one digit less is tried.
CREATE FUNCTION raw.double_text(value double precision) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET extra_float_digits = 1
AS $$
DECLARE
  printed text[] := regexp_match(abs(value)::text, '^([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$');
  digits text := printed[1] || coalesce(printed[2], '');
  -- The value is 0.digits × 10^point.
  point integer := length(printed[1]) + coalesce(printed[3]::integer, 0);
  shorter text;
BEGIN
  point := point - length(digits) + length(ltrim(digits, '0'));
  digits := rtrim(ltrim(digits, '0'), '0');
  IF digits = '' THEN
    RETURN '0';
  END IF;
  WHILE length(digits) > 15 LOOP
    SELECT candidate.text
    INTO shorter
    FROM (
      SELECT (left(digits, -1)::numeric + step)::text AS text, abs(right(digits, 1)::integer - 10 * step) AS distance
      FROM generate_series(0, 1) AS step
    ) AS candidate
    CROSS JOIN LATERAL (SELECT candidate.text || 'e' || point - length(digits) + 1) AS written (decimal)
    -- Rounded up, the largest doubles leave the range.
    WHERE CASE WHEN pg_input_is_valid(written.decimal, 'double precision') THEN written.decimal::double precision = abs(value) END
    ORDER BY candidate.distance
    LIMIT 1;
    EXIT WHEN NOT FOUND;
    point := point + length(shorter) - length(digits) + 1;
    digits := rtrim(shorter, '0');
  END LOOP;
  RETURN CASE WHEN value < 0 THEN '-' ELSE '' END || CASE
    WHEN point BETWEEN length(digits) AND 21 THEN rpad(digits, point, '0')
    WHEN point BETWEEN 1 AND 21 THEN left(digits, point) || '.' || substring(digits FROM point + 1)
    WHEN point BETWEEN -5 AND 0 THEN '0.' || repeat('0', -point) || digits
    ELSE left(digits, 1)
      || CASE WHEN length(digits) > 1 THEN '.' || substring(digits FROM 2) ELSE '' END
      || 'e' || CASE WHEN point > 0 THEN '+' ELSE '' END || point - 1
  END;
END
$$;

-- A number of JSON as JavaScript reads and prints it: beyond a double's range it is null, below it 0.
CREATE FUNCTION raw.number_text(value numeric) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  decimal_text text := trim_scale(value)::text;
BEGIN
  -- Up to 15 digits a decimal is the shortest name of its double.
  IF length(decimal_text) <= 15 AND (abs(value) >= 0.000001 OR value = 0) THEN
    RETURN decimal_text;
  END IF;
  IF pg_input_is_valid(decimal_text, 'double precision') THEN
    RETURN raw.double_text(decimal_text::double precision);
  END IF;
  RETURN CASE WHEN abs(value) < 1 THEN '0' ELSE 'null' END;
END
$$;

-- Keys in the order of their UTF-16 units: a character beyond U+FFFF sorts right after U+D7FF, where its surrogates stand.
CREATE FUNCTION raw.canonical_text(value jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN '{' || coalesce((
        SELECT string_agg(
          to_json(member.key)::text || ':' || raw.canonical_text(member.value),
          ','
          ORDER BY regexp_replace(member.key, '([\U00010000-\U0010FFFF])', E'\uD7FF\\1', 'g') COLLATE "C"
        )
        FROM jsonb_each(value) AS member
      ), '') || '}';
    WHEN 'array' THEN
      RETURN '[' || coalesce((
        SELECT string_agg(raw.canonical_text(element.value), ',' ORDER BY element.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS element
      ), '') || ']';
    WHEN 'number' THEN
      RETURN raw.number_text(value::numeric);
    ELSE
      RETURN value::text;
  END CASE;
END
$$;

-- ── What an event is ──────────────────────────────────────────────────────────────────────────────────────────────────────

-- Twin of lambdas/platform/encode-parts.ts; util.hash_key says the rule.
CREATE FUNCTION raw.encode_parts(VARIADIC parts text[]) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT convert_to(
      string_agg(coalesce(octet_length(convert_to(part, 'UTF8')) || ':' || part, 'n'), '' ORDER BY ordinality),
      'UTF8'
    )
    FROM unnest(parts) WITH ORDINALITY AS p (part, ordinality)
  );

-- The next five are twins of lambdas/event/event-id.ts.
CREATE FUNCTION raw.digest_uuid(VARIADIC parts text[]) RETURNS uuid
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT encode(
      set_byte(set_byte(id, 6, (get_byte(id, 6) & 15) | 128), 8, (get_byte(id, 8) & 63) | 128),
      'hex'
    )::uuid
    FROM substring(sha256(raw.encode_parts(VARIADIC parts)) FROM 1 FOR 16) AS id
  );

CREATE FUNCTION raw.payload_fingerprint(canonical text) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (substring(sha256(raw.encode_parts(canonical)) FROM 1 FOR 8)::bigint >> 1) & 0x7fffffffffffffff;

CREATE FUNCTION raw.settle_event_id(client_id text) RETURNS uuid
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN client_id ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' THEN client_id::uuid
    ELSE raw.digest_uuid('id', client_id)
  END;

CREATE FUNCTION raw.derive_event_id(canonical text, index integer, visitor_key bytea, has_time boolean) RETURNS uuid
  LANGUAGE sql VOLATILE
  RETURN CASE
    WHEN has_time THEN raw.digest_uuid('payload', canonical, index::text, encode(visitor_key, 'hex'))
    ELSE gen_random_uuid()
  END;

CREATE FUNCTION raw.registry_key(tenant_id text, event_id uuid) RETURNS uuid
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT encode(
      CASE
        WHEN event_id::text ~ '^.{14}7' THEN uuid_time || substring(digest FROM 7 FOR 10)
        ELSE substring(digest FROM 1 FOR 16)
      END,
      'hex'
    )::uuid
    FROM sha256(raw.encode_parts(tenant_id, event_id::text)) AS digest
    CROSS JOIN substring(uuid_send(event_id) FROM 1 FOR 6) AS uuid_time
  );

-- Without the blanks that JavaScript trims.
CREATE FUNCTION raw.trim_blanks(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN btrim(
    value,
    E'\t\n\u000B\f\r \u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF'
  );

-- The value of a field under the first of its names that is there, in the event itself and then in its containers, as
-- findFields in lambdas/event/payload.ts looks it up. Null and blank text count as absent.
CREATE FUNCTION raw.event_field(event jsonb, VARIADIC names text[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT member.value
    FROM unnest(names) WITH ORDINALITY AS name (text, rank)
    CROSS JOIN (VALUES (1, event), (2, event -> 'event_data'), (3, event -> 'data')) AS place (rank, members)
    CROSS JOIN LATERAL (SELECT place.members -> name.text AS value) AS member
    WHERE jsonb_typeof(place.members) = 'object'
      AND jsonb_typeof(member.value) <> 'null'
      AND raw.trim_blanks(member.value #>> '{}') <> ''
    ORDER BY name.rank, place.rank
    LIMIT 1
  );

-- Text of a field; numbers and booleans are taken as their text, anything else is no text.
CREATE FUNCTION raw.field_text(value jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE jsonb_typeof(value)
    WHEN 'number' THEN raw.number_text(value::numeric)
    WHEN 'string' THEN value #>> '{}'
    WHEN 'boolean' THEN value::text
  END;

-- At most so many UTF-16 units, never half a character. Twin of cutText in lambdas/event/json-text.ts.
CREATE FUNCTION raw.cut_text(value text, units integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN length(value) * 2 <= units OR octet_length(value) = length(value) THEN left(value, units)
    ELSE coalesce((
      SELECT string_agg(letter, '' ORDER BY ordinality)
      FROM (
        SELECT letter, ordinality, sum(CASE WHEN ascii(letter) > 65535 THEN 2 ELSE 1 END) OVER (ORDER BY ordinality) AS used
        FROM regexp_split_to_table(left(value, units), '') WITH ORDINALITY AS p (letter, ordinality)
      ) AS counted
      WHERE used <= units
    ), '')
  END;

-- A client's time in milliseconds since 1970, or null. Twin of lambdas/event/event-time.ts.
CREATE FUNCTION raw.event_milliseconds(value jsonb) RETURNS bigint
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  epoch double precision;
  part text[];
  day text;
  milliseconds bigint;
BEGIN
  IF jsonb_typeof(value) = 'number' THEN
    IF value::numeric <= 0 OR value::numeric >= 253402300800000 OR raw.number_text(value::numeric) = '0' THEN
      RETURN NULL;
    END IF;
    epoch := value::double precision;
    RETURN nullif(floor(CASE WHEN epoch < 100000000000 THEN epoch * 1000 ELSE epoch END)::bigint, 253402300800000);
  END IF;
  part := regexp_match(
    CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' END,
    '^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))$'
  );
  IF part IS NULL THEN
    RETURN NULL;
  END IF;
  day := part[1] || '-' || part[2] || '-' || part[3];
  IF part[1]::integer < 100 OR NOT pg_input_is_valid(day, 'date') OR part[4]::integer > 23 OR part[5]::integer > 59
     OR part[6]::integer > 60 OR part[9]::integer > 23 OR part[10]::integer > 59 THEN
    RETURN NULL;
  END IF;
  milliseconds := (((day::date - DATE '1970-01-01') * 24::bigint + part[4]::integer) * 60 + part[5]::integer) * 60000 + CASE
    WHEN part[6] = '60' THEN 59999
    ELSE part[6]::integer * 1000 + left(rpad(coalesce(part[7], ''), 3, '0'), 3)::integer
  END;
  RETURN milliseconds
    - CASE part[8] WHEN '-' THEN -1 ELSE 1 END * coalesce(part[9]::integer * 60 + part[10]::integer, 0) * 60000;
END
$$;

-- ── The visitor's address ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Of an IPv6 address without zone its 16 bytes, of anything else null. No CASE: planning one casts a text before it is judged.
CREATE FUNCTION raw.ipv6_bytes(address text) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  IF address !~ '^[0-9a-fA-F:]*:([0-9a-fA-F]*|((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(?!$)|$)){4})$'
     OR NOT pg_input_is_valid(address, 'inet') THEN
    RETURN NULL;
  END IF;
  RETURN substring(inet_send(address::inet) FROM 5);
END
$$;

CREATE FUNCTION raw.is_address(value text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN value ~ '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(?!$)|$)){4}$'
    OR raw.ipv6_bytes(regexp_replace(value, '%[0-9A-Za-z.:-]+$', '')) IS NOT NULL;

-- The next three are twins of lambdas/event/address-field.ts: usual names of an address without their case, dashes and
-- underscores, and whether a member of such a name holds one.
CREATE FUNCTION raw.is_address_name(key text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(key, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_', 'abcdefghijklmnopqrstuvwxyz') IN (
    'clientip', 'ip', 'ipaddress', 'remoteaddr', 'remoteip', 'userip', 'visitorip', 'xforwardedfor', 'xrealip'
  );

CREATE FUNCTION raw.is_address_member(key text, value jsonb) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN key = 'client_ip' OR jsonb_typeof(value) = 'string' AND EXISTS (
    SELECT
    FROM string_to_table(value #>> '{}', ',') AS part
    WHERE raw.is_address(raw.trim_blanks(part))
  );

CREATE FUNCTION raw.without_address(value jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN coalesce((
        SELECT jsonb_object_agg(
          member.key,
          CASE WHEN jsonb_typeof(member.value) IN ('object', 'array') THEN raw.without_address(member.value) ELSE member.value END
        )
        FROM jsonb_each(value) AS member
        WHERE CASE WHEN raw.is_address_name(member.key) THEN NOT raw.is_address_member(member.key, member.value) ELSE true END
      ), '{}');
    WHEN 'array' THEN
      RETURN coalesce((
        SELECT jsonb_agg(raw.without_address(element.value) ORDER BY element.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS element
      ), '[]');
    ELSE
      RETURN value;
  END CASE;
END
$$;

-- The payload as JavaScript can hold it: a number beyond a double's range is null.
CREATE FUNCTION raw.within_doubles(value jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN coalesce((
        SELECT jsonb_object_agg(member.key, raw.within_doubles(member.value))
        FROM jsonb_each(value) AS member
      ), '{}');
    WHEN 'array' THEN
      RETURN coalesce((
        SELECT jsonb_agg(raw.within_doubles(element.value) ORDER BY element.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS element
      ), '[]');
    WHEN 'number' THEN
      RETURN CASE WHEN raw.number_text(value::numeric) = 'null' THEN 'null' ELSE value END;
    ELSE
      RETURN value;
  END CASE;
END
$$;

-- RFC 2104; pgcrypto is not everywhere.
CREATE FUNCTION raw.hmac_sha256(secret bytea, message bytea) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT sha256(
      string_agg((word # 0x5c5c5c5c5c5c5c5c)::bytea, ''::bytea ORDER BY place)
      || sha256(string_agg((word # 0x3636363636363636)::bytea, ''::bytea ORDER BY place) || message)
    )
    FROM (SELECT CASE WHEN octet_length(secret) > 64 THEN sha256(secret) ELSE secret END AS bytes) AS key
    CROSS JOIN generate_series(0, 7) AS place
    CROSS JOIN LATERAL (
      SELECT substring(key.bytes || decode(repeat('00', 64), 'hex') FROM place * 8 + 1 FOR 8)::bigint AS word
    ) AS words
  );

-- The next two are twins of lambdas/tenancy/visitor-pseudonym.ts.
CREATE FUNCTION raw.network_of(address text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT CASE
      WHEN bytes IS NULL THEN lower(plain COLLATE pg_unicode_fast)
      WHEN substring(bytes FROM 1 FOR 12) = '\x00000000000000000000ffff'::bytea THEN concat_ws(
        '.', get_byte(bytes, 12), get_byte(bytes, 13), get_byte(bytes, 14), get_byte(bytes, 15)
      )
      ELSE (
        SELECT string_agg(to_hex(get_byte(bytes, place) * 256 + get_byte(bytes, place + 1)), ':' ORDER BY place)
        FROM generate_series(0, 6, 2) AS place
      )
    END
    FROM regexp_replace(raw.trim_blanks(address), '%[^\n\r\u2028\u2029]*$', '') AS plain
    CROSS JOIN raw.ipv6_bytes(plain) AS bytes
  );

CREATE FUNCTION raw.pseudonym(salt bytea, VARIADIC parts text[]) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN substring(raw.hmac_sha256(salt, raw.encode_parts(VARIADIC parts)) FROM 1 FOR 16);

-- The salt of a tenant's day, made when there is none. Another session may make it meanwhile: the next look sees it.
CREATE FUNCTION raw.settle_visitor_salt(tenant_key bytea, at timestamptz) RETURNS bytea
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  day date := (at AT TIME ZONE 'UTC')::date;
  settled bytea;
BEGIN
  LOOP
    SELECT salt INTO settled FROM auth.visitor_salts WHERE tenant_hk = tenant_key AND salt_day = day;
    IF FOUND THEN
      RETURN settled;
    END IF;
    -- The only source of strong randomness that core Postgres has; three UUIDs hold 366 random bits.
    INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt)
    VALUES (
      tenant_key, day, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    )
    ON CONFLICT (tenant_hk, salt_day) DO NOTHING;
  END LOOP;
END
$$;

-- ── Landing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Lands one request: registers its event ids, keeps the bytes of the new ones as one raw row with its pending mark, and
-- quarantines what came under a known id with another payload. One statement, hence one transaction and one round trip.
--
-- `bodies` are the bytes of all events; the arrays say for each its registry key, id, payload fingerprint, first byte (from 1),
-- length in bytes, and context (jsonb text) or null. `rung_at` is when a doorbell follows, or null when none does: then the
-- next sweep rings.
-- Returns a row per event: its index, the request it landed in (null unless new), whether it conflicts, and whether
-- another request took its id while this one waited: that one's payload cannot be seen from here, so it is asked again.
CREATE FUNCTION raw.land_request(
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
    INSERT INTO raw.event_registry (event_key, payload_fingerprint, request_id, received_timestamp)
    SELECT sent.event_key, sent.payload_fingerprint, request.request_id, request.received_timestamp
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
      tenant_id, event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source
    )
    SELECT
      land_request.tenant_id,
      judged.event_id,
      request.received_timestamp,
      'INGEST',
      'id_conflict',
      ARRAY['The event id is known with another payload; the first one counts.'],
      substring(land_request.bodies FROM judged.first_byte FOR judged.byte_length),
      land_request.record_source
    FROM judged
    CROSS JOIN request
    WHERE judged.is_conflict
    ON CONFLICT DO NOTHING
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

-- The time an event counts at. Twin of settleEventTime in lambdas/event/event-time.ts.
CREATE FUNCTION raw.settle_event_time(claimed bigint) RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (
    SELECT CASE
      WHEN at BETWEEN timestamptz '2000-01-01 00:00:00+00' AND statement_timestamp() + interval '24 hours' THEN at
      ELSE statement_timestamp()
    END
    FROM (SELECT timestamptz '1970-01-01 00:00:00+00' + claimed * interval '1 millisecond') AS client (at)
  );

-- What the raw layer keeps of one event of a request.
CREATE TYPE raw.landing_event AS (
  index integer,
  site_id text,
  event_id uuid,
  payload_fingerprint bigint,
  bytes bytea,
  context jsonb
);

-- Settles an event's id and takes the visitor's address out of it, as `prepare` in lambdas/pipeline/land-request.ts does for
-- a server: whoever may call this speaks for the visitors.
CREATE FUNCTION raw.prepare_event(
  tenant_key bytea,
  site_id text,
  visitor_key bytea,
  envelope jsonb,
  event jsonb,
  index integer
) RETURNS raw.landing_event
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  held jsonb := CASE
    WHEN jsonb_path_exists(event, 'strict $.** ? (@.type() == "number" && (@ > 1e308 || @ < -1e308))')
      THEN raw.within_doubles(event)
    ELSE event
  END;
  merged jsonb := coalesce(envelope, '{}') || held;
  own jsonb := raw.without_address(held);
  canonical text := raw.canonical_text(coalesce(raw.without_address(envelope), '{}') || own);
  client_id text := raw.field_text(raw.event_field(merged, 'event_id'));
  client_ip text := raw.field_text(raw.event_field(merged, 'client_ip'));
  user_agent text := raw.cut_text(raw.field_text(raw.event_field(merged, 'user_agent')), 1000);
  claimed bigint := raw.event_milliseconds(raw.event_field(merged, 'event_timestamp', 'timestamp'));
  visitor jsonb := '{}';
  own_key bytea := visitor_key;
  salt bytea;
BEGIN
  IF client_ip IS NOT NULL THEN
    salt := raw.settle_visitor_salt(tenant_key, raw.settle_event_time(claimed));
    own_key := raw.pseudonym(salt, raw.network_of(client_ip), coalesce(user_agent, ''));
    visitor := jsonb_build_object(
      'visitor_ip_hash', encode(raw.pseudonym(salt, raw.network_of(client_ip)), 'hex'),
      'visitor_key', encode(own_key, 'hex')
    );
  END IF;
  RETURN ROW(
    index,
    site_id,
    coalesce(raw.settle_event_id(client_id), raw.derive_event_id(canonical, index, own_key, claimed IS NOT NULL)),
    raw.payload_fingerprint(canonical),
    convert_to((CASE WHEN own = held THEN event ELSE own END)::text, 'UTF8'),
    nullif(
      CASE WHEN held = event THEN '{}' ELSE jsonb_build_object('payload', own) END
      || CASE WHEN user_agent IS NULL THEN '{}' ELSE jsonb_build_object('user_agent', user_agent) END
      || visitor
      || CASE WHEN own = held THEN '{}' ELSE '{"redacted": true}'::jsonb END,
      '{}'
    )
  );
END
$$;

-- Why an event cannot be landed, or null. What else is wrong with it shows after staging.
CREATE FUNCTION raw.event_refusal(tenant_id text, envelope jsonb, event jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  keys bigint;
BEGIN
  IF jsonb_typeof(event) <> 'object' THEN
    RETURN 'not_an_object';
  END IF;
  IF jsonb_path_exists(coalesce(envelope, '{}') || event, 'strict $.**{64} ? (@.type() == "object" || @.type() == "array")') THEN
    RETURN 'too_deep';
  END IF;
  SELECT count(*)
  INTO keys
  FROM (VALUES (event), (envelope)) AS part (value)
  CROSS JOIN jsonb_path_query(part.value, 'strict $.** ? (@.type() == "object").keyvalue()');
  IF keys > 500 THEN
    RETURN 'too_many_keys';
  END IF;
  IF jsonb_typeof(event -> 'events') = 'array' THEN
    RETURN 'nested_batch';
  END IF;
  IF raw.named_tenant(event) <> tenant_id THEN
    RETURN 'other_tenant';
  END IF;
  RETURN NULL;
END
$$;

-- The tenant that an event or a batch names, or null.
CREATE FUNCTION raw.named_tenant(event jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN coalesce(
    nullif(raw.trim_blanks(raw.field_text(event -> 'tenantId')), ''),
    nullif(raw.trim_blanks(raw.field_text(event -> 'tenant_id')), '')
  );

-- Lands the events of one call and gives each its verdict, in their order: as `landRequest` of lambdas/pipeline/land-request.ts,
-- for a sender who is trusted with the tenant.
CREATE FUNCTION raw.land_events(
  tenant_id text,
  tenant_key bytea,
  address text,
  user_agent text,
  envelope jsonb,
  events jsonb
) RETURNS TABLE (index integer, event_id uuid, status text, code text)
  LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
  salt bytea := raw.settle_visitor_salt(tenant_key, statement_timestamp());
  network text := raw.network_of(address);
  visitor_key bytea := raw.pseudonym(salt, network, coalesce(user_agent, ''));
  stored_envelope jsonb := raw.without_address(envelope);
  usual_site text := raw.settle_usual_site(tenant_key);
  waiting raw.landing_event[];
  raced raw.landing_event[];
  site text;
BEGIN
  RETURN QUERY
    SELECT (sent.ordinality - 1)::integer, NULL::uuid, 'rejected', refusal.code
    FROM jsonb_array_elements(events) WITH ORDINALITY AS sent
    CROSS JOIN LATERAL raw.event_refusal(land_events.tenant_id, envelope, sent.value) AS refusal (code)
    WHERE refusal.code IS NOT NULL;

  -- Two calls that make the salts of the same days take turns, since both begin with the earliest.
  PERFORM raw.settle_visitor_salt(tenant_key, day.starts)
  FROM (
    SELECT DISTINCT date_trunc(
      'day', raw.settle_event_time(raw.event_milliseconds(raw.event_field(visit.event, 'event_timestamp', 'timestamp'))), 'UTC'
    ) AS starts
    FROM jsonb_array_elements(events) AS sent
    CROSS JOIN LATERAL (SELECT coalesce(envelope, '{}') || sent.value AS event) AS visit
    WHERE raw.event_field(visit.event, 'client_ip') IS NOT NULL
    ORDER BY starts
    OFFSET 0
  ) AS day;

  waiting := ARRAY(
    SELECT raw.prepare_event(
      tenant_key, coalesce(named.site_id, usual_site), visitor_key, envelope, sent.value, (sent.ordinality - 1)::integer
    )
    FROM jsonb_array_elements(events) WITH ORDINALITY AS sent
    LEFT JOIN auth.sites AS named
      ON named.tenant_hk = tenant_key
     AND named.site_id = raw.field_text(coalesce(sent.value -> 'site_id', envelope -> 'site_id'))
    WHERE raw.event_refusal(land_events.tenant_id, envelope, sent.value) IS NULL
    ORDER BY sent.ordinality
  );

  -- More than one round only when another session took an id meanwhile: the next round sees what it stored.
  WHILE cardinality(waiting) > 0 LOOP
    raced := '{}';
    FOR site IN SELECT DISTINCT event.site_id FROM unnest(waiting) AS event ORDER BY 1 LOOP
      FOR index, event_id, status, code IN
        WITH sent AS MATERIALIZED (
          SELECT
            event.*,
            octet_length(event.bytes) AS byte_length,
            (sum(octet_length(event.bytes)) OVER (ORDER BY event.index) - octet_length(event.bytes) + 1)::integer AS first_byte,
            row_number() OVER (ORDER BY event.index) - 1 AS position
          FROM unnest(waiting) AS event
          WHERE event.site_id = site
        ),
        landed AS MATERIALIZED (
          SELECT landed.*
          FROM (
            SELECT
              string_agg(sent.bytes, ''::bytea ORDER BY sent.position) AS bodies,
              array_agg(raw.registry_key(land_events.tenant_id, sent.event_id) ORDER BY sent.position) AS event_keys,
              array_agg(sent.event_id ORDER BY sent.position) AS event_ids,
              array_agg(sent.payload_fingerprint ORDER BY sent.position) AS payload_fingerprints,
              array_agg(sent.first_byte ORDER BY sent.position) AS first_bytes,
              array_agg(sent.byte_length ORDER BY sent.position) AS byte_lengths,
              array_agg(sent.context::text ORDER BY sent.position) AS contexts
            FROM sent
          ) AS request
          CROSS JOIN LATERAL raw.land_request(
            land_events.tenant_id, site, 'site_tracker', user_agent, raw.pseudonym(salt, network), visitor_key,
            request.bodies, request.event_keys, request.event_ids, request.payload_fingerprints, request.first_bytes,
            request.byte_lengths, request.contexts, stored_envelope, false
          ) AS landed
        )
        SELECT
          sent.index,
          sent.event_id,
          CASE
            WHEN landed.request_id IS NOT NULL THEN 'accepted'
            WHEN landed.is_raced THEN 'raced'
            WHEN landed.is_conflict THEN 'rejected'
            ELSE 'duplicate'
          END,
          CASE WHEN landed.is_conflict THEN 'id_conflict' END
        FROM landed
        JOIN sent ON sent.position = landed.index
      LOOP
        IF status = 'raced' THEN
          raced := raced || ARRAY(SELECT event FROM unnest(waiting) AS event WHERE event.index = land_events.index);
        ELSE
          RETURN NEXT;
        END IF;
      END LOOP;
    END LOOP;
    waiting := raced;
  END LOOP;
END
$$;

-- The site of events that name none of the tenant's: its first. A tenant that came without sites gets `main`.
CREATE FUNCTION raw.settle_usual_site(tenant_key bytea) RETURNS text
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  usual text;
BEGIN
  LOOP
    SELECT site_id INTO usual FROM auth.sites WHERE tenant_hk = tenant_key ORDER BY created_at, site_id LIMIT 1;
    IF FOUND THEN
      RETURN usual;
    END IF;
    INSERT INTO auth.sites (tenant_hk, site_id, site_name) VALUES (tenant_key, 'main', 'main') ON CONFLICT DO NOTHING;
  END LOOP;
END
$$;

-- ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What the caller should change, and where. Codes are part of the API: they are never renamed.
CREATE FUNCTION raw.refusal_text(code text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE code
    WHEN 'missing_tenant'
      THEN '{"pointer": "/tenantId", "message": "Name the tenant: send tenantId, or set app.default_tenant_id."}'::jsonb
    WHEN 'unknown_tenant' THEN '{"pointer": "/tenantId", "message": "There is no such tenant in auth.tenant_h."}'
    WHEN 'other_tenant'
      THEN '{"pointer": "/tenantId", "message": "One call serves one tenant: send this event in a call of its own."}'
    WHEN 'not_an_event' THEN '{"pointer": "", "message": "Send an event, an array of events, or {\"events\": [ … ]}."}'
    WHEN 'no_events' THEN '{"pointer": "/events", "message": "The batch holds no events."}'
    WHEN 'body_too_large' THEN '{"pointer": "", "message": "A request has at most 1048576 bytes; send fewer events at once."}'
    WHEN 'too_many_events' THEN '{"pointer": "", "message": "A request holds at most 1000 events."}'
    WHEN 'envelope_too_large' THEN jsonb_build_object(
      'pointer', '',
      'message', 'The fields beside "events" have at most 8192 bytes; move them into the events they belong to.'
    )
    WHEN 'not_an_object' THEN '{"pointer": "", "message": "An event is a JSON object."}'
    WHEN 'too_deep' THEN '{"pointer": "", "message": "An event nests at most 64 levels."}'
    WHEN 'too_many_keys' THEN '{"pointer": "", "message": "An event has at most 500 keys."}'
    WHEN 'nested_batch' THEN '{"pointer": "/events", "message": "A batch cannot hold another batch."}'
    WHEN 'id_conflict' THEN jsonb_build_object(
      'pointer', '/event_id',
      'message', 'This event id is known with another payload. The first one counts; this one is kept in quarantine.'
    )
  END;

-- As JavaScript's toISOString.
CREATE FUNCTION raw.iso_time(at timestamptz) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Why a call as a whole cannot be landed, or null.
CREATE FUNCTION raw.request_refusal(request jsonb, envelope jsonb, events jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN coalesce(jsonb_typeof(request), 'null') NOT IN ('object', 'array') THEN 'not_an_event'
    WHEN octet_length(request::text) > 1048576 THEN 'body_too_large'
    WHEN jsonb_array_length(events) = 0 THEN 'no_events'
    WHEN jsonb_array_length(events) > 1000 THEN 'too_many_events'
    WHEN (SELECT sum(octet_length(member.value::text)) FROM jsonb_each(envelope) AS member) > 8192 THEN 'envelope_too_large'
  END;

-- The tenant of a session that was set to one, or null.
CREATE FUNCTION raw.session_tenant() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(raw.trim_blanks(current_setting('app.default_tenant_id', true)), '');

-- Tracks what one call sends and answers with the verdicts. `tenant_name` is the caller's word, empty when it gave none; null lets
-- the request name its tenant. The session's tenant stands in for a missing name.
CREATE FUNCTION raw.track(request jsonb, tenant_name text, address text, user_agent text) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  is_batch boolean := coalesce(jsonb_typeof(request) = 'array' OR jsonb_typeof(request -> 'events') = 'array', false);
  events jsonb := CASE
    WHEN jsonb_typeof(request) = 'array' THEN request
    WHEN is_batch THEN request -> 'events'
    ELSE jsonb_build_array(request)
  END;
  envelope jsonb := CASE
    WHEN is_batch AND jsonb_typeof(request) = 'object' THEN nullif(
      request - ARRAY['events', 'event_type', 'evt_type', 'event_id', 'timestamp', 'event_timestamp', 'sent_at'], '{}'
    )
  END;
  refusal text := raw.request_refusal(request, envelope, events);
  tenant_id text;
  tenant_key bytea;
  results jsonb := '[]';
  rejected integer;
  duplicates integer := 0;
  accepted integer := 0;
  session_id text;
  single jsonb := '{}';
BEGIN
  rejected := jsonb_array_length(events);
  IF refusal IS NULL THEN
    tenant_id := CASE
      WHEN tenant_name IS NULL THEN coalesce(
        raw.named_tenant(request),
        (
          SELECT raw.named_tenant(sent.value)
          FROM jsonb_array_elements(events) WITH ORDINALITY AS sent
          WHERE raw.named_tenant(sent.value) IS NOT NULL
          ORDER BY sent.ordinality
          LIMIT 1
        ),
        raw.session_tenant()
      )
      ELSE coalesce(nullif(raw.trim_blanks(tenant_name), ''), raw.session_tenant())
    END;
    SELECT tenant.tenant_hk
    INTO tenant_key
    FROM auth.tenant_h AS tenant
    WHERE tenant.tenant_bk = tenant_id
    ORDER BY tenant.load_date
    LIMIT 1;
    refusal := CASE WHEN tenant_id IS NULL THEN 'missing_tenant' WHEN tenant_key IS NULL THEN 'unknown_tenant' END;
  END IF;

  IF refusal IS NULL THEN
    SELECT
      jsonb_agg(
        jsonb_build_object('index', verdict.index, 'event_id', verdict.event_id, 'status', verdict.status)
        || CASE
          WHEN verdict.code IS NULL THEN '{}'
          ELSE jsonb_build_object('code', verdict.code) || raw.refusal_text(verdict.code)
        END
        ORDER BY verdict.index
      ),
      count(*) FILTER (WHERE verdict.status <> 'rejected'),
      count(*) FILTER (WHERE verdict.status = 'rejected'),
      count(*) FILTER (WHERE verdict.status = 'duplicate')
    INTO results, accepted, rejected, duplicates
    FROM raw.land_events(tenant_id, tenant_key, address, user_agent, envelope, events) AS verdict;
    SELECT raw.field_text(raw.event_field(coalesce(envelope, '{}') || sent.value, 'session_id'))
    INTO session_id
    FROM jsonb_array_elements(events) AS sent
    WHERE jsonb_typeof(sent.value) = 'object'
    LIMIT 1;
    single := CASE WHEN is_batch THEN '{}' ELSE (results -> 0) - 'index' END;
  ELSE
    single := jsonb_build_object('code', refusal) || raw.refusal_text(refusal);
  END IF;

  RETURN jsonb_build_object(
    'success', accepted > 0 AND rejected = 0,
    'message', CASE
      WHEN is_batch THEN accepted || ' of ' || accepted + rejected || ' events stored'
      WHEN duplicates > 0 THEN 'Event was stored before'
      ELSE 'Event stored'
    END,
    'timestamp', raw.iso_time(statement_timestamp()),
    'processing', 'background',
    'accepted', accepted,
    'rejected', rejected,
    'duplicates', duplicates,
    'results', results,
    'data', jsonb_build_object(
      'session_id', session_id,
      'events_processed', accepted,
      'events_failed', rejected,
      'tenant_id', CASE WHEN tenant_key IS NOT NULL THEN tenant_id END,
      'timestamp', raw.iso_time(statement_timestamp()),
      'processing_mode', CASE WHEN is_batch THEN 'batch' ELSE 'single' END
    )
  ) || single;
END
$$;

-- ── The functions for SQL clients ─────────────────────────────────────────────────────────────────────────────────────────

-- One event, an array, or {"events": [ … ]}. The answer says what became of each; what it calls accepted is stored once the
-- caller's transaction commits.
CREATE FUNCTION api.track_event(request jsonb) RETURNS jsonb
  LANGUAGE sql VOLATILE
  SET search_path = pg_catalog
  RETURN raw.track(request, NULL, coalesce(host(inet_client_addr()), ''), NULL);

-- One event in arguments. `event_data` may hold further fields, `event_id` and `timestamp` above all.
CREATE FUNCTION api.track_site_event(
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

-- Lands one event of a visitor whose connection the caller knows, and returns its id in raw.site_tracking_events_r: a new one, or
-- that of the same event stored before. Null when the id is known with another payload, which is kept in quarantine.
-- Raises 22023 with the code as its detail when nothing could be landed.
CREATE FUNCTION raw.ingest_tracking_event(tenant_id text, client_ip inet, user_agent text, event_data jsonb) RETURNS bigint
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog
AS $$
DECLARE
  answer jsonb;
BEGIN
  answer := raw.track(
    CASE WHEN jsonb_typeof(event_data) = 'object' AND jsonb_typeof(event_data -> 'events') IS DISTINCT FROM 'array'
      THEN event_data
    END,
    coalesce(tenant_id, ''),
    coalesce(host(coalesce(client_ip, inet_client_addr())), ''),
    raw.cut_text(user_agent, 1000)
  );
  IF answer ->> 'code' = 'id_conflict' THEN
    RETURN NULL;
  END IF;
  IF NOT (answer -> 'success')::boolean THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = answer ->> 'message', DETAIL = answer ->> 'code';
  END IF;
  RETURN (
    SELECT request.request_id * 1024 + array_position(request.event_ids, (answer ->> 'event_id')::uuid) - 1
    FROM raw.event_registry AS known
    JOIN raw.site_tracking_requests_r AS request
      ON request.received_timestamp = known.received_timestamp
     AND request.request_id = known.request_id
    WHERE known.event_key = raw.registry_key(answer #>> '{data,tenant_id}', (answer ->> 'event_id')::uuid)
  );
END
$$;

-- ── Status ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Where events stand, of one tenant or, for null, of all. Ages in seconds. A text body, so that the vault's views can be made anew.
CREATE FUNCTION staging.pipeline_stages(tenant_name text) RETURNS jsonb
  LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'raw', jsonb_build_object(
      'events', (
        SELECT coalesce(sum(request.event_count), 0)
        FROM raw.site_tracking_requests_r AS request
        WHERE tenant_name IS NULL OR request.tenant_id = tenant_name
      )
    ),
    'pending', (
      SELECT jsonb_build_object(
        'events', coalesce(sum(pending.event_count), 0),
        'requests', count(*),
        'oldest_seconds', extract(epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp))
      )
      FROM raw.pending_requests AS pending
      WHERE tenant_name IS NULL OR pending.tenant_id = tenant_name
    ),
    'staged', (
      SELECT jsonb_build_object(
        'events', coalesce(sum(pending.event_count), 0),
        'oldest_seconds', extract(epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp))
      )
      FROM raw.pending_requests AS pending
      WHERE pending.stage = 'STAGED'
        AND (tenant_name IS NULL OR pending.tenant_id = tenant_name)
    ),
    'vault', jsonb_build_object(
      'events', (
        SELECT count(*)
        FROM business.site_event_h AS event
        WHERE tenant_name IS NULL
          OR event.tenant_hk = (SELECT tenant.tenant_hk FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = tenant_name LIMIT 1)
      )
    ),
    'quarantined', jsonb_build_object(
      'events', (
        SELECT count(*)
        FROM staging.quarantined_events AS quarantine
        WHERE tenant_name IS NULL OR quarantine.tenant_id = tenant_name
      )
    )
  )
$$;

CREATE FUNCTION staging.get_pipeline_status() RETURNS jsonb
  LANGUAGE sql STABLE
  SET search_path = pg_catalog
  RETURN jsonb_build_object(
    'success', true,
    'generated_at', raw.iso_time(statement_timestamp()),
    'stages', staging.pipeline_stages(NULL)
  );

CREATE FUNCTION api.get_tracking_system_status(tenant_id text DEFAULT NULL) RETURNS jsonb
  LANGUAGE sql STABLE
  SET search_path = pg_catalog
  RETURN CASE
    WHEN tenant_id IS NULL OR EXISTS (SELECT FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = tenant_id)
      THEN jsonb_build_object(
        'success', true,
        'tenant_id', tenant_id,
        'generated_at', raw.iso_time(statement_timestamp()),
        'stages', staging.pipeline_stages(tenant_id)
      )
    ELSE jsonb_build_object('success', false, 'code', 'unknown_tenant') || raw.refusal_text('unknown_tenant')
  END;

-- Makes everything that waits for longer than `older_than` due at the next sweep, whenever it was last rung for. What a worker
-- holds at this moment is under way already and left alone. The work itself is done by the functions, where its rules are.
CREATE FUNCTION staging.make_due(older_than interval) RETURNS jsonb
  LANGUAGE sql VOLATILE
BEGIN ATOMIC
  WITH waiting AS MATERIALIZED (
    SELECT pending.request_id
    FROM raw.pending_requests AS pending
    WHERE pending.received_timestamp <= statement_timestamp() - older_than
    ORDER BY pending.request_id
    FOR UPDATE SKIP LOCKED
  ),
  due AS (
    UPDATE raw.pending_requests AS pending
    SET rung_at = '-infinity'
    FROM waiting
    WHERE pending.request_id = waiting.request_id
    RETURNING pending.event_count, pending.received_timestamp
  )
  SELECT jsonb_build_object(
    'success', true,
    'processing_needed', count(*) > 0,
    'message', CASE
      WHEN count(*) > 0 THEN 'What waits is processed with the next sweep, within a minute'
      ELSE 'No processing needed - all events up to date'
    END,
    'requests', count(*),
    'events', coalesce(sum(due.event_count), 0),
    'oldest_seconds', extract(epoch FROM statement_timestamp() - min(due.received_timestamp))
  )
  FROM due;
END;

CREATE FUNCTION staging.trigger_pipeline_now() RETURNS jsonb
  LANGUAGE sql VOLATILE
  SET search_path = pg_catalog
  RETURN staging.make_due('0 seconds');

-- The default leaves alone what the queues are about to deliver.
CREATE FUNCTION staging.auto_process_if_needed(older_than interval DEFAULT '30 seconds') RETURNS jsonb
  LANGUAGE sql VOLATILE
  SET search_path = pg_catalog
  RETURN staging.make_due(older_than);

-- Whether everything that tracking through SQL needs is there.
CREATE FUNCTION api.track_test() RETURNS jsonb
  LANGUAGE sql STABLE
  SET search_path = pg_catalog
  RETURN (
    SELECT jsonb_build_object(
      'success', count(*) FILTER (WHERE NOT object.is_there) = 0,
      'message', CASE
        WHEN count(*) FILTER (WHERE NOT object.is_there) = 0 THEN 'Tracking is ready'
        ELSE 'Objects are missing: run the migrations, and maintenance for a missing partition'
      END,
      'timestamp', raw.iso_time(statement_timestamp()),
      'migrations', (SELECT count(*) FROM util.schema_migrations),
      'missing', coalesce(jsonb_agg(object.name ORDER BY object.name) FILTER (WHERE NOT object.is_there), '[]')
    )
    FROM (
      SELECT relation AS name, to_regclass(relation) IS NOT NULL AS is_there
      FROM unnest(ARRAY[
        'auth.tenant_h', 'auth.tenant_profile_s', 'auth.sites', 'auth.visitor_salts',
        'raw.site_tracking_requests_r', 'raw.event_registry', 'raw.pending_requests', 'raw.site_tracking_events_r',
        'staging.site_events_staging', 'staging.quarantined_events', 'staging.pipeline_dashboard',
        'business.site_session_h', 'business.site_visitor_h', 'business.site_event_h', 'business.site_page_h',
        'business.business_item_h',
        -- The partition that takes what arrives now.
        'raw.site_tracking_requests_r_' || to_char(date_trunc('week', now() AT TIME ZONE 'UTC'), 'YYYYMMDD')
      ]) AS relation
      UNION ALL
      SELECT function, to_regprocedure(function) IS NOT NULL
      FROM unnest(ARRAY[
        'api.track_event(jsonb)',
        'api.track_site_event(text,text,text,jsonb,text,text,inet,text)',
        'api.get_tracking_system_status(text)',
        'raw.ingest_tracking_event(text,inet,text,jsonb)',
        'staging.get_pipeline_status()',
        'staging.trigger_pipeline_now()',
        'staging.auto_process_if_needed(interval)',
        'util.current_load_date()',
        'util.hash_key(text[])'
      ]) AS function
    ) AS object
  );
