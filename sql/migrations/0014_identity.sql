-- Whose data it is, and what visitors may ask for (docs/decisions/0020-identity-and-consent.md): keys of visitor pseudonyms, consent
-- in SQL, jobs that export and erase.

-- ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The secrets of a tenant's visitors: together with the salt of a day they make the pseudonyms of that day, and alone the marks by
-- which the erased are known. They are never deleted, since a mark is worth nothing without its key.
CREATE TABLE auth.visitor_keys (
  tenant_hk bytea NOT NULL,
  key_version smallint NOT NULL CHECK (key_version > 0),
  secret bytea NOT NULL CHECK (octet_length(secret) = 32),
  -- The first day, in UTC, whose salt goes with this key. The first key is valid on all days before as well.
  valid_from date NOT NULL DEFAULT '-infinity',
  created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (tenant_hk, key_version),
  CHECK ((key_version = 1) = (valid_from = '-infinity'))
);
SELECT auth.isolate('auth.visitor_keys', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT, INSERT ON auth.visitor_keys TO onevault_ingest;
GRANT SELECT ON auth.visitor_keys TO onevault_loader;
GRANT INSERT ON auth.visitor_keys TO onevault_maintenance;

-- The key that a day's pseudonyms are made with, settled with its salt, so that a visitor is one all day whatever is rotated
-- meanwhile. Null: with the salt alone, as functions of the release before make them.
ALTER TABLE auth.visitor_salts ADD COLUMN key_version smallint;

-- A random secret of 32 bytes. Core Postgres has no other source of strong randomness; three UUIDs hold 366 random bits.
CREATE FUNCTION auth.random_secret() RETURNS bytea
  LANGUAGE sql VOLATILE
  RETURN sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- What the pseudonyms of one tenant's day are made with. Twin of DaySecret in lambdas/tenancy/visitor-salts.ts.
CREATE TYPE raw.day_secret AS (key_version smallint, secret bytea);

CREATE FUNCTION raw.day_secret(salt bytea, key_version smallint, key_secret bytea) RETURNS raw.day_secret
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ROW(key_version, CASE WHEN key_version IS NULL THEN salt ELSE raw.hmac_sha256(key_secret, salt) END)::raw.day_secret;

-- Of a tenant's day, salt and key made when there is none. Another session may make one meanwhile: the next look sees it.
CREATE FUNCTION raw.settle_day_secret(tenant_key bytea, at timestamptz) RETURNS raw.day_secret
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  day date := (at AT TIME ZONE 'UTC')::date;
  settled raw.day_secret;
BEGIN
  LOOP
    SELECT made.key_version, made.secret
    INTO settled
    FROM auth.visitor_salts AS known
    LEFT JOIN auth.visitor_keys AS key ON key.tenant_hk = known.tenant_hk AND key.key_version = known.key_version
    CROSS JOIN LATERAL raw.day_secret(known.salt, known.key_version, key.secret) AS made
    WHERE known.tenant_hk = tenant_key
      AND known.salt_day = day;
    IF FOUND THEN
      RETURN settled;
    END IF;
    INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
    SELECT tenant_key, 1, auth.random_secret()
    WHERE NOT EXISTS (SELECT FROM auth.visitor_keys AS key WHERE key.tenant_hk = tenant_key)
    ON CONFLICT DO NOTHING;
    INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt, key_version)
    SELECT tenant_key, day, auth.random_secret(), key.key_version
    FROM auth.visitor_keys AS key
    WHERE key.tenant_hk = tenant_key
      AND key.valid_from <= day
    ORDER BY key.key_version DESC
    LIMIT 1
    ON CONFLICT (tenant_hk, salt_day) DO NOTHING;
  END LOOP;
END
$$;

-- Twin of `pseudonymise` in lambdas/tenancy/visitor-pseudonym.ts.
CREATE FUNCTION raw.daily_pseudonym(day raw.day_secret, VARIADIC parts text[]) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN (day).key_version IS NULL THEN raw.pseudonym((day).secret, VARIADIC parts)
    ELSE substring(int2send((day).key_version) FROM 2)
      || substring(raw.hmac_sha256((day).secret, raw.encode_parts(VARIADIC parts)) FROM 1 FOR 15)
  END;

