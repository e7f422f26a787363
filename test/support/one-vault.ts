import type pg from 'pg';

/** How a database's own util.hash_binary may be declared, and what it may give. */
export const hashFunctions = {
  'as the deployment guide has it': `
    CREATE FUNCTION util.hash_binary(input text) RETURNS bytea
      LANGUAGE sql IMMUTABLE RETURN sha256(convert_to(input, 'UTF8'));`,
  'under another argument name and with another hash': `
    CREATE FUNCTION util.hash_binary(p_value text) RETURNS bytea
      LANGUAGE sql IMMUTABLE AS $$ SELECT sha512(convert_to(upper(trim(p_value)), 'UTF8')) $$;`,
  'of a varchar, with a short hash': `
    CREATE FUNCTION util.hash_binary(p_value character varying) RETURNS bytea
      LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN decode(md5('salted' || p_value), 'hex'); END $$;`,
  'of a varchar and an algorithm that has a default': `
    CREATE FUNCTION util.hash_binary(p_value character varying, p_algorithm text DEFAULT 'sha256') RETURNS bytea
      LANGUAGE sql IMMUTABLE AS $$ SELECT sha256(convert_to(p_algorithm || p_value, 'UTF8')) $$;`,
  'twice, for text and for varchar': `
    CREATE FUNCTION util.hash_binary(input text) RETURNS bytea
      LANGUAGE sql IMMUTABLE RETURN sha256(convert_to(input, 'UTF8'));
    CREATE FUNCTION util.hash_binary(input character varying) RETURNS bytea
      LANGUAGE sql IMMUTABLE AS $$ SELECT util.hash_binary(input::text) $$;`,
} as const;
export type HashFunction = keyof typeof hashFunctions;

/** A One Vault database before site tracking: its schemas, functions, tenants and their profiles, and who refers to them. */
export async function buildOneVault(pool: pg.Pool, hashFunction: HashFunction): Promise<void> {
  await pool.query(`
    CREATE SCHEMA auth; CREATE SCHEMA util; CREATE SCHEMA raw; CREATE SCHEMA staging; CREATE SCHEMA business; CREATE SCHEMA api;
    ${hashFunctions[hashFunction]}
    CREATE FUNCTION util.current_load_date() RETURNS timestamptz
      LANGUAGE sql STABLE AS $$ SELECT date_trunc('second', CURRENT_TIMESTAMP) $$;
    CREATE FUNCTION util.hash_concat(VARIADIC p_values text[]) RETURNS bytea
      LANGUAGE sql IMMUTABLE AS $$ SELECT util.hash_binary(array_to_string(p_values, '||')) $$;
    CREATE FUNCTION util.get_record_source() RETURNS varchar LANGUAGE sql STABLE AS $$ SELECT 'one_vault'::varchar $$;
    CREATE FUNCTION api.auth_login(p_request jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"success": false}'::jsonb $$;

    CREATE TABLE auth.tenant_h (
      tenant_hk bytea NOT NULL,
      tenant_bk varchar(255) NOT NULL,
      load_date timestamptz NOT NULL DEFAULT util.current_load_date(),
      record_source varchar(100) NOT NULL DEFAULT util.get_record_source(),
      tenant_uuid uuid NOT NULL DEFAULT gen_random_uuid(),
      is_system boolean NOT NULL DEFAULT false,
      CONSTRAINT pk_tenant_h PRIMARY KEY (tenant_hk),
      CONSTRAINT uk_tenant_h_bk UNIQUE (tenant_bk),
      CONSTRAINT uk_tenant_h_uuid UNIQUE (tenant_uuid),
      CONSTRAINT ck_tenant_h_bk CHECK (length(trim(tenant_bk)) > 0)
    );
    CREATE TABLE auth.tenant_profile_s (
      tenant_hk bytea NOT NULL REFERENCES auth.tenant_h (tenant_hk),
      load_date timestamptz NOT NULL DEFAULT util.current_load_date(),
      load_end_date timestamptz,
      hash_diff bytea NOT NULL,
      tenant_name varchar(200) NOT NULL,
      configuration jsonb DEFAULT '{}',
      is_active boolean NOT NULL DEFAULT true,
      record_source varchar(100) NOT NULL,
      PRIMARY KEY (tenant_hk, load_date)
    );
    CREATE TABLE auth.user_h (
      user_hk bytea PRIMARY KEY,
      tenant_hk bytea NOT NULL REFERENCES auth.tenant_h (tenant_hk)
    );
    CREATE TABLE business.entity_h (entity_hk bytea PRIMARY KEY, tenant_hk bytea NOT NULL REFERENCES auth.tenant_h (tenant_hk));

    INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, load_date)
    VALUES
      (util.hash_binary('one_spa'), 'one_spa', '2025-06-16 20:36:15+00'),
      (util.hash_binary('The Gym & Sons'), 'The Gym & Sons', '2025-06-17 09:00:00+00');
    INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, load_end_date, hash_diff, tenant_name, configuration, record_source)
    SELECT tenant_hk, period.starts, period.ends, util.hash_concat(tenant_bk, period.plan), tenant_bk,
      jsonb_build_object('plan', period.plan), 'one_vault'
    FROM auth.tenant_h
    CROSS JOIN (
      VALUES
        (timestamptz '2025-06-18 00:00:00+00', timestamptz '2025-07-01 00:00:00+00', 'trial'),
        (timestamptz '2025-07-01 00:00:00+00', NULL, 'full')
    ) AS period (starts, ends, plan);
    INSERT INTO auth.user_h SELECT util.hash_concat(tenant_bk, 'owner'), tenant_hk FROM auth.tenant_h;
  `);
}

