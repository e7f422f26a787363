-- Redaction before the first write, in SQL (docs/decisions/0022-redaction.md): what api.track_event and its like store is searched by
-- the rules of lambdas/redaction/. test/redaction/twins.test.ts holds both together: it runs the labelled strings and generated events
-- through both and wants the same answers.

-- ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Texts are searched as if each byte of their UTF-8 were a letter: then a place in a text is a place in its bytes. No rule tells one
-- letter beyond ASCII from another.
CREATE FUNCTION raw.byte_view(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN convert_from(convert_to(value, 'UTF8'), 'LATIN1');

CREATE FUNCTION raw.from_byte_view(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN convert_from(convert_to(value, 'LATIN1'), 'UTF8');

-- Written by scripts/redaction-rules.ts.
CREATE FUNCTION raw.redaction_rules() RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN raw.byte_view($rules$
{ "cards": [ { "from": "4", "to": "4", "lengths": [ 13, 16, 19 ] }, { "from": "51", "to": "55", "lengths": [ 16 ] }, {
"from": "2221", "to": "2720", "lengths": [ 16 ] }, { "from": "34", "to": "34", "lengths": [ 15 ] }, { "from": "37",
"to": "37", "lengths": [ 15 ] }, { "from": "6011", "to": "6011", "lengths": [ 16, 17, 18, 19 ] }, { "from": "644",
"to": "649", "lengths": [ 16, 17, 18, 19 ] }, { "from": "65", "to": "65", "lengths": [ 16, 17, 18, 19 ] }, { "from": "300",
"to": "305", "lengths": [ 14, 16 ] }, { "from": "3095", "to": "3095", "lengths": [ 14, 16 ] }, { "from": "36", "to": "36",
"lengths": [ 14, 16 ] }, { "from": "38", "to": "39", "lengths": [ 14, 16 ] }, { "from": "3528", "to": "3589", "lengths": [
16, 17, 18, 19 ] }, { "from": "62", "to": "62", "lengths": [ 16, 17, 18, 19 ] }, { "from": "8100", "to": "8171",
"lengths": [ 16, 17, 18, 19 ] }, { "from": "5018", "to": "5020", "lengths": [ 13, 14, 15, 16, 17, 18, 19 ] }, {
"from": "5038", "to": "5038", "lengths": [ 13, 14, 15, 16, 17, 18, 19 ] }, { "from": "5893", "to": "5893", "lengths": [ 13,
14, 15, 16, 17, 18, 19 ] }, { "from": "6304", "to": "6304", "lengths": [ 13, 14, 15, 16, 17, 18, 19 ] }, { "from": "6759",
"to": "6774", "lengths": [ 13, 14, 15, 16, 17, 18, 19 ] }, { "from": "2200", "to": "2205", "lengths": [ 16, 17, 18, 19 ] },
{ "from": "9792", "to": "9792", "lengths": [ 16 ] }, { "from": "506", "to": "509", "lengths": [ 16, 18, 19 ] }, {
"from": "6060", "to": "6089", "lengths": [ 16 ] }, { "from": "6277", "to": "6277", "lengths": [ 16 ] }, { "from": "636",
"to": "639", "lengths": [ 16, 17, 18, 19 ] } ],
"cardGroups": "^([0-9]+|(4-){3}[1-4]|(4-){4}[1-3]|4-6-[45]|4-3-3-3|6-13|8-8)$", "shortCard": 14, "longestSsn": 32,
"separators": " .+-", "ibans": { "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
"BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20,
"EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
"HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
"LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27,
"MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24,
"RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
"TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30 },
"emailLetters": "A-Za-z0-9._+'%!\\u0080-\\uFFFF-",
"emailHost": "^([A-Za-z0-9\\u0080-\\uFFFF-]+\\.)+(xn--[A-Za-z0-9-]+|[A-Za-z][A-Za-z]+|[\\u0080-\\uFFFF]+)",
"noHost": "^(v?[0-9]+\\.[0-9]|[0-9]+x\\.)", "fileEndings": [ "avif", "bmp", "css", "csv", "eot", "gif", "gz", "htm", "html",
"ico", "jpeg", "jpg", "js", "json", "jsx", "log", "map", "mjs", "mp", "pdf", "php", "png", "svg", "tif", "tiff", "tsx",
"ttf", "txt", "wav", "webm", "webp", "woff", "xml" ], "tokenLetters": "A-Za-z0-9_.-",
"tokenHint": "eyJ|A[KS]IA|gh[opsur]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]|xapp-|[prs]k_(live|test)_|whsec_|AIza|ya29|GOCSPX|npm_|pypi-|SG|sk-|shp[a-z]{2}_|do[a-z]_v1|hf_|ovt_|sq0|dckr_|lin_api|ntn_|PMAK|gls?[ac]_|hv[sb]|dapi|NRAK|sntry|pscale|figd_|key-|EAA",
"token": "^(eyJ[A-Za-z0-9_-]{10,}(\\.[A-Za-z0-9_-]+){1,4}|A[KS]IA[A-Z0-9]{16}|gh[opsur]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}|gl(pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[A-Za-z0-9_-]{20,}|xox[a-z](-[A-Za-z0-9]+)*-[A-Za-z0-9]{10,}|xapp-[0-9]-[A-Za-z0-9-]{20,}|[prs]k_(live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{20,}|AIza[A-Za-z0-9_-]{30,}|ya29\\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{40,}|SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9_-]{40,}|shp(at|ca|pa|ss)_[A-Fa-f0-9]{32}|do[oprt]_v1_[a-f0-9]{64}|hf_[A-Za-z0-9]{30,}|ovt_(pub|sec|read|admin)_[A-Za-z0-9]{30,}|sq0[a-z]{3}-[A-Za-z0-9_-]{22,}|dckr_pat_[A-Za-z0-9_-]{20,}|lin_api_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{40,}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|gls?[ac]_[A-Za-z0-9_]{32,}|hv[sb]\\.[A-Za-z0-9_-]{20,}|dapi[a-f0-9]{32}|NRAK-[A-Z0-9]{27}|sntry[su]_[A-Za-z0-9_-]{40,}|pscale_(tkn|pw|oauth)_[A-Za-z0-9_-]{30,}|figd_[A-Za-z0-9_-]{30,}|key-[a-z0-9]{32}|EAA[A-Za-z0-9]{60,})$",
"scheme": "([Bb]earer|BEARER|[Bb]asic|BASIC)[ +]+([A-Za-z0-9._~+/=-]+)", "bearerLength": 12,
"userinfo": "(^|[:\"'(=,< \\t\\n\\v\\f\\r])//([^/?#\"'<>\\\\ \\t\\n\\v\\f\\r]+)@[A-Za-z0-9[\\u0080-\\uFFFF]",
"nameLetters": "A-Za-z0-9_.$[\\]\\u0080-\\uFFFF-", "valueEnds": "&;#\"'<> \\t\\n\\v\\f\\r",
"queryBehind": "\\?[A-Za-z0-9_.$[\\]\\u0080-\\uFFFF-]+=",
"member": "([\"'])([A-Za-z0-9_.$[\\]\\u0080-\\uFFFF-]+)[\"'][ \\t\\r\\n]*:[ \\t\\r\\n]*(\"([^\"\\\\]|\\\\[\\u0001-\\uFFFF])*\"|'([^'\\\\]|\\\\[\\u0001-\\uFFFF])*'|[0-9A-Za-z.+-]+)",
"noSecret": [ "", "0", "1", "true", "false", "null", "undefined", "none", "yes", "no", "on", "off" ], "names": {
"marked": "redacted(%3A|[^a-z])[a-z]+([^a-z]|$)|^[^[]*]$",
"hint": "pass|pwd|secret|token|jwt|key|otp|cv[cvn]|csc|auth|cred|kennwort|contrase|senha|wachtwoord|has(l|ł)o|heslo|jelsz|senord|salasana|ifre|пароль|密码|密碼|パスワード|비밀번호|pin|bearer|csrf|xsrf|cookie|sessid|connectsid|sessionid|(ci|laravel|rack)session|mdp|loggedin|code|answer|signature|passe|sig|hmac|card|cc(n|no|num|number)|pan|ssn|itin|socialsecurity",
"exact": [ "pin", "pass", "bearer", "csrf", "xsrf", "cookie", "setcookie", "sessioncookie", "authcookie", "httpcookie",
"documentcookie", "requestcookie", "phpsessid", "jsessionid", "sessid", "connectsid", "aspnetsessionid", "cisession",
"laravelsession", "racksession", "mdp" ], "beginning": "^(aspsessionid|wordpressloggedin)", "heads": [ "password",
"passwords", "passwd", "passwrd", "passwort", "kennwort", "pwd", "passphrase", "passcode", "secret", "secrets", "token",
"jwt", "apikey", "apisecret", "otp", "totp", "cvv", "cvc", "csc", "cvn", "auth", "authorization", "credential",
"credentials", "creds", "contrasena", "contraseña", "senha", "wachtwoord", "haslo", "hasło", "heslo", "jelszo", "jelszó",
"losenord", "lösenord", "salasana", "sifre", "şifre", "пароль", "密码", "密碼", "パスワード", "비밀번호" ],
"ending": "(password|passwd|passwort|kennwort|pwd|passphrase|secret|token|apikey|secretkey|privatekey|accesskey|jwt|credentials|sessid|jsessionid)$",
"compounds": [ "accesskey", "secretkey", "privatekey", "apikey", "signingkey", "encryptionkey", "decryptionkey",
"sessionkey", "authkey", "authenticationkey", "masterkey", "servicekey", "sharedkey", "accountkey", "sshkey", "pgpkey",
"gpgkey", "rsakey", "hmackey", "licensekey", "licencekey", "securitykey", "consumerkey", "subscriptionkey", "appkey",
"authcode", "authorizationcode", "securitycode", "verificationcode", "verifycode", "accesscode", "otpcode", "mfacode",
"2facode", "twofactorcode", "smscode", "resetcode", "recoverycode", "backupcode", "onetimecode", "logincode",
"activationcode", "oobcode", "cvvcode", "cvccode", "securityanswer", "secretanswer", "amzsignature", "motdepasse",
"cardpin", "atmpin", "simpin", "userpin", "loginpin", "newpin", "securitypin", "devicepin", "accountpin", "bankpin",
"walletpin", "entrypin", "oldpin", "currentpin", "confirmpin", "debitpin", "pinnumber", "userpass", "dbpass", "smtppass",
"loginpass", "adminpass", "rootpass", "httppass", "proxypass", "mysqlpass", "ftppass", "mailpass", "emailpass", "authpass",
"newpass", "oldpass", "currentpass", "confirmpass", "sqlpass" ], "parameters": [ "sig", "signature", "hmac" ], "neutral": [
"confirmation", "confirm", "repeat", "repeated", "again", "retype", "verify", "new", "old", "current", "value", "val",
"text", "txt", "field", "input", "plain", "plaintext", "raw", "string", "str", "hash", "hashed", "encrypted", "header",
"param", "prod", "production", "dev", "staging", "test", "live", "sandbox" ], "askers": [ "has", "is", "no", "show", "hide",
"requires", "require", "needs", "need", "use", "uses", "without", "forgot", "forgotten", "toggle", "missing", "remember",
"save", "lost" ], "cards": [ "cardnumber", "cardno", "cardnum", "ccnumber", "ccnum", "ccno", "ccn", "pan", "creditcard",
"debitcard" ], "ssns": [ "ssn", "itin", "socialsecurity", "socialsecuritynumber", "socialsecurityno", "socialsecuritynum" ],
"ids": [ "id", "ids", "sku", "ean", "gtin", "upc", "isbn", "barcode", "asin", "mpn", "variant", "variants", "product",
"products", "item", "items", "order", "orders", "collection", "collections", "listing", "phone", "tel", "telephone",
"mobile", "msisdn", "whatsapp", "fax", "cell", "time", "timestamp", "ts" ] }, "form": { "types": [ "form", "forms" ],
"always": [ "formdata", "formfields", "formvalues", "forminputs" ], "inForms": [ "fields", "values", "inputs", "answers",
"responses" ], "describes": [ "name", "id", "key", "field", "label", "type", "tag", "required", "filled", "length", "index",
"order" ] }, "pairs": { "names": [ "name", "key", "field", "id", "label", "type", "autocomplete" ], "values": [ "value",
"val", "values", "answer", "content", "text" ] }, "kinds": [ "card", "ssn", "iban", "email", "token", "userinfo", "secret",
"denied", "field" ], "fields": { "lengths": { "event_id": 255, "event_type": 50, "evt_type": 50, "evt_category": 50,
"event_category": 50, "category": 50, "evt_action": 50, "event_action": 50, "action": 50, "evt_label": 255,
"event_label": 255, "label": 255, "session_id": 255, "visitor_id": 255, "page_url": 2048, "url": 2048, "path": 2048,
"page_title": 2048, "title": 2048, "page_referrer": 2048, "referrer": 2048, "page_category": 50, "page_type": 50,
"client_ip": 255, "user_agent": 8192, "device_type": 50, "browser_name": 50, "browser_version": 50, "operating_system": 50,
"screen_resolution": 50, "viewport_size": 50, "timezone": 50, "browser_language": 50, "language": 50, "utm_source": 255,
"utm_medium": 255, "utm_campaign": 255, "utm_content": 255, "utm_term": 255, "item_id": 255, "product_id": 255,
"item_name": 255, "business_item_type": 100, "item_type": 100, "item_category": 100, "item_description": 2048,
"item_currency": 10, "currency": 10, "transaction_funnel_step": 50, "step_name": 50, "conversion_funnel_stage": 50 },
"measures": [ "evt_value", "event_value", "event_timestamp", "timestamp", "scroll_depth", "scroll_percentage",
"time_on_page", "time_on_page_seconds", "click_x", "click_y", "screen_width", "screen_height", "viewport_width",
"viewport_height", "device_pixel_ratio", "do_not_track", "item_value", "item_is_active" ], "containers": [ "event_data",
"data" ], "properties": [ "properties", "custom_properties" ] } }
$rules$)::jsonb;

-- ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Twins of lambdas/redaction/names.ts. Names come in the byte view.

CREATE FUNCTION raw.lower_ascii(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');

-- A name without case and separators.
CREATE FUNCTION raw.plain_name(name text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN ltrim(name, 'abcdefghijklmnopqrstuvwxyz_0123456789') = '' THEN replace(name, '_', '')
    ELSE array_to_string(regexp_split_to_array(raw.lower_ascii(name), '[^a-z0-9\u0080-\u00FF]+'), '')
  END;

-- The words of a name however they are joined, without numbers at their ends: newPassword2 is new and password.
CREATE FUNCTION raw.name_words(name text) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  lower_name text := raw.lower_ascii(name);
BEGIN
  IF lower_name <> name THEN
    lower_name := raw.lower_ascii(
      regexp_replace(regexp_replace(name, '([a-z0-9])([A-Z])', '\1 \2', 'g'), '([A-Z])([A-Z][a-z])', '\1 \2', 'g')
    );
  END IF;
  RETURN ARRAY(
    SELECT coalesce(nullif(rtrim(word, '0123456789'), ''), word)
    FROM unnest(regexp_split_to_array(lower_name, '[^a-z0-9\u0080-\u00FF]+')) AS word
    WHERE word <> ''
  );
END
$$;

-- What a name says of its value: secret, card, ssn, or null when it says nothing.
CREATE FUNCTION raw.judge_name(name text, is_parameter boolean) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  rules jsonb := raw.redaction_rules() -> 'names';
  words text[] := raw.name_words(name);
  counted integer := cardinality(words);
  whole text;
  last_word text;
  last_two text;
  last_three text;
BEGIN
  IF raw.plain_name(name) !~ (rules ->> 'hint') THEN
    RETURN NULL;
  END IF;
  -- Last words that change nothing.
  WHILE counted > 1 AND (rules -> 'neutral' ? words[counted] OR ltrim(words[counted], '0123456789') = '') LOOP
    counted := counted - 1;
  END LOOP;
  words := words[1:counted];
  whole := array_to_string(words, '');
  last_word := coalesce(words[counted], '');
  last_two := array_to_string(words[greatest(counted - 1, 1):], '');
  last_three := array_to_string(words[greatest(counted - 2, 1):], '');
  IF rules -> 'ssns' ?| ARRAY[whole, last_word, last_two, last_three] THEN
    RETURN 'ssn';
  END IF;
  IF rules -> 'cards' ?| ARRAY[whole, last_word, last_two] THEN
    RETURN 'card';
  END IF;
  IF counted > 1 AND rules -> 'askers' ? words[1] THEN
    RETURN NULL;
  END IF;
  IF rules -> 'exact' ? whole
     OR rules -> 'heads' ? last_word
     OR rules -> 'compounds' ?| ARRAY[last_two, last_three]
     OR is_parameter AND rules -> 'parameters' ? whole
     OR whole ~ (rules ->> 'beginning')
     OR last_word ~ (rules ->> 'ending') THEN
    RETURN 'secret';
  END IF;
  RETURN NULL;
END
$$;

-- The same with a tenant's lists, {"deny": [plain names], "allow": […]}: denied and allowed count first.
CREATE FUNCTION raw.name_class(name text, lists jsonb, is_parameter boolean) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  plain text;
BEGIN
  IF length(name) > 200 THEN
    RETURN NULL;
  END IF;
  plain := raw.plain_name(name);
  IF plain !~ (raw.redaction_rules() #>> '{names,hint}') AND NOT lists -> 'deny' ? plain AND NOT lists -> 'allow' ? plain
     OR name ~ (raw.redaction_rules() #>> '{names,marked}') THEN
    RETURN NULL;
  END IF;
  RETURN CASE
    WHEN lists -> 'deny' ? plain THEN 'denied'
    WHEN lists -> 'allow' ? plain THEN 'allowed'
    ELSE coalesce(
      raw.judge_name(name, is_parameter),
      -- Of a name such as user[pin] the part that names the value.
      CASE WHEN translate(name, '.[]', '') <> name THEN
        raw.judge_name(coalesce(substring(name FROM '([^.[\]]+)[.[\]]*$'), ''), is_parameter)
      END
    )
  END;
END
$$;

-- Whether what is named so is a number that many things have, such as an id.
CREATE FUNCTION raw.is_id_name(name text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN length(name) <= 200 AND coalesce(
    (SELECT raw.redaction_rules() #> '{names,ids}' ? words[cardinality(words)] FROM raw.name_words(name) AS words),
    false
  );

-- ── Texts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Where a pattern matches that never matches nothing: what matched, its groups (the first is all of it), where it begins (from 1),
-- and what stands before and behind it up to the next.
CREATE FUNCTION raw.find_runs(value text, pattern text)
  RETURNS TABLE (run text, groups text[], first integer, before text, behind text)
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  -- One pattern for both: Postgres keeps few compiled.
  whole text := '(' || pattern || ')';
  parts text[] := regexp_split_to_array(value, whole);
  number integer := 1;
BEGIN
  first := 1;
  FOR groups IN SELECT regexp_matches(value, whole, 'g') LOOP
    run := groups[1];
    before := parts[number];
    behind := parts[number + 1];
    first := first + length(before);
    RETURN NEXT;
    first := first + length(run);
    number := number + 1;
  END LOOP;
END
$$;

-- A text as an address bar would show it, how often each letter is escaped (a digit each, 3 for more), and where each begins in the
-- text as it was sent; the last two are null where nothing is escaped. Twin of lambdas/redaction/reading.ts.
CREATE TYPE raw.reading AS (plain text, levels text, offsets integer[], deepest integer);

CREATE FUNCTION raw.read_text(sent text) RETURNS raw.reading
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  reading raw.reading := ROW(sent, NULL, NULL, 0);
BEGIN
  IF strpos(sent, '%') = 0 THEN
    RETURN reading;
  END IF;
  SELECT
    string_agg(piece.letters, '' ORDER BY piece.number, piece.is_escape),
    string_agg(repeat(piece.level::text, length(piece.letters)), '' ORDER BY piece.number, piece.is_escape),
    max(piece.level)
  INTO reading.plain, reading.levels, reading.deepest
  FROM raw.text_pieces(sent) AS piece;
  SELECT array_agg(piece.first + letter ORDER BY piece.first, letter) || length(sent) + 1
  INTO reading.offsets
  FROM raw.text_pieces(sent) AS piece
  CROSS JOIN LATERAL generate_series(0, length(piece.letters) - 1) AS letter;
  RETURN reading;
END
$$;

-- A text in which blanks and dashes of typesetters are plain ones, as they stand between the groups of a number.
CREATE FUNCTION raw.with_plain_joints(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN strpos(value, E'\u00C2\u00A0') = 0 AND strpos(value, E'\u00E2\u0080') = 0 THEN value
    ELSE regexp_replace(
      regexp_replace(replace(value, E'\u00C2\u00A0', '  '), '\u00E2\u0080[\u0087\u00AF]', '   ', 'g'),
      '\u00E2\u0080[\u0090-\u0095]', '---', 'g'
    )
  END;

-- The pieces of a text that holds escapes, as they are read: what stands between two escapes, and an escape as one letter.
CREATE FUNCTION raw.text_pieces(value text)
  RETURNS TABLE (letters text, level integer, first integer, number bigint, is_escape boolean)
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  WITH escapes AS MATERIALIZED (
    SELECT escape.match[1] AS sent, escape.ordinality
    FROM regexp_matches(text_pieces.value, '%(?:25)*[0-9A-Fa-f]{2}', 'g') WITH ORDINALITY AS escape (match, ordinality)
  ),
  pieces AS (
    SELECT parts.part AS sent, parts.part AS letters, 0 AS level, parts.ordinality, false AS is_escape
    FROM regexp_split_to_table(text_pieces.value, '%(?:25)*[0-9A-Fa-f]{2}') WITH ORDINALITY AS parts (part, ordinality)
    UNION ALL
    SELECT
      escapes.sent,
      CASE
        WHEN escaped.byte >= 128 THEN E'\u00FF'
        WHEN escaped.byte <= 32 OR escaped.byte = 127 THEN ' '
        ELSE chr(escaped.byte)
      END,
      least((length(escapes.sent) - 3) / 2 + 1, 3),
      escapes.ordinality,
      true
    FROM escapes
    CROSS JOIN LATERAL get_byte(decode(right(escapes.sent, 2), 'hex'), 0) AS escaped (byte)
  )
  SELECT
    pieces.letters,
    pieces.level,
    (sum(length(pieces.sent)) OVER (ORDER BY pieces.ordinality, pieces.is_escape) - length(pieces.sent) + 1)::integer,
    pieces.ordinality,
    pieces.is_escape
  FROM pieces;
END;

-- The text in which marks that are escaped more often than `level` mean nothing. Letters and digits stay.
CREATE FUNCTION raw.text_at_level(reading raw.reading, level integer) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN (reading).levels IS NULL OR level >= (reading).deepest THEN (reading).plain
    ELSE (
      SELECT string_agg(
        CASE WHEN letter.depth::integer > level AND letter.sign ~ '[^A-Za-z0-9]' THEN '.' ELSE letter.sign END,
        ''
        ORDER BY letter.ordinality
      )
      FROM unnest(string_to_array((reading).plain, NULL), string_to_array((reading).levels, NULL))
        WITH ORDINALITY AS letter (sign, depth, ordinality)
    )
  END;

-- ── What is found ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A part of a plain text that must not be stored, or one that its name allows to stay: from its first letter to the one behind it.
CREATE TYPE raw.found_part AS (first integer, behind integer, kind text);

CREATE FUNCTION raw.is_marker(value text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN value ~ '^\[redacted:[a-z]+\]$';

CREATE FUNCTION raw.is_issued_ssn(digits text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN digits ~ '^(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}$';

-- What a value under a name of a class is, or null when its name alone does not tell. Twin of kindOf in
-- lambdas/redaction/find-values.ts, as are the three functions behind it.
CREATE FUNCTION raw.kind_of(name_class text, value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE name_class
    WHEN 'card' THEN CASE WHEN value ~ '[0-9]([ .+-]*[0-9]){11}' THEN 'card' END
    WHEN 'ssn' THEN CASE
      WHEN length(value) <= (raw.redaction_rules() -> 'longestSsn')::integer
        AND value ~ '^[0-9 -]+$'
        AND raw.is_issued_ssn(translate(value, ' -', ''))
        THEN 'ssn'
    END
    WHEN 'denied' THEN CASE WHEN value <> '' AND NOT raw.is_marker(value) THEN 'denied' END
    WHEN 'secret' THEN CASE
      WHEN NOT raw.redaction_rules() -> 'noSecret' ? raw.lower_ascii(value) AND NOT raw.is_marker(value) THEN 'secret'
    END
    WHEN 'allowed' THEN 'allowed'
  END;

-- The value of a card or a social security number may hold another parameter, so what one look at it told is remembered.
CREATE FUNCTION raw.find_parameters(value text, plain text, lists jsonb) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  rules jsonb := raw.redaction_rules();
  name_pattern text := '[' || (rules ->> 'nameLetters') || ']+=';
  -- A part of these is cut out without a look at all letters before it.
  bytes bytea := convert_to(plain, 'LATIN1');
  stretch record;
  parameter record;
  -- Places in the stretch: of queries, and which of them ends the value at hand.
  queries integer[];
  query integer;
  -- Behind the value at hand, behind what was found, and behind a value that holds no card.
  behind integer;
  found_to integer;
  no_card_to integer;
  part raw.found_part;
BEGIN
  FOR stretch IN
    SELECT found.run, found.first
    FROM raw.find_runs(value, '[^' || (rules ->> 'valueEnds') || ']+') AS found
    WHERE strpos(found.run, '=') > 0
  LOOP
    queries := NULL;
    IF strpos(stretch.run, '?') > 0 THEN
      queries := ARRAY(SELECT found.first FROM raw.find_runs(stretch.run, rules ->> 'queryBehind') AS found);
    END IF;
    query := 1;
    found_to := 0;
    no_card_to := 0;
    FOR parameter IN
      SELECT found.first + length(found.run) AS first, named.name_class
      FROM raw.find_runs(stretch.run, name_pattern) AS found
      CROSS JOIN LATERAL raw.name_class(left(found.run, -1), lists, true) AS named (name_class)
      WHERE named.name_class IS NOT NULL
    LOOP
      CONTINUE WHEN parameter.first < found_to;
      WHILE queries[query] < parameter.first LOOP
        query := query + 1;
      END LOOP;
      behind := coalesce(queries[query], length(stretch.run) + 1);
      CONTINUE WHEN parameter.name_class = 'card' AND behind <= no_card_to
        OR parameter.name_class = 'ssn' AND behind - parameter.first > (rules -> 'longestSsn')::integer;
      part.first := stretch.first + parameter.first - 1;
      part.behind := stretch.first + behind - 1;
      part.kind := raw.kind_of(
        parameter.name_class,
        convert_from(substring(bytes FROM part.first FOR part.behind - part.first), 'LATIN1')
      );
      IF part.kind IS NOT NULL AND part.behind > part.first THEN
        found_to := behind;
        RETURN NEXT part;
      ELSIF parameter.name_class = 'card' THEN
        no_card_to := behind;
      END IF;
      EXIT WHEN parameter.name_class NOT IN ('card', 'ssn');
    END LOOP;
  END LOOP;
END
$$;

CREATE FUNCTION raw.find_members(value text, lists jsonb) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  member record;
  quote integer;
  part raw.found_part;
BEGIN
  FOR member IN
    SELECT found.first + length(found.run) AS behind, found.groups[3] AS name, found.groups[4] AS written
    FROM raw.find_runs(value, raw.redaction_rules() ->> 'member') AS found
  LOOP
    quote := CASE WHEN left(member.written, 1) IN ('"', '''') THEN 1 ELSE 0 END;
    part.first := member.behind - length(member.written) + quote;
    part.behind := member.behind - quote;
    part.kind := raw.kind_of(
      raw.name_class(member.name, lists, false), substr(member.written, 1 + quote, part.behind - part.first)
    );
    IF part.kind IS NOT NULL AND part.behind > part.first THEN
      RETURN NEXT part;
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION raw.find_userinfo(value text, plain text) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  part raw.found_part;
BEGIN
  FOR part IN
    SELECT found.first + length(found.run) - 2 - length(found.groups[3]), found.first + length(found.run) - 2, 'userinfo'
    FROM raw.find_runs(value, raw.redaction_rules() ->> 'userinfo') AS found
  LOOP
    IF NOT raw.is_marker(substr(plain, part.first, part.behind - part.first)) THEN
      RETURN NEXT part;
    END IF;
  END LOOP;
END
$$;

-- Letters of the host that a text begins with; 0 when it begins with none. Twin of lambdas/redaction/find-emails.ts, as is the next.
CREATE FUNCTION raw.host_length(value text) RETURNS integer
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  rules jsonb := raw.redaction_rules();
  most_endings CONSTANT integer := 4;
  endings integer := 0;
  rest text := value;
  host text;
BEGIN
  IF value ~ (rules ->> 'noHost') THEN
    RETURN 0;
  END IF;
  LOOP
    host := (regexp_match(rest, '(' || (rules ->> 'emailHost') || ')'))[1];
    IF host IS NULL OR ascii(substr(rest, length(host) + 1, 1)) BETWEEN ascii('0') AND ascii('9') THEN
      RETURN 0;
    END IF;
    IF NOT rules -> 'fileEndings' ? raw.lower_ascii(split_part(host, '.', -1)) OR endings = most_endings THEN
      RETURN length(host);
    END IF;
    -- An address may be the name of a file.
    endings := endings + 1;
    rest := left(host, -1 - length(split_part(host, '.', -1)));
  END LOOP;
END
$$;

CREATE FUNCTION raw.find_emails(value text, users integer[]) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  found record;
  names text[];
  name text;
  at integer;
  host integer;
BEGIN
  FOR found IN
    SELECT places.run, places.first
    FROM raw.find_runs(value, '[@' || (raw.redaction_rules() ->> 'emailLetters') || ']+') AS places
    WHERE strpos(places.run, '@') > 0
  LOOP
    names := string_to_array(found.run, '@');
    name := names[1];
    at := found.first;
    FOR number IN 2 .. cardinality(names) LOOP
      at := at + length(names[number - 1]) + CASE number WHEN 2 THEN 0 ELSE 1 END;
      name := ltrim(name, '''.%+!-');
      host := CASE name WHEN '' THEN 0 ELSE raw.host_length(names[number]) END;
      IF host > 0 AND at <> ALL (users) THEN
        RETURN NEXT ROW(at - length(name), at + 1 + host, 'email')::raw.found_part;
      END IF;
      name := substr(names[number], host + 1);
    END LOOP;
  END LOOP;
END
$$;

CREATE FUNCTION raw.passes_luhn(digits text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT sum(CASE WHEN doubled > 9 THEN doubled - 9 ELSE doubled END) % 10 = 0
    FROM generate_series(1, length(digits)) AS place
    CROSS JOIN LATERAL (SELECT substr(digits, length(digits) - place + 1, 1)::integer * (2 - place % 2)) AS digit (doubled)
  );

-- The next three are twins of lambdas/redaction/find-numbers.ts.
CREATE FUNCTION raw.is_card(digits text, sizes text, before text, has_id boolean) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN length(digits) >= 13
    AND sizes ~ (raw.redaction_rules() ->> 'cardGroups')
    AND EXISTS (
      SELECT
      FROM jsonb_to_recordset(raw.redaction_rules() -> 'cards') AS issued ("from" text, "to" text, lengths jsonb)
      WHERE left(digits, length(issued."from")) COLLATE "C" BETWEEN issued."from" AND issued."to"
        AND issued.lengths @> to_jsonb(length(digits))
    )
    AND raw.passes_luhn(digits)
    AND (
      strpos(sizes, '-') > 0
      OR NOT (right(before, 1) = '+' AND length(digits) <= 15)
      AND (
        length(digits) > (raw.redaction_rules() -> 'shortCard')::integer
        OR NOT has_id
        -- Thirteen digits may be the number of an article (EAN, ISBN).
        AND NOT (
          length(digits) = 13
          AND (
            SELECT sum(substr(digits, place, 1)::integer * (3 - 2 * (place % 2))) % 10 = 0
            FROM generate_series(1, 13) AS place
          )
        )
      )
    );

CREATE FUNCTION raw.is_letter(value text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ascii(value) BETWEEN ascii('A') AND ascii('Z') OR ascii(value) BETWEEN ascii('a') AND ascii('z');

-- Cards and social security numbers in a chain of digits and separators.
CREATE FUNCTION raw.find_in_chain(chain text, before text, behind text, has_id boolean) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  separators text := raw.redaction_rules() ->> 'separators';
  groups text[] := regexp_split_to_array(chain, '[' || separators || ']+');
  joints text[] := ARRAY(SELECT joint.run FROM raw.find_runs(chain, '[' || separators || ']+') AS joint);
  counted integer := cardinality(groups);
  starts integer[] := ARRAY[1];
  beginning integer := 1;
  longest integer;
  kind text;
  in_front text;
  joint text;
  digits text;
  sizes text;
  follows text;
BEGIN
  FOR number IN 2 .. counted LOOP
    starts := starts || starts[number - 1] + length(groups[number - 1]) + length(joints[number - 1]);
  END LOOP;
  WHILE beginning <= counted LOOP
    longest := NULL;
    in_front := CASE beginning WHEN 1 THEN before ELSE left(joints[beginning - 1], 1) END;
    joint := coalesce(left(joints[beginning], 1), '');
    IF length(groups[beginning]) IN (3, 4, 6, 8, 13, 14, 15, 16, 17, 18, 19)
       AND NOT (CASE beginning WHEN 1 THEN raw.is_letter(in_front) ELSE in_front = '.' END) THEN
      digits := '';
      sizes := NULL;
      FOR ending IN beginning .. counted LOOP
        digits := digits || groups[ending];
        sizes := concat_ws('-', sizes, length(groups[ending]));
        EXIT WHEN length(digits) > 19;
        follows := CASE ending WHEN counted THEN behind ELSE left(joints[ending], 1) END;
        IF NOT (CASE ending WHEN counted THEN raw.is_letter(follows) ELSE follows = '.' AND joint <> '.' END) THEN
          IF raw.is_card(digits, sizes, in_front, has_id) THEN
            longest := ending;
            kind := 'card';
          ELSIF sizes = '3-2-4' AND joint IN ('-', ' ') AND raw.is_issued_ssn(digits)
                AND (in_front <> joint OR beginning = 1 AND joint = ' ') AND in_front <> '+'
                AND (ending = counted OR follows NOT IN (joint, '.')) THEN
            longest := ending;
            kind := 'ssn';
          END IF;
        END IF;
        EXIT WHEN coalesce(left(joints[ending], 1), '') <> joint;
      END LOOP;
    END IF;
    IF longest IS NOT NULL THEN
      RETURN NEXT ROW(starts[beginning], starts[longest] + length(groups[longest]), kind)::raw.found_part;
    END IF;
    beginning := coalesce(longest, beginning) + 1;
  END LOOP;
END
$$;

CREATE FUNCTION raw.find_numbers(value text, is_id boolean) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  separators text := '[' || (raw.redaction_rules() ->> 'separators') || ']+';
  chain record;
  in_front text;
BEGIN
  FOR chain IN
    SELECT found.* FROM raw.find_runs(value, '[0-9]+(?:' || separators || '[0-9]+)*') AS found WHERE length(found.run) >= 9
  LOOP
    in_front := substring(right(chain.before, 24) FROM '([A-Za-z]+)[=/:#_-]{1,2}$');
    RETURN QUERY
      SELECT chain.first + part.first - 1, chain.first + part.behind - 1, part.kind
      FROM raw.find_in_chain(
        chain.run,
        right(chain.before, 1),
        left(chain.behind, 1),
        coalesce(raw.is_id_name(in_front), false) OR is_id AND length(chain.run) = length(value)
      ) AS part;
  END LOOP;
END
$$;

-- Numbers of bank accounts. Twin of lambdas/redaction/find-ibans.ts.
CREATE FUNCTION raw.find_ibans(value text) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  lengths jsonb := raw.redaction_rules() -> 'ibans';
  separators text := raw.redaction_rules() ->> 'separators';
  bytes bytea := convert_to(value, 'LATIN1');
  beginning record;
  expected integer;
  written text;
  letters text;
  part text;
  separator text;
  at integer;
BEGIN
  FOR beginning IN SELECT found.run, found.first FROM raw.find_runs(value, '(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}') AS found LOOP
    expected := lengths -> upper(left(beginning.run, 2));
    CONTINUE WHEN expected IS NULL;
    written := substring(
      convert_from(substring(bytes FROM beginning.first FOR 64), 'LATIN1')
      FROM '^[A-Za-z0-9]+(?:[' || separators || ']+[A-Za-z0-9]+)*'
    );
    letters := '';
    separator := NULL;
    at := 0;
    FOR part IN SELECT match[1] FROM regexp_matches(written, '([A-Za-z0-9]+|[' || separators || ']+)', 'g') AS match LOOP
      at := at + length(part);
      IF strpos(separators, left(part, 1)) > 0 THEN
        EXIT WHEN length(letters) % 4 <> 0 OR left(part, 1) <> separator;
        separator := left(part, 1);
        CONTINUE;
      END IF;
      letters := letters || part;
      IF length(letters) = expected AND raw.is_iban(letters) THEN
        RETURN NEXT ROW(beginning.first, beginning.first + at, 'iban')::raw.found_part;
      END IF;
      EXIT WHEN length(letters) >= expected OR separator IS NOT NULL AND length(part) <> 4;
    END LOOP;
  END LOOP;
END
$$;

-- Whether the check digits fit.
CREATE FUNCTION raw.is_iban(letters text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (
    SELECT string_agg(
      CASE WHEN letter <= '9' COLLATE "C" THEN letter ELSE (ascii(upper(letter)) - 55)::text END, '' ORDER BY ordinality
    )::numeric % 97 = 1
    FROM unnest(string_to_array(substr(letters, 5) || left(letters, 4), NULL)) WITH ORDINALITY AS parts (letter, ordinality)
  );

-- Credentials by the form that their issuer gives them. Twin of lambdas/redaction/find-tokens.ts, as are the next two.
CREATE FUNCTION raw.find_issued(value text) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  rules jsonb := raw.redaction_rules();
  found record;
  piece text;
  at integer;
BEGIN
  FOR found IN
    SELECT runs.first, rtrim(runs.run, '.') AS run
    FROM raw.find_runs(value, '[' || (rules ->> 'tokenLetters') || ']+') AS runs
    WHERE length(runs.run) >= 15
      AND runs.run ~ (rules ->> 'tokenHint')
  LOOP
    IF found.run ~ (rules ->> 'token') THEN
      RETURN NEXT ROW(found.first, found.first + length(found.run), 'token')::raw.found_part;
      CONTINUE;
    END IF;
    at := found.first;
    FOREACH piece IN ARRAY string_to_array(found.run, '.') LOOP
      IF piece ~ (rules ->> 'token') THEN
        RETURN NEXT ROW(at, at + length(piece), 'token')::raw.found_part;
      END IF;
      at := at + length(piece) + 1;
    END LOOP;
  END LOOP;
END
$$;

-- Whether it spells a user and a password in Base64. A word of prose is spelled without digits, marks and capitals inside.
CREATE FUNCTION raw.is_user_and_password(credential text) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  IF credential !~ '^([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$'
     OR credential !~ '[0-9+/=]|[A-Za-z][A-Z]' THEN
    RETURN false;
  END IF;
  RETURN convert_from(
    decode(rpad(credential, length(credential) + (4 - length(credential) % 4) % 4, '='), 'base64'), 'LATIN1'
  ) ~ '^[\u0020-\u007E\u0080-\u00FF]*:[\u0020-\u007E\u0080-\u00FF]*$';
EXCEPTION
  WHEN invalid_parameter_value OR character_not_in_repertoire OR untranslatable_character THEN
    RETURN false;
END
$$;

CREATE FUNCTION raw.find_schemes(value text) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  rules jsonb := raw.redaction_rules();
  found record;
  credential text;
BEGIN
  FOR found IN SELECT places.* FROM raw.find_runs(value, rules ->> 'scheme') AS places LOOP
    credential := found.groups[3];
    IF (
      CASE length(found.groups[2])
        WHEN length('bearer') THEN length(credential) >= (rules -> 'bearerLength')::integer
          AND translate(credential, '0123456789', '') <> credential
          AND translate(raw.lower_ascii(credential), 'abcdefghijklmnopqrstuvwxyz', '') <> raw.lower_ascii(credential)
        ELSE raw.is_user_and_password(credential)
      END
    ) THEN
      RETURN NEXT ROW(
        found.first + length(found.run) - length(credential), found.first + length(found.run), 'token'
      )::raw.found_part;
    END IF;
  END LOOP;
END
$$;

-- All that is found in a text. Twin of `find` in lambdas/redaction/redact-text.ts.
CREATE FUNCTION raw.find_all(reading raw.reading, lists jsonb, is_id boolean) RETURNS SETOF raw.found_part
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
  plain text := (reading).plain;
  written text := raw.with_plain_joints(plain);
  at_level text;
  users integer[] := '{}';
  part raw.found_part;
BEGIN
  IF plain ~ '["''][ \t\r\n]*:' THEN
    RETURN QUERY SELECT found.* FROM raw.find_members(plain, lists) AS found;
  END IF;
  IF strpos(plain, '=') > 0 OR strpos(plain, '@') > 0 THEN
    FOR level IN 0 .. (reading).deepest LOOP
      at_level := raw.text_at_level(reading, level);
      IF strpos(at_level, '=') > 0 THEN
        RETURN QUERY SELECT found.* FROM raw.find_parameters(at_level, plain, lists) AS found;
      END IF;
      CONTINUE WHEN strpos(at_level, '@') = 0;
      FOR part IN SELECT found.* FROM raw.find_userinfo(at_level, plain) AS found LOOP
        users := users || part.behind;
        RETURN NEXT part;
      END LOOP;
    END LOOP;
  END IF;
  IF strpos(plain, '@') > 0 THEN
    RETURN QUERY SELECT found.* FROM raw.find_emails(plain, users) AS found;
  END IF;
  IF written ~ '[0-9]([ .+-]*[0-9]){8}' THEN
    RETURN QUERY SELECT found.* FROM raw.find_numbers(written, is_id) AS found;
  END IF;
  IF written ~ '[A-Za-z]{2}[0-9]{2}' THEN
    RETURN QUERY SELECT found.* FROM raw.find_ibans(written) AS found;
  END IF;
  IF plain ~ '[A-Za-z0-9_.-]{15}' AND plain ~ (raw.redaction_rules() ->> 'tokenHint') THEN
    RETURN QUERY SELECT found.* FROM raw.find_issued(plain) AS found;
  END IF;
  IF plain ~ '(earer|asic|EARER|ASIC)[ +]' THEN
    RETURN QUERY SELECT found.* FROM raw.find_schemes(plain) AS found;
  END IF;
END
$$;

-- Whether a text holds anything that something could be found by. Most do not.
CREATE FUNCTION raw.is_suspect(sent text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN translate(sent, '@=%"''', '') <> sent
    OR length(translate(sent, '0123456789', '')) <= length(sent) - 9
    OR length(sent) >= 15
    AND (
      sent ~ '[A-Za-z]{2}[0-9]{2}|(earer|asic|EARER|ASIC)[ +]'
      OR sent ~ '[A-Za-z0-9_.-]{15}' AND sent ~ (raw.redaction_rules() ->> 'tokenHint')
    );

-- A text without what is found in it at once; null when nothing is.
CREATE TYPE raw.redacted_text AS (value text, kinds text[]);

CREATE FUNCTION raw.redact_once(sent text, lists jsonb, is_id boolean) RETURNS raw.redacted_text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  bytes bytea;
  reading raw.reading;
  order_of text[];
  part raw.found_part;
  parts raw.found_part[] := '{}';
  counted integer := 0;
  allowed_to integer := 0;
  at integer := 1;
  before text;
  behind text;
  is_address boolean := false;
  written bytea := '';
  redacted raw.redacted_text;
BEGIN
  IF NOT raw.is_suspect(sent) THEN
    RETURN NULL;
  END IF;
  bytes := convert_to(sent, 'UTF8');
  reading := raw.read_text(convert_from(bytes, 'LATIN1'));
  order_of := ARRAY(SELECT jsonb_array_elements_text(raw.redaction_rules() -> 'kinds'));
  -- In the order of the text, overlapping parts as one, without what stands in a value that may stay.
  FOR part IN
    SELECT found.*
    FROM raw.find_all(reading, lists, is_id) AS found
    ORDER BY found.first, found.behind DESC, coalesce(array_position(order_of, found.kind), 0)
  LOOP
    IF part.kind = 'allowed' THEN
      allowed_to := greatest(allowed_to, part.behind);
    ELSIF part.behind <= allowed_to AND part.kind <> 'denied' THEN
      CONTINUE;
    ELSIF counted = 0 OR part.first >= (parts[counted]).behind THEN
      counted := counted + 1;
      parts[counted] := part;
    ELSE
      parts[counted].behind := greatest((parts[counted]).behind, part.behind);
    END IF;
  END LOOP;
  IF counted = 0 THEN
    RETURN NULL;
  END IF;
  IF (reading).offsets IS NOT NULL THEN
    FOR number IN 1 .. counted LOOP
      parts[number].first := (reading).offsets[(parts[number]).first];
      parts[number].behind := (reading).offsets[(parts[number]).behind];
    END LOOP;
  END IF;
  -- Inside an address, which is told by the word that a part stands in, a marker is escaped.
  FOR number IN 1 .. counted LOOP
    part := parts[number];
    before := convert_from(substring(bytes FROM at FOR part.first - at), 'LATIN1');
    behind := convert_from(
      CASE WHEN number < counted
        THEN substring(bytes FROM part.behind FOR (parts[number + 1]).first - part.behind)
        ELSE substring(bytes FROM part.behind)
      END,
      'LATIN1'
    );
    is_address := is_address AND before !~ '[ \t\n\v\f\r]'
      OR substring(before FROM '[^ \t\n\v\f\r]*$') ~ '[/?=&%#]'
      OR substring(behind FROM '^[^ \t\n\v\f\r]*') ~ '[/?=&%#]';
    written := written || convert_to(before, 'LATIN1') || convert_to(
      CASE WHEN is_address THEN '%5Bredacted%3A' || part.kind || '%5D' ELSE '[redacted:' || part.kind || ']' END, 'LATIN1'
    );
    at := part.behind;
  END LOOP;
  redacted.value := convert_from(written || substring(bytes FROM at), 'UTF8');
  redacted.kinds := ARRAY(SELECT DISTINCT kept.kind FROM unnest(parts) AS kept);
  RETURN redacted;
END
$$;

-- A text without what must not be stored, and what was found in it; null when nothing was. Twin of `redactText`.
CREATE FUNCTION raw.redact_text(sent text, lists jsonb, is_id boolean) RETURNS raw.redacted_text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  redacted raw.redacted_text;
  next_one raw.redacted_text := raw.redact_once(sent, lists, is_id);
  kinds text[] := '{}';
BEGIN
  -- A number may be seen only once its neighbour is gone.
  FOR pass IN 1 .. 5 LOOP
    EXIT WHEN next_one.value IS NULL;
    redacted.value := next_one.value;
    kinds := kinds || next_one.kinds;
    next_one := raw.redact_once(redacted.value, lists, is_id);
  END LOOP;
  IF redacted.value IS NOT NULL THEN
    redacted.kinds := ARRAY(SELECT DISTINCT kind FROM unnest(kinds) AS kind);
  END IF;
  RETURN redacted;
END
$$;

-- ── Payloads ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Twins of lambdas/redaction/redact-payload.ts.

-- The tenant's lists in their plain form, {"deny": […], "allow": […]}; what cannot be read is no list.
CREATE FUNCTION raw.plain_list(names jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN jsonb_typeof(names) = 'array' AND jsonb_array_length(names) <= 100 AND NOT EXISTS (
      SELECT
      FROM jsonb_array_elements(names) AS name
      WHERE jsonb_typeof(name.value) <> 'string'
         OR raw.cut_text(name.value #>> '{}', 100) <> name.value #>> '{}'
         OR raw.plain_name(raw.byte_view(name.value #>> '{}')) = ''
    )
      THEN (
        SELECT coalesce(jsonb_agg(raw.plain_name(raw.byte_view(name.value))), '[]') FROM jsonb_array_elements_text(names) AS name
      )
    ELSE '[]'
  END;

CREATE FUNCTION raw.redaction_lists(tenant_key bytea) RETURNS jsonb
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object(
    'deny', raw.plain_list(set_up.lists -> 'deny_keys'), 'allow', raw.plain_list(set_up.lists -> 'allow_keys')
  )
  FROM (
    SELECT (
      SELECT profile.configuration #> '{site_tracking,redaction}'
      FROM auth.tenant_profile_s AS profile
      WHERE profile.tenant_hk = redaction_lists.tenant_key
        AND profile.load_end_date IS NULL
      ORDER BY profile.load_date DESC
      LIMIT 1
    )
  ) AS set_up (lists);
END;

CREATE TYPE raw.redaction_options AS (
  lists jsonb,
  -- Whether the event is about a form.
  is_form boolean,
  -- The tenant's first key, for ids that say who somebody is.
  secret bytea
);

-- A value as it may be stored, and what was taken out of it: [{"at": …, "what": …}].
CREATE TYPE raw.redacted_value AS (value jsonb, found jsonb);

-- What stands for an id that says who somebody is. Twin of idPseudonym in lambdas/pipeline/redact-request.ts.
CREATE FUNCTION raw.id_pseudonym(secret bytea, id text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN encode(substring(raw.visitor_mark(secret, id) FROM 1 FOR 16), 'hex');

CREATE FUNCTION raw.note(path text, VARIADIC kinds text[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (SELECT jsonb_agg(jsonb_build_object('at', path, 'what', kind)) FROM unnest(kinds) AS kind);

-- A text, or a number as its text, for which `mode` holds: denied, secret, field, form field, allowed or searched.
CREATE FUNCTION raw.redact_scalar(
  value jsonb, path text, mode text, name_class text, is_id boolean, options raw.redaction_options
) RETURNS raw.redacted_value
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  -- All digits of a number, which SQL holds as they were sent.
  sent text := CASE jsonb_typeof(value)
    WHEN 'number' THEN CASE WHEN scale(value::numeric) = 0 THEN value #>> '{}' ELSE raw.number_text(value::numeric) END
    ELSE value #>> '{}'
  END;
  kind text;
  redacted raw.redacted_text;
BEGIN
  IF mode = 'allowed' THEN
    RETURN ROW(value, '[]'::jsonb);
  ELSIF mode IN ('field', 'form field') THEN
    kind := CASE WHEN sent <> '' AND NOT raw.is_marker(sent) THEN 'field' END;
  ELSIF mode <> 'searched' THEN
    kind := raw.kind_of(mode, sent);
  ELSE
    kind := raw.kind_of(name_class, sent);
    IF kind IS NULL THEN
      redacted := raw.redact_text(sent, (options).lists, is_id);
      IF redacted.value IS NULL THEN
        RETURN ROW(value, '[]'::jsonb);
      END IF;
      RETURN ROW(to_jsonb(redacted.value), raw.note(path, VARIADIC redacted.kinds));
    END IF;
  END IF;
  IF kind IS NULL THEN
    RETURN ROW(value, '[]'::jsonb);
  END IF;
  RETURN ROW(to_jsonb('[redacted:' || kind || ']'), raw.note(path, kind));
END
$$;

-- What holds for a member: its name counts before what holds for the object, and what is denied stays so.
CREATE FUNCTION raw.member_mode(around text, name_class text, describes boolean) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN around = 'denied' OR name_class = 'denied' THEN 'denied'
    WHEN name_class = 'allowed' THEN 'allowed'
    WHEN around = 'form field' THEN CASE WHEN describes THEN 'searched' ELSE 'field' END
    WHEN around <> 'searched' THEN around
    WHEN name_class = 'secret' THEN 'secret'
    ELSE 'searched'
  END;

-- An object, an array or a scalar for which `mode` holds; `place` is event, properties or inside, `depth` 1 for the event itself.
CREATE FUNCTION raw.redact_value(
  value jsonb, path text, mode text, name_class text, is_id boolean, place text, depth integer, options raw.redaction_options
) RETURNS raw.redacted_value
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  redacted raw.redacted_value := ROW(value, '[]'::jsonb);
  inner_value raw.redacted_value;
  element record;
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN raw.redact_object(value, path, mode, place, depth, options);
    WHEN 'array' THEN
      FOR element IN SELECT part.value, part.ordinality - 1 AS index FROM jsonb_array_elements(value) WITH ORDINALITY AS part LOOP
        inner_value := raw.redact_value(
          element.value, path || '/' || element.index, mode, name_class, is_id, 'inside', depth, options
        );
        IF inner_value.found <> '[]' THEN
          redacted.value := jsonb_set(redacted.value, ARRAY[element.index::text], inner_value.value);
          redacted.found := redacted.found || inner_value.found;
        END IF;
      END LOOP;
    WHEN 'string' THEN
      RETURN raw.redact_scalar(value, path, mode, name_class, is_id, options);
    WHEN 'number' THEN
      IF mode <> 'searched'
         OR value::numeric >= 100000000000 AND value::numeric < 1e21 AND trunc(value::numeric) = value::numeric
         OR name_class = 'ssn' AND value::text ~ '^[0-9]{9}$' THEN
        RETURN raw.redact_scalar(value, path, mode, name_class, is_id, options);
      END IF;
    WHEN 'boolean' THEN
      IF mode IN ('field', 'denied') THEN
        RETURN ROW(to_jsonb('[redacted:' || mode || ']'), raw.note(path, mode));
      END IF;
    ELSE
  END CASE;
  RETURN redacted;
END
$$;

-- Fields of a form by their names, or a list of them; in a list, words alone are names.
CREATE FUNCTION raw.redact_form(value jsonb, path text, depth integer, options raw.redaction_options) RETURNS raw.redacted_value
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  redacted raw.redacted_value := ROW(value, '[]'::jsonb);
  field raw.redacted_value;
  element record;
BEGIN
  IF jsonb_typeof(value) <> 'array' THEN
    RETURN raw.redact_value(value, path, 'field', NULL, false, 'inside', depth, options);
  END IF;
  FOR element IN SELECT part.value, part.ordinality - 1 AS index FROM jsonb_array_elements(value) WITH ORDINALITY AS part LOOP
    field := raw.redact_value(
      element.value,
      path || '/' || element.index,
      CASE jsonb_typeof(element.value) WHEN 'string' THEN 'searched' WHEN 'object' THEN 'form field' ELSE 'field' END,
      NULL, false, 'inside', depth, options
    );
    IF field.found <> '[]' THEN
      redacted.value := jsonb_set(redacted.value, ARRAY[element.index::text], field.value);
      redacted.found := redacted.found || field.found;
    END IF;
  END LOOP;
  RETURN redacted;
END
$$;

CREATE FUNCTION raw.redact_object(
  value jsonb, path text, mode text, place text, depth integer, options raw.redaction_options
) RETURNS raw.redacted_value
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  rules jsonb := raw.redaction_rules();
  lists jsonb := (options).lists;
  named text;
  member record;
  key_view text;
  plain text;
  renamed raw.redacted_text;
  at text;
  is_id boolean;
  is_measure boolean;
  name_class text;
  member_mode text;
  kind text;
  redacted raw.redacted_value;
  kept jsonb := value;
  others jsonb := '[]';
  found jsonb := '[]';
  cut text;
  free text;
  copies integer;
BEGIN
  -- What the name that an object gives its value says of the value: {"name": "password", "value": …}.
  IF mode <> 'allowed' THEN
    SELECT told.name_class
    INTO named
    FROM jsonb_array_elements_text(rules #> '{pairs,names}') WITH ORDINALITY AS naming (key, rank)
    CROSS JOIN LATERAL (SELECT value ->> naming.key WHERE jsonb_typeof(value -> naming.key) = 'string') AS said (name)
    CROSS JOIN LATERAL raw.name_class(
      raw.byte_view(
        coalesce(CASE WHEN raw.is_suspect(said.name) THEN (raw.redact_text(said.name, lists, false)).value END, said.name)
      ),
      lists,
      false
    ) AS told (name_class)
    WHERE told.name_class IS NOT NULL
    ORDER BY naming.rank
    LIMIT 1;
  END IF;

  FOR member IN SELECT part.key, part.value FROM jsonb_each(value) AS part LOOP
    renamed := NULL;
    IF mode <> 'allowed' AND raw.is_suspect(member.key) THEN
      renamed := raw.redact_text(member.key, lists, false);
    END IF;
    -- What a name says is asked of what is left of it, so that it says the same when it comes again.
    key_view := raw.byte_view(coalesce(renamed.value, member.key));
    plain := raw.plain_name(key_view);
    at := path || '/' || replace(replace(coalesce(renamed.value, member.key), '~', '~0'), '/', '~1');
    IF renamed.value IS NOT NULL THEN
      found := found || raw.note(at, VARIADIC renamed.kinds);
      kept := kept - member.key;
    END IF;

    IF raw.is_address_name(member.key) AND raw.is_address_member(member.key, member.value) THEN
      found := found || raw.note(at, 'address');
      kept := kept - member.key;
      CONTINUE;
    END IF;

    -- It counts for a number that may be a card.
    is_id := length(translate(member.value::text, '0123456789', '')) <= length(member.value::text) - 13
      AND raw.is_id_name(key_view);
    is_measure := place = 'event' AND rules #> '{fields,measures}' ? member.key;
    name_class := CASE WHEN NOT is_measure THEN
      coalesce(
        raw.name_class(key_view, lists, false),
        CASE WHEN rules #> '{pairs,values}' ? member.key THEN named END
      )
    END;
    member_mode := CASE
      WHEN is_measure THEN mode
      ELSE raw.member_mode(mode, name_class, rules #> '{form,describes}' ? plain)
    END;
    IF member_mode <> 'searched' OR is_measure OR mode <> 'searched' THEN
      name_class := NULL;
      is_id := false;
    END IF;

    IF place = 'event' AND member_mode <> 'allowed' AND member.key IN ('event_id', 'session_id', 'visitor_id')
       AND jsonb_typeof(member.value) IN ('string', 'number') THEN
      redacted := raw.redact_id(member.value, at, member_mode, options);
    ELSIF place = 'event' AND member.key = 'user_agent' AND member_mode NOT IN ('allowed', 'denied') THEN
      redacted := ROW(member.value, '[]'::jsonb);
    ELSIF member_mode = 'searched'
          AND (
            rules #> '{form,always}' ? plain
            OR (options).is_form AND place <> 'inside' AND rules #> '{form,inForms}' ? plain
          ) THEN
      redacted := raw.redact_form(member.value, at, depth + 1, options);
    ELSIF member_mode = 'searched' AND name_class IS NULL AND jsonb_typeof(member.value) = 'string'
          AND NOT raw.is_suspect(member.value #>> '{}') THEN
      redacted := ROW(member.value, '[]'::jsonb);
    ELSE
      redacted := raw.redact_value(
        member.value, at, member_mode, name_class, is_id,
        CASE
          WHEN place <> 'event' OR depth > 1 THEN 'inside'
          WHEN rules #> '{fields,containers}' ? member.key THEN 'event'
          WHEN rules #> '{fields,properties}' ? member.key THEN 'properties'
          ELSE 'inside'
        END,
        depth + 1, options
      );
      -- A field of text keeps the length that it may have.
      IF place = 'event' AND redacted.found <> '[]' AND jsonb_typeof(redacted.value) = 'string'
         AND rules #> '{fields,lengths}' ? member.key THEN
        cut := raw.cut_text(redacted.value #>> '{}', (rules #> ARRAY['fields', 'lengths', member.key])::integer);
        IF cut <> redacted.value #>> '{}' THEN
          found := found || redacted.found;
          redacted := raw.redact_value(to_jsonb(cut), at, member_mode, name_class, is_id, 'inside', depth + 1, options);
        END IF;
      END IF;
    END IF;

    IF renamed.value IS NOT NULL THEN
      others := others || jsonb_build_array(jsonb_build_array(member.key, renamed.value, redacted.value));
    ELSIF redacted.value IS DISTINCT FROM member.value THEN
      kept := jsonb_set(kept, ARRAY[member.key], redacted.value);
    END IF;
    found := found || redacted.found;
  END LOOP;

  -- Members whose names were redacted to one and the same are numbered, in the order of the names they had.
  FOR member IN
    SELECT other.value ->> 1 AS key, other.value -> 2 AS value
    FROM jsonb_array_elements(others) AS other
    ORDER BY (other.value ->> 0) COLLATE "C"
  LOOP
    free := member.key;
    copies := 1;
    WHILE kept ? free LOOP
      copies := copies + 1;
      free := member.key || ' ' || copies;
    END LOOP;
    kept := kept || jsonb_build_object(free, member.value);
  END LOOP;
  RETURN ROW(kept, found);
END
$$;

-- An id that says who somebody is gets a pseudonym: one marker for all would make many visitors one.
CREATE FUNCTION raw.redact_id(value jsonb, path text, mode text, options raw.redaction_options) RETURNS raw.redacted_value
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  id text := CASE
    WHEN jsonb_typeof(value) = 'number' AND scale(value::numeric) > 0 THEN raw.number_text(value::numeric)
    ELSE value #>> '{}'
  END;
  kinds text[] := CASE
    WHEN mode = 'denied' AND id <> '' THEN ARRAY['denied']
    ELSE (raw.redact_text(id, (options).lists, true)).kinds
  END;
BEGIN
  IF kinds IS NULL THEN
    RETURN ROW(value, '[]'::jsonb);
  END IF;
  RETURN ROW(to_jsonb(raw.id_pseudonym((options).secret, id)), raw.note(path, VARIADIC kinds));
END
$$;

-- Takes out of an event, or of the fields of a batch, what must not be stored. Null for null.
CREATE FUNCTION raw.redact_payload(payload jsonb, options raw.redaction_options) RETURNS raw.redacted_value
  LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN payload IS NULL THEN NULL ELSE raw.redact_object(payload, '', 'searched', 'event', 1, options) END;

CREATE FUNCTION raw.is_about_form(event_type text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(
    raw.redaction_rules() #> '{form,types}' ?| raw.name_words(raw.byte_view(event_type)), false
  );

-- Sorted, each once and not too many. Twin of lambdas/redaction/record.ts.
CREATE FUNCTION raw.redaction_record(own jsonb, envelope jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    WITH entries AS (
      SELECT DISTINCT 1 AS part, raw.cut_text(entry.value ->> 'at', 200) AS at, entry.value ->> 'what' AS what
      FROM jsonb_array_elements(own) AS entry
      UNION ALL
      SELECT DISTINCT 2, raw.cut_text(entry.value ->> 'at', 200), entry.value ->> 'what'
      FROM jsonb_array_elements(envelope) AS entry
    ),
    numbered AS (
      SELECT
        entries.*,
        row_number() OVER (PARTITION BY part ORDER BY at COLLATE "C", what COLLATE "C") AS number,
        CASE part WHEN 1 THEN 20 ELSE 8 END AS most
      FROM entries
    )
    SELECT coalesce(
      jsonb_agg(
        jsonb_build_object('at', at, 'what', what) || CASE part WHEN 2 THEN '{"in": "envelope"}'::jsonb ELSE '{}' END
        ORDER BY part, number
      ) FILTER (WHERE number <= most)
      || CASE
        WHEN count(*) FILTER (WHERE number > most) > 0
          THEN jsonb_build_array(jsonb_build_object('more', count(*) FILTER (WHERE number > most)))
        ELSE '[]'
      END,
      '[]'
    )
    FROM numbered
  );

-- ── Landing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The first key of a tenant, whatever is rotated; made when there is none.
CREATE FUNCTION raw.settle_first_key(tenant_key bytea) RETURNS bytea
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  settled bytea;
BEGIN
  LOOP
    SELECT key.secret INTO settled FROM auth.visitor_keys AS key WHERE key.tenant_hk = tenant_key ORDER BY key.key_version LIMIT 1;
    IF FOUND THEN
      RETURN settled;
    END IF;
    INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret)
    VALUES (tenant_key, 1, auth.random_secret())
    ON CONFLICT DO NOTHING;
  END LOOP;
END
$$;

-- Settles an event's id and takes out of it what must not be stored, as `prepare` in lambdas/pipeline/land-request.ts does for a
-- server. `shared` is what may be stored of the fields of its batch.
DROP FUNCTION raw.prepare_event(bytea, text, bytea, jsonb, jsonb, integer, boolean);
CREATE FUNCTION raw.prepare_event(
  tenant_key bytea,
  site_id text,
  visitor_key bytea,
  envelope jsonb,
  event jsonb,
  index integer,
  keeps_ids boolean,
  shared raw.redacted_value,
  options raw.redaction_options
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
  own raw.redacted_value;
  canonical text;
  record jsonb;
  client_id text := raw.field_text(raw.event_field(merged, 'event_id'));
  client_ip text := raw.field_text(raw.event_field(merged, 'client_ip'));
  user_agent text := raw.cut_text(raw.field_text(raw.event_field(merged, 'user_agent')), 1000);
  claimed bigint := raw.event_milliseconds(raw.event_field(merged, 'event_timestamp', 'timestamp'));
  visitor jsonb := '{}';
  own_key bytea := visitor_key;
  day raw.day_secret;
BEGIN
  options.is_form := raw.is_about_form(raw.field_text(raw.event_field(merged, 'event_type', 'evt_type')));
  own := raw.redact_payload(allowed, options);
  canonical := raw.canonical_text(coalesce(shared.value, '{}') || own.value);
  record := raw.redaction_record(
    own.found || CASE WHEN allowed = held THEN '[]' ELSE raw.note('', 'ids') END, coalesce(shared.found, '[]')
  );
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
    coalesce(
      raw.settle_event_id((raw.redact_payload(jsonb_build_object('event_id', client_id), options)).value ->> 'event_id'),
      raw.derive_event_id(canonical, index, own_key, claimed IS NOT NULL)
    ),
    raw.payload_fingerprint(canonical),
    convert_to((CASE WHEN own.value = held THEN event ELSE own.value END)::text, 'UTF8'),
    nullif(
      CASE WHEN held = event THEN '{}' ELSE jsonb_build_object('payload', own.value) END
      || CASE WHEN user_agent IS NULL THEN '{}' ELSE jsonb_build_object('user_agent', user_agent) END
      || visitor
      || CASE WHEN record = '[]' THEN '{}' ELSE jsonb_build_object('redacted', record) END,
      '{}'
    ),
    keeps_ids
  );
END
$$;

-- As before, with what may be stored of the batch's fields.
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
  options raw.redaction_options := ROW(raw.redaction_lists(tenant_key), true, raw.settle_first_key(tenant_key));
  -- Fields of a batch are redacted as if its events were about a form.
  shared raw.redacted_value := raw.redact_payload(envelope, options);
  shared_without_ids raw.redacted_value := raw.redact_payload(raw.without_ids(envelope), options);
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
      treated.treatment = 'stored', CASE treated.treatment WHEN 'stored' THEN shared ELSE shared_without_ids END, options
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
            CASE WHEN part.keeps_ids THEN shared.value ELSE shared_without_ids.value END,
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

-- Addresses are redacted with everything else.
DROP FUNCTION raw.without_address(jsonb);