-- By which an erased visitor is known for ever. Twin of `visitorMark` in lambdas/tenancy/visitor-keys.ts.
CREATE FUNCTION raw.visitor_mark(secret bytea, visitor_id text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN raw.hmac_sha256(secret, raw.encode_parts('visitor', visitor_id));

-- Makes the salts of the day, and in its last hours those of the next, before anybody needs them: an open transaction that made one
-- would keep all other visitors of its tenant waiting. The very same holds for this one, so it gives up rather than wait.
CREATE FUNCTION auth.make_salts(at timestamptz) RETURNS integer
  LANGUAGE sql VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '200ms'
BEGIN ATOMIC
  WITH first_keys AS (
    INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
    SELECT tenant.tenant_hk, 1, auth.random_secret()
    FROM auth.tenant_h AS tenant
    WHERE NOT EXISTS (SELECT FROM auth.visitor_keys AS key WHERE key.tenant_hk = tenant.tenant_hk)
    ON CONFLICT DO NOTHING
    RETURNING tenant_hk, key_version, valid_from
  ),
  keys AS (
    SELECT tenant_hk, key_version, valid_from FROM first_keys
    UNION ALL
    SELECT key.tenant_hk, key.key_version, key.valid_from FROM auth.visitor_keys AS key
  ),
  days AS (
    SELECT DISTINCT (moment AT TIME ZONE 'UTC')::date AS salt_day
    FROM unnest(ARRAY[make_salts.at, make_salts.at + interval '3 hours']) AS moment
  ),
  made AS (
    INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt, key_version)
    SELECT settled.tenant_hk, settled.salt_day, auth.random_secret(), settled.key_version
    FROM (
      SELECT keys.tenant_hk, days.salt_day, max(keys.key_version) AS key_version
      FROM keys
      JOIN days ON keys.valid_from <= days.salt_day
      GROUP BY keys.tenant_hk, days.salt_day
    ) AS settled
    WHERE NOT EXISTS (
      SELECT
      FROM auth.visitor_salts AS salt
      WHERE salt.tenant_hk = settled.tenant_hk
        AND salt.salt_day = settled.salt_day
    )
    ON CONFLICT (tenant_hk, salt_day) DO NOTHING
    RETURNING salt_day
  )
  SELECT count(*)::integer FROM made;
END;