/** Everything of a One Vault database that the migrations must leave as it is. */
export async function describeOneVault(pool: pg.Pool): Promise<unknown> {
  const { rows } = await pool.query(`
    SELECT
      (
        SELECT jsonb_agg(jsonb_build_array(oid, oid::regprocedure, pg_get_functiondef(oid)) ORDER BY oid)
        FROM pg_proc
        WHERE pronamespace IN ('util'::regnamespace, 'api'::regnamespace)
          AND proname IN ('hash_binary', 'current_load_date', 'hash_concat', 'get_record_source', 'auth_login')
      ) AS functions,
      (
        SELECT jsonb_agg(jsonb_build_array(attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) ORDER BY attrelid, attnum)
        FROM pg_attribute
        WHERE attrelid IN ('auth.tenant_h'::regclass, 'auth.tenant_profile_s'::regclass, 'auth.user_h'::regclass) AND attnum > 0
      ) AS columns,
      (
        SELECT jsonb_agg(jsonb_build_array(conname, pg_get_constraintdef(oid)) ORDER BY oid)
        FROM pg_constraint
        WHERE conrelid IN ('auth.tenant_h'::regclass, 'auth.tenant_profile_s'::regclass, 'auth.user_h'::regclass)
      ) AS constraints,
      (
        SELECT jsonb_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid)
        FROM pg_index
        WHERE indrelid IN ('auth.tenant_h'::regclass, 'auth.tenant_profile_s'::regclass)
      ) AS indexes,
      (SELECT jsonb_agg(jsonb_build_array(ctid, xmin, to_jsonb(t)) ORDER BY ctid) FROM auth.tenant_h AS t) AS tenants,
      (SELECT jsonb_agg(jsonb_build_array(ctid, xmin, to_jsonb(p)) ORDER BY ctid) FROM auth.tenant_profile_s AS p) AS profiles,
      -- A call with a literal, as its own code has it, must go on to mean the database's own function.
      encode(util.hash_binary('one_spa'), 'hex') AS hash_of_literal,
      encode(util.hash_concat('a', 'b'), 'hex') AS hash_of_text
  `);
  return rows[0];
}
