-- Schemas, the functions and tenant table shared with One Vault, and what the ingest path needs to know who is calling.
-- A One Vault database already has auth.tenant_h and the util functions: they are used as they stand, never replaced.

CREATE SCHEMA IF NOT EXISTS auth;
CREATE SCHEMA IF NOT EXISTS util;
CREATE SCHEMA IF NOT EXISTS raw;
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS business;

DO $$
BEGIN
  IF to_regprocedure('util.hash_binary(text)') IS NULL THEN
    CREATE FUNCTION util.hash_binary(input text) RETURNS bytea
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN sha256(convert_to(input, 'UTF8'));
  END IF;
  IF to_regprocedure('util.current_load_date()') IS NULL THEN
    CREATE FUNCTION util.current_load_date() RETURNS timestamptz
      LANGUAGE sql STABLE PARALLEL SAFE
      RETURN CURRENT_TIMESTAMP;
  END IF;
END
$$;

-- The vault's key rule, twin of lambdas/vault/hash-key.ts (the golden vectors in the tests hold the two together).
-- Each part is written as its byte length, a colon and the value, a missing part as a bare "n": no two lists of parts
-- can share an encoding, whatever a browser puts into them. 20 bytes of SHA-256 cost what 16 cost in a btree.
CREATE FUNCTION util.hash_key(VARIADIC parts text[]) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN substring(
    sha256(
      convert_to(
        (
          SELECT string_agg(coalesce(octet_length(convert_to(part, 'UTF8')) || ':' || part, 'n'), '' ORDER BY ordinality)
          FROM unnest(parts) WITH ORDINALITY AS p (part, ordinality)
        ),
        'UTF8'
      )
    ) FROM 1 FOR 20
  );

CREATE TABLE IF NOT EXISTS auth.tenant_h (
  tenant_hk bytea PRIMARY KEY,
  tenant_bk varchar(255) NOT NULL UNIQUE,
  load_date timestamptz NOT NULL DEFAULT util.current_load_date(),
  record_source varchar(100) NOT NULL
);

CREATE TABLE auth.sites (
  tenant_hk bytea NOT NULL,
  site_id varchar(100) NOT NULL,
  site_name varchar(255) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (tenant_hk, site_id)
);

-- A token is shown once; only its SHA-256 is kept. allowed_origins NULL means any origin.
CREATE TABLE auth.api_tokens (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  tenant_hk bytea NOT NULL,
  site_id varchar(100) NOT NULL,
  token_kind varchar(10) NOT NULL CHECK (token_kind IN ('public', 'secret', 'read', 'admin')),
  allowed_origins text[],
  created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz,
  revoked_at timestamptz,
  FOREIGN KEY (tenant_hk, site_id) REFERENCES auth.sites (tenant_hk, site_id)
);

-- The key of a tenant's visitor pseudonyms on one day. Without the row nobody can go from a pseudonym back to an address,
-- so maintenance deletes it 48 hours after it was made.
CREATE TABLE auth.visitor_salts (
  tenant_hk bytea NOT NULL,
  salt_day date NOT NULL,
  salt bytea NOT NULL CHECK (octet_length(salt) = 32),
  created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (tenant_hk, salt_day)
);