-- Deletes the salts that are older, and writes the table anew: the bytes of deleted rows would stay in its file, and with them the way
-- back to addresses. Nobody can read a salt meanwhile, so it gives up when somebody holds the table.
CREATE FUNCTION auth.forget_salts(hours integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '200ms'
AS $$
DECLARE
  oldest timestamptz := CURRENT_TIMESTAMP - make_interval(hours => forget_salts.hours);
  forgotten integer;
  kept auth.visitor_salts[];
BEGIN
  IF NOT EXISTS (SELECT FROM auth.visitor_salts AS known WHERE known.created_at < oldest) THEN
    RETURN 0;
  END IF;
  LOCK TABLE auth.visitor_salts IN ACCESS EXCLUSIVE MODE;
  SELECT count(*) FILTER (WHERE known.created_at < oldest), array_agg(known) FILTER (WHERE known.created_at >= oldest)
  INTO forgotten, kept
  FROM auth.visitor_salts AS known;
  TRUNCATE auth.visitor_salts;
  INSERT INTO auth.visitor_salts SELECT known.* FROM unnest(kept) AS known;
  RETURN forgotten;
END
$$;

REVOKE ALL ON FUNCTION auth.make_salts(timestamptz), auth.forget_salts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.make_salts(timestamptz), auth.forget_salts(integer) TO onevault_maintenance;

-- ── Addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Twins of lambdas/event/address-field.ts.

CREATE OR REPLACE FUNCTION raw.is_address_name(key text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(key, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_', 'abcdefghijklmnopqrstuvwxyz') IN (
    'cfconnectingip', 'cfconnectingipv6', 'clientaddr', 'clientaddress', 'clientip', 'clientipaddress', 'connectingip',
    'fastlyclientip', 'forwarded', 'forwardedfor', 'hostip', 'httpclientip', 'httpforwarded', 'httpforwardedfor',
    'httpxforwardedfor', 'httpxrealip', 'ip', 'ipaddr', 'ipaddress', 'ipaddresses', 'ips', 'ipv4', 'ipv4address', 'ipv6',
    'ipv6address', 'localip', 'peeraddr', 'peeraddress', 'peerip', 'publicip', 'realip', 'remoteaddr', 'remoteaddress',
    'remoteip', 'sourceaddress', 'sourceip', 'srcip', 'trueclientip', 'useraddr', 'userip', 'useripaddress', 'visitoraddr',
    'visitorip', 'visitoripaddress', 'xazureclientip', 'xclientip', 'xclusterclientip', 'xenvoyexternaladdress',
    'xforwarded', 'xforwardedfor', 'xoriginalforwardedfor', 'xrealip', 'xremoteaddr', 'xremoteip'
  );

-- The first address that a text names, without its port; null when it names none.
CREATE FUNCTION raw.address_in(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT spelled.address
    FROM regexp_split_to_table(value, '[^0-9A-Za-z.:]+') WITH ORDINALITY AS part (text, place)
    CROSS JOIN LATERAL (VALUES (part.text, 1), (regexp_replace(part.text, ':[0-9]+$', ''), 2)) AS spelled (address, rank)
    WHERE raw.is_address(spelled.address)
    ORDER BY part.place, spelled.rank
    LIMIT 1
  );

-- Whether a member is an address, or holds one however deep.
CREATE OR REPLACE FUNCTION raw.is_address_member(key text, value jsonb) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN key = 'client_ip'
    OR EXISTS (
      SELECT
      FROM jsonb_path_query(value, 'strict $.** ? (@.type() == "string")') AS held
      WHERE raw.address_in(held #>> '{}') IS NOT NULL
    )
    OR EXISTS (
      SELECT
      FROM jsonb_path_query(value, 'strict $.** ? (@.type() == "object").keyvalue().key') AS held
      WHERE raw.address_in(held #>> '{}') IS NOT NULL
    );

-- Twin of `networkOf` in lambdas/tenancy/visitor-pseudonym.ts.
CREATE OR REPLACE FUNCTION raw.network_of(address text) RETURNS text
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
    FROM coalesce(
      raw.address_in(address), regexp_replace(raw.trim_blanks(address), '%[^\n\r\u2028\u2029]*$', '')
    ) AS plain
    CROSS JOIN raw.ipv6_bytes(plain) AS bytes
  );

-- ── Wishes of visitors ────────────────────────────────────────────────────────────────────────────────────────────────────
-- The next five functions are twins of lambdas/event/visitor-wishes.ts. A server's SQL has no headers, so what the event says counts.

CREATE FUNCTION raw.says_yes(value jsonb) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(
    value IN ('true', '1')
    OR jsonb_typeof(value) = 'string'
    AND translate(value #>> '{}', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('true', '1', 'yes'),
    false
  );

-- Whether one value grants, or null when it says nothing.
CREATE FUNCTION raw.grants(value jsonb) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN value IS NULL OR jsonb_typeof(value) = 'null' OR jsonb_typeof(value) = 'string' AND raw.trim_blanks(value #>> '{}') = ''
      THEN NULL
    ELSE raw.says_yes(value)
      OR jsonb_typeof(value) = 'string'
      AND translate(value #>> '{}', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'granted'
  END;

-- What an event and its batch say of the visitor's wishes; `consent` is null when they say nothing of it.
CREATE TYPE raw.visitor_wishes AS (opts_out boolean, do_not_track boolean, consent boolean);

CREATE FUNCTION raw.visitor_wishes(envelope jsonb, event jsonb) RETURNS raw.visitor_wishes
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT ROW(
      bool_or(raw.says_yes(place.members -> 'gpc') OR raw.says_yes(place.members -> 'global_privacy_control')),
      bool_or(raw.says_yes(place.members -> 'do_not_track')),
      bool_and(
        CASE jsonb_typeof(place.members -> 'consent')
          WHEN 'object' THEN raw.grants(
            coalesce(
              nullif(place.members #> '{consent,analytics}', 'null'), place.members #> '{consent,analytics_storage}'
            )
          )
          ELSE raw.grants(place.members -> 'consent')
        END
      )
    )::raw.visitor_wishes
    FROM (
      VALUES
        (envelope), (envelope -> 'event_data'), (envelope -> 'data'),
        (event), (event -> 'event_data'), (event -> 'data')
    ) AS place (members)
    WHERE jsonb_typeof(place.members) = 'object'
  );

CREATE FUNCTION raw.is_first_party_id(key text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(key, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_', 'abcdefghijklmnopqrstuvwxyz') IN (
    'anonymousid', 'clientid', 'deviceid', 'sessionid', 'userid', 'visitorid'
  );

CREATE FUNCTION raw.without_ids(value jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN coalesce((
        SELECT jsonb_object_agg(member.key, raw.without_ids(member.value))
        FROM jsonb_each(value) AS member
        WHERE NOT raw.is_first_party_id(member.key)
      ), '{}');
    WHEN 'array' THEN
      RETURN coalesce((
        SELECT jsonb_agg(raw.without_ids(element.value) ORDER BY element.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS element
      ), '[]');
    ELSE
      RETURN value;
  END CASE;
END
$$;

-- A tenant's privacy mode, as its profile says. What cannot be read counts as strict, as in lambdas/tenancy/settings.ts.
CREATE FUNCTION auth.privacy_mode(tenant_id text) RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce((
    SELECT CASE
      WHEN jsonb_typeof(coalesce(profile.configuration -> 'site_tracking', 'null')) = 'null' THEN 'standard'
      WHEN jsonb_typeof(profile.configuration -> 'site_tracking') <> 'object' THEN 'strict'
      WHEN NOT (profile.configuration -> 'site_tracking') ? 'privacy_mode' THEN 'standard'
      WHEN profile.configuration #> '{site_tracking,privacy_mode}' IN ('"off"', '"standard"', '"strict"')
        THEN profile.configuration #>> '{site_tracking,privacy_mode}'
      ELSE 'strict'
    END
    FROM auth.tenant_h AS tenant
    JOIN auth.tenant_profile_s AS profile ON profile.tenant_hk = tenant.tenant_hk AND profile.load_end_date IS NULL
    WHERE tenant.tenant_bk = privacy_mode.tenant_id
    ORDER BY profile.load_date DESC
    LIMIT 1
  ), 'standard');
END;

-- What a privacy mode makes of an event: stored, without_ids or not_stored. Twin of `treatmentOf` in lambdas/tenancy/privacy-mode.ts.
CREATE FUNCTION raw.treatment(privacy_mode text, envelope jsonb, event jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT CASE
      WHEN privacy_mode = 'off' THEN 'stored'
      WHEN wishes.opts_out OR (privacy_mode = 'strict' AND wishes.do_not_track) THEN 'not_stored'
      WHEN NOT coalesce(wishes.consent, privacy_mode = 'standard') THEN 'without_ids'
      ELSE 'stored'
    END
    FROM raw.visitor_wishes(envelope, event) AS wishes
  );

-- ── Landing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Whether its visitor agreed to be known by first-party ids.
ALTER TYPE raw.landing_event ADD ATTRIBUTE keeps_ids boolean;

-- As before, with the keys of the tenant, and without first-party ids where `keeps_ids` says so.
DROP FUNCTION raw.prepare_event(bytea, text, bytea, jsonb, jsonb, integer);
CREATE FUNCTION raw.prepare_event(
  tenant_key bytea,
  site_id text,
  visitor_key bytea,
  envelope jsonb,
  event jsonb,
  index integer,
  keeps_ids boolean
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
  allowed jsonb := CASE WHEN keeps_ids THEN held ELSE raw.without_ids(held) END;
  own jsonb := raw.without_address(allowed);
  shared jsonb := raw.without_address(CASE WHEN keeps_ids THEN envelope ELSE raw.without_ids(envelope) END);
  canonical text := raw.canonical_text(coalesce(shared, '{}') || own);
  client_id text := raw.field_text(raw.event_field(merged, 'event_id'));
  client_ip text := raw.field_text(raw.event_field(merged, 'client_ip'));
  user_agent text := raw.cut_text(raw.field_text(raw.event_field(merged, 'user_agent')), 1000);
  claimed bigint := raw.event_milliseconds(raw.event_field(merged, 'event_timestamp', 'timestamp'));
  visitor jsonb := '{}';
  own_key bytea := visitor_key;
  day raw.day_secret;
BEGIN
  IF client_ip IS NOT NULL THEN
    day := raw.settle_day_secret(tenant_key, raw.settle_event_time(claimed));
    own_key := raw.daily_pseudonym(day, raw.network_of(client_ip), coalesce(user_agent, ''));
    visitor := jsonb_build_object(
      'visitor_ip_hash', encode(raw.daily_pseudonym(day, raw.network_of(client_ip)), 'hex'),
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
    ),
    keeps_ids
  );
END
$$;

-- As before; an event whose visitor asks not to be tracked gets the verdict not_stored, as in lambdas/api/track.ts.
CREATE OR REPLACE FUNCTION raw.land_events(
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
  today raw.day_secret := raw.settle_day_secret(tenant_key, statement_timestamp());
  network text := raw.network_of(address);
  visitor_key bytea := raw.daily_pseudonym(today, network, coalesce(user_agent, ''));
  privacy_mode text := auth.privacy_mode(tenant_id);
  stored_envelope jsonb := raw.without_address(envelope);
  usual_site text := raw.settle_usual_site(tenant_key);
  waiting raw.landing_event[];
  raced raw.landing_event[];
  part record;
BEGIN
  RETURN QUERY
    SELECT
      (sent.ordinality - 1)::integer,
      NULL::uuid,
      CASE WHEN refusal.code IS NULL THEN 'not_stored' ELSE 'rejected' END,
      refusal.code
    FROM jsonb_array_elements(events) WITH ORDINALITY AS sent
    CROSS JOIN LATERAL raw.event_refusal(land_events.tenant_id, envelope, sent.value) AS refusal (code)
    WHERE CASE
      WHEN refusal.code IS NULL THEN raw.treatment(privacy_mode, envelope, sent.value) = 'not_stored'
      ELSE true
    END;

  -- Two calls that make the salts of the same days take turns, since both begin with the earliest.
  PERFORM raw.settle_day_secret(tenant_key, day.starts)
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
      tenant_key, coalesce(named.site_id, usual_site), visitor_key, envelope, sent.value, (sent.ordinality - 1)::integer,
      treated.treatment = 'stored'
    )
    FROM jsonb_array_elements(events) WITH ORDINALITY AS sent
    CROSS JOIN LATERAL (
      SELECT CASE
        WHEN raw.event_refusal(land_events.tenant_id, envelope, sent.value) IS NULL
          THEN raw.treatment(privacy_mode, envelope, sent.value)
      END
    ) AS treated (treatment)
    LEFT JOIN auth.sites AS named
      ON named.tenant_hk = tenant_key
     AND named.site_id = raw.field_text(coalesce(sent.value -> 'site_id', envelope -> 'site_id'))
    WHERE treated.treatment IN ('stored', 'without_ids')
    ORDER BY sent.ordinality
  );

  -- More than one round only when another session took an id meanwhile: the next round sees what it stored.
  WHILE cardinality(waiting) > 0 LOOP
    raced := '{}';
    FOR part IN SELECT DISTINCT event.site_id AS site, event.keeps_ids FROM unnest(waiting) AS event ORDER BY 1, 2 LOOP
      FOR index, event_id, status, code IN
        WITH sent AS MATERIALIZED (
          SELECT
            event.*,
            octet_length(event.bytes) AS byte_length,
            (sum(octet_length(event.bytes)) OVER (ORDER BY event.index) - octet_length(event.bytes) + 1)::integer AS first_byte,
            row_number() OVER (ORDER BY event.index) - 1 AS position
          FROM unnest(waiting) AS event
          WHERE event.site_id = part.site
            AND event.keeps_ids = part.keeps_ids
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
            land_events.tenant_id, part.site, 'site_tracker', user_agent, raw.daily_pseudonym(today, network), visitor_key,
            request.bodies, request.event_keys, request.event_ids, request.payload_fingerprints, request.first_bytes,
            request.byte_lengths, request.contexts,
            CASE WHEN part.keeps_ids THEN stored_envelope ELSE raw.without_ids(stored_envelope) END,
            false
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

-- As before; what was not stored on its visitor's wish is neither accepted nor rejected.
CREATE OR REPLACE FUNCTION raw.track(request jsonb, tenant_name text, address text, user_agent text) RETURNS jsonb
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
  sent integer;
  rejected integer;
  duplicates integer := 0;
  accepted integer := 0;
  session_id text;
  single jsonb := '{}';
BEGIN
  sent := jsonb_array_length(events);
  rejected := sent;
  IF refusal IS NULL THEN
    tenant_id := CASE
      WHEN tenant_name IS NULL THEN coalesce(
        raw.named_tenant(request),
        (
          SELECT raw.named_tenant(event.value)
          FROM jsonb_array_elements(events) WITH ORDINALITY AS event
          WHERE raw.named_tenant(event.value) IS NOT NULL
          ORDER BY event.ordinality
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
      count(*) FILTER (WHERE verdict.status IN ('accepted', 'duplicate')),
      count(*) FILTER (WHERE verdict.status = 'rejected'),
      count(*) FILTER (WHERE verdict.status = 'duplicate')
    INTO results, accepted, rejected, duplicates
    FROM raw.land_events(tenant_id, tenant_key, address, user_agent, envelope, events) AS verdict;
    SELECT raw.field_text(raw.event_field(coalesce(envelope, '{}') || event.value, 'session_id'))
    INTO session_id
    FROM jsonb_array_elements(events) AS event
    WHERE jsonb_typeof(event.value) = 'object'
    LIMIT 1;
    single := CASE WHEN is_batch THEN '{}' ELSE (results -> 0) - 'index' END;
  ELSE
    single := jsonb_build_object('code', refusal) || raw.refusal_text(refusal);
  END IF;

  RETURN jsonb_build_object(
    'success', sent > 0 AND rejected = 0,
    'message', CASE
      WHEN is_batch THEN accepted || ' of ' || sent || ' events stored'
      WHEN duplicates > 0 THEN 'Event was stored before'
      WHEN accepted = 0 THEN 'Not stored: the visitor asks not to be tracked'
      ELSE 'Event stored'
    END,
    'timestamp', raw.iso_time(statement_timestamp()),
    'processing', CASE WHEN refusal IS NULL AND rejected = 0 AND accepted = 0 THEN 'none' ELSE 'background' END,
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

-- As before, and null as well when the event's visitor asks not to be tracked.
CREATE OR REPLACE FUNCTION raw.ingest_tracking_event(tenant_id text, client_ip inet, user_agent text, event_data jsonb) RETURNS bigint
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
  IF answer ->> 'code' = 'id_conflict' OR answer ->> 'status' = 'not_stored' THEN
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

-- ── What visitors ask for ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Exports and erasures of single visitors, as they were asked for and what came of them.
CREATE TABLE auth.privacy_jobs (
  job_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_hk bytea NOT NULL,
  job_kind varchar(10) NOT NULL CHECK (job_kind IN ('export', 'erasure')),
  job_state varchar(10) NOT NULL DEFAULT 'waiting' CHECK (job_state IN ('waiting', 'running', 'done', 'failed')),
  -- Until the job has ended, an erasure until it is done; then its mark alone says whose it was.
  visitor_id varchar(255),
  visitor_mark bytea NOT NULL CHECK (octet_length(visitor_mark) = 32),
  -- Of what stands for the id where it says who somebody is: from that the mark of the id itself cannot be made.
  stored_mark bytea NOT NULL CHECK (octet_length(stored_mark) = 32),
  requested_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- token:<token id>, or operator:<database user>.
  requested_by varchar(100) NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  -- Kind of error of the last attempt.
  failure varchar(100),
  -- What was found at the start, and in the end what was done: of an export its manifest, of an erasure its certificate.
  result jsonb,
  -- The exported ZIP file, for some days.
  archive bytea,
  CHECK ((visitor_id IS NULL) = (job_state = 'done' OR (job_state = 'failed' AND job_kind = 'export')))
);
CREATE INDEX privacy_jobs_visitor ON auth.privacy_jobs (tenant_hk, visitor_mark, requested_at);
CREATE INDEX privacy_jobs_open ON auth.privacy_jobs (requested_at) WHERE job_state IN ('waiting', 'running');
-- One of a kind at a time: who asks again meanwhile gets the same.
CREATE UNIQUE INDEX privacy_jobs_one ON auth.privacy_jobs (tenant_hk, job_kind, visitor_mark)
  WHERE job_state IN ('waiting', 'running');
-- A ZIP file does not shrink, and uncompressed a part of it is read without the rest. Statistics would keep ids of visitors.
ALTER TABLE auth.privacy_jobs
  ALTER COLUMN archive SET STORAGE EXTERNAL,
  ALTER COLUMN archive SET STATISTICS 0,
  ALTER COLUMN result SET STATISTICS 0,
  ALTER COLUMN visitor_id SET STATISTICS 0;
-- Few rows change here, and what is gone of them shall not wait until they are many.
ALTER TABLE auth.privacy_jobs SET (
  autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
  toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0
);
SELECT auth.isolate('auth.privacy_jobs', 'tenant_hk = (SELECT auth.acting_tenant_hk())');
GRANT SELECT ON auth.privacy_jobs TO onevault_reader;
GRANT SELECT, UPDATE, DELETE ON auth.privacy_jobs TO onevault_maintenance;
GRANT INSERT ON auth.audit_log TO onevault_maintenance;

-- These run with their owner's rights and for the tenant of the transaction only: callers ask for a visitor by id and never see a key.

-- The mark of a visitor under the tenant's first key, which is never replaced, so that marks are found for ever.
CREATE FUNCTION auth.mark_of_visitor(visitor_id text) RETURNS bytea
  LANGUAGE sql STABLE STRICT
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT raw.visitor_mark(key.secret, mark_of_visitor.visitor_id)
  FROM auth.visitor_keys AS key
  WHERE key.tenant_hk = auth.acting_tenant_hk()
    AND key.key_version = 1;
END;

-- What the vault has instead of an id that says who somebody is. Twin of `idPseudonym` in lambdas/pipeline/redact-request.ts.
CREATE FUNCTION auth.pseudonym_of_visitor(visitor_id text) RETURNS text
  LANGUAGE sql STABLE STRICT
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT encode(substring(auth.mark_of_visitor(pseudonym_of_visitor.visitor_id) FROM 1 FOR 16), 'hex');
END;

-- Notes that a visitor asks for something, and returns the job: the same while one is open.
CREATE FUNCTION auth.request_privacy_job(kind text, visitor_id text, actor text) RETURNS uuid
  LANGUAGE plpgsql VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant bytea := auth.acting_tenant_hk();
  mark bytea;
  job uuid;
BEGIN
  INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
  SELECT tenant, 1, auth.random_secret()
  WHERE NOT EXISTS (SELECT FROM auth.visitor_keys AS key WHERE key.tenant_hk = tenant)
  ON CONFLICT DO NOTHING;
  mark := auth.mark_of_visitor(request_privacy_job.visitor_id);
  -- A job that ends between the two statements makes way for a new one.
  LOOP
    INSERT INTO auth.privacy_jobs (tenant_hk, job_kind, visitor_id, visitor_mark, stored_mark, requested_by)
    VALUES (
      tenant, request_privacy_job.kind, request_privacy_job.visitor_id, mark,
      auth.mark_of_visitor(auth.pseudonym_of_visitor(request_privacy_job.visitor_id)), request_privacy_job.actor
    )
    ON CONFLICT (tenant_hk, job_kind, visitor_mark) WHERE job_state IN ('waiting', 'running') DO NOTHING
    RETURNING job_id INTO job;
    IF job IS NULL THEN
      SELECT open.job_id
      INTO job
      FROM auth.privacy_jobs AS open
      WHERE open.tenant_hk = tenant
        AND open.job_kind = request_privacy_job.kind
        AND open.visitor_mark = mark
        AND open.job_state IN ('waiting', 'running');
    END IF;
    IF job IS NOT NULL THEN
      RETURN job;
    END IF;
  END LOOP;
END
$$;

-- Deletes a visitor's exports, also those that are not made yet, and returns how many there were.
CREATE FUNCTION auth.forget_exports(visitor_id text) RETURNS integer
  LANGUAGE sql VOLATILE STRICT
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM auth.privacy_jobs AS job
    WHERE job.tenant_hk = auth.acting_tenant_hk()
      AND job.job_kind = 'export'
      AND job.visitor_mark = auth.mark_of_visitor(forget_exports.visitor_id)
    RETURNING job.job_id
  )
  SELECT count(*)::integer FROM gone;
END;

REVOKE ALL ON FUNCTION
  auth.mark_of_visitor(text), auth.pseudonym_of_visitor(text), auth.request_privacy_job(text, text, text),
  auth.forget_exports(text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  auth.mark_of_visitor(text), auth.pseudonym_of_visitor(text), auth.request_privacy_job(text, text, text),
  auth.forget_exports(text)
  TO onevault_reader;
