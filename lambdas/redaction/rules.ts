/** Letters of other alphabets: SQL sees each as the bytes of its UTF-8, so no rule counts them. */
const OTHER = String.raw`\u0080-\uFFFF`;
const BLANK = String.raw` \t\n\v\f\r`;

const listed = (words: string): readonly string[] => words.trim().split(/\s+/);

/** Beginnings of cards, from one to the other, and how many digits they may have. */
const cardRanges = (ranges: string) =>
  listed(ranges).map((range) => {
    const [, from = '', to = '', lengths = ''] = /^(\d+)-(\d+):(.+)$/.exec(range) ?? [];
    return { from, to, lengths: lengths.split(',').map(Number) };
  });

/** Lengths by country. */
const ibanLengths = (countries: string): Readonly<Record<string, number>> =>
  Object.fromEntries(listed(countries).map((each) => [each.slice(0, 2), Number(each.slice(2))]));

/**
 * What redaction looks for, as data: migration 0018 holds the same as `raw.redaction_rules()`, and a test compares the two. Patterns are
 * written in what JavaScript and Postgres read alike. A changed rule takes a migration of its own (docs/redaction.md).
 */
export const rules = {
  /** Payment cards by their issuers. */
  cards: cardRanges(`
    4-4:13,16,19 51-55:16 2221-2720:16 34-34:15 37-37:15 6011-6011:16,17,18,19 644-649:16,17,18,19
    65-65:16,17,18,19 300-305:14,16 3095-3095:14,16 36-36:14,16 38-39:14,16 3528-3589:16,17,18,19
    62-62:16,17,18,19 8100-8171:16,17,18,19 5018-5020:13,14,15,16,17,18,19 5038-5038:13,14,15,16,17,18,19
    5893-5893:13,14,15,16,17,18,19 6304-6304:13,14,15,16,17,18,19 6759-6774:13,14,15,16,17,18,19
    2200-2205:16,17,18,19 9792-9792:16 506-509:16,18,19 6060-6089:16 6277-6277:16 636-639:16,17,18,19
  `),
  /** Sizes of the groups in which people write a card. */
  cardGroups: '^([0-9]+|(4-){3}[1-4]|(4-){4}[1-3]|4-6-[45]|4-3-3-3|6-13|8-8)$',
  /** Numbers of so few digits are somebody's item, order or phone as well, when a word in front of them says so. */
  shortCard: 14,
  /** Letters in which a social security number is written at most. */
  longestSsn: 32,
  /** What stands between the groups of a number. */
  separators: ' .+-',
  /** Numbers of bank accounts. */
  ibans: ibanLengths(`
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20
    EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23
    PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26
    UA29 VA22 VG24 XK20 YE30
  `),
  /** Letters of an e-mail address; `@` is not among them. */
  emailLetters: `A-Za-z0-9._+'%!${OTHER}-`,
  /** Of what follows the `@`, the host with a last label that may be a domain of the first level. */
  emailHost: `^([A-Za-z0-9${OTHER}-]+\\.)+(xn--[A-Za-z0-9-]+|[A-Za-z][A-Za-z]+|[${OTHER}]+)`,
  /** Hosts that are a version of a package or the resolution of a picture. */
  noHost: String.raw`^(v?[0-9]+\.[0-9]|[0-9]+x\.)`,
  /** Last labels that are the ending of a file. */
  fileEndings: listed(`
    avif bmp css csv eot gif gz htm html ico jpeg jpg js json jsx log map mjs mp pdf php png svg tif tiff
    tsx ttf txt wav webm webp woff xml
  `),
  /** Letters of a credential. */
  tokenLetters: 'A-Za-z0-9_.-',
  /** What a text has to hold to be searched for credentials. */
  tokenHint: [
    'eyJ|A[KS]IA|gh[opsur]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]|xapp-|[prs]k_(live|test)_|whsec_|AIza|ya29|GOCSPX|npm_|pypi-|SG',
    'sk-|shp[a-z]{2}_|do[a-z]_v1|hf_|ovt_|sq0|dckr_|lin_api|ntn_|PMAK|gls?[ac]_|hv[sb]|dapi|NRAK|sntry|pscale|figd_|key-|EAA',
  ].join('|'),
  /** Credentials by the form that their issuer gives them. */
  token: `^(${[
    'eyJ[A-Za-z0-9_-]{10,}(\\.[A-Za-z0-9_-]+){1,4}',
    'A[KS]IA[A-Z0-9]{16}',
    'gh[opsur]_[A-Za-z0-9]{30,}',
    'github_pat_[A-Za-z0-9_]{40,}',
    'gl(pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[A-Za-z0-9_-]{20,}',
    'xox[a-z](-[A-Za-z0-9]+)*-[A-Za-z0-9]{10,}',
    'xapp-[0-9]-[A-Za-z0-9-]{20,}',
    '[prs]k_(live|test)_[A-Za-z0-9]{10,}',
    'whsec_[A-Za-z0-9]{20,}',
    'AIza[A-Za-z0-9_-]{30,}',
    'ya29\\.[A-Za-z0-9_-]{20,}',
    'GOCSPX-[A-Za-z0-9_-]{20,}',
    'npm_[A-Za-z0-9]{36}',
    'pypi-[A-Za-z0-9_-]{40,}',
    'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
    'sk-[A-Za-z0-9_-]{40,}',
    'shp(at|ca|pa|ss)_[A-Fa-f0-9]{32}',
    'do[oprt]_v1_[a-f0-9]{64}',
    'hf_[A-Za-z0-9]{30,}',
    'ovt_(pub|sec|read|admin)_[A-Za-z0-9]{30,}',
    'sq0[a-z]{3}-[A-Za-z0-9_-]{22,}',
    'dckr_pat_[A-Za-z0-9_-]{20,}',
    'lin_api_[A-Za-z0-9]{30,}',
    'ntn_[A-Za-z0-9]{40,}',
    'PMAK-[a-f0-9]{24}-[a-f0-9]{34}',
    'gls?[ac]_[A-Za-z0-9_]{32,}',
    'hv[sb]\\.[A-Za-z0-9_-]{20,}',
    'dapi[a-f0-9]{32}',
    'NRAK-[A-Z0-9]{27}',
    'sntry[su]_[A-Za-z0-9_-]{40,}',
    'pscale_(tkn|pw|oauth)_[A-Za-z0-9_-]{30,}',
    'figd_[A-Za-z0-9_-]{30,}',
    'key-[a-z0-9]{32}',
    'EAA[A-Za-z0-9]{60,}',
  ].join('|')})$`,
  /** Credentials after the name of their scheme, which is the first group; the credential is the second. */
  scheme: '([Bb]earer|BEARER|[Bb]asic|BASIC)[ +]+([A-Za-z0-9._~+/=-]+)',
  /** What follows `Bearer` is a word of prose unless it has so many letters, one of them a digit. */
  bearerLength: 12,
  /** User and password in front of a host: the second group. */
  userinfo: `(^|[:"'(=,<${BLANK}])//([^/?#"'<>\\\\${BLANK}]+)@[A-Za-z0-9[${OTHER}]`,
  /** Letters of a name in front of `=`. */
  nameLetters: `A-Za-z0-9_.$[\\]${OTHER}-`,
  /** Ends of the value behind it. */
  valueEnds: `&;#"'<>${BLANK}`,
  /** A query that follows such a value. */
  queryBehind: `\\?[A-Za-z0-9_.$[\\]${OTHER}-]+=`,
  /** A member of an object in JSON or JavaScript inside a text: the name is the second group, the value the third. */
  member: `(["'])([A-Za-z0-9_.$[\\]${OTHER}-]+)["'][ \\t\\r\\n]*:[ \\t\\r\\n]*("([^"\\\\]|\\\\[\\u0001-\\uFFFF])*"|'([^'\\\\]|\\\\[\\u0001-\\uFFFF])*'|[0-9A-Za-z.+-]+)`,
  /** Values that are no secret whatever their name is. */
  noSecret: ['', ...listed(`0 1 true false null undefined none yes no on off`)],
  names: {
    /** Names of which a marker is a part, or that are the end of one. */
    marked: 'redacted(%3A|[^a-z])[a-z]+([^a-z]|$)|^[^[]*]$',
    /** What every name that says something holds in its plain form. */
    hint: listed(`
      pass pwd secret token jwt key otp cv[cvn] csc auth cred kennwort contrase senha wachtwoord has(l|ł)o heslo
      jelsz senord salasana ifre пароль 密码 密碼 パスワード 비밀번호 pin bearer csrf xsrf cookie sessid connectsid
      sessionid (ci|laravel|rack)session mdp loggedin code answer signature passe sig hmac card cc(n|no|num|number)
      pan ssn itin socialsecurity
    `).join('|'),
    /** Whole names, without case and separators. */
    exact: listed(`
      pin pass bearer csrf xsrf cookie setcookie sessioncookie authcookie httpcookie documentcookie
      requestcookie phpsessid jsessionid sessid connectsid aspnetsessionid cisession laravelsession
      racksession mdp
    `),
    /** Whole names that begin so. */
    beginning: '^(aspsessionid|wordpressloggedin)',
    /** Last words. */
    heads: listed(`
      password passwords passwd passwrd passwort kennwort pwd passphrase passcode secret secrets token jwt
      apikey apisecret otp totp cvv cvc csc cvn auth authorization credential credentials creds contrasena
      contraseña senha wachtwoord haslo hasło heslo jelszo jelszó losenord lösenord salasana sifre şifre
      пароль 密码 密碼 パスワード 비밀번호
    `),
    /** Last words that another is glued to. */
    ending: `(${listed(`
      password passwd passwort kennwort pwd passphrase secret token apikey secretkey privatekey accesskey
      jwt credentials sessid jsessionid
    `).join('|')})$`,
    /** Two or three last words together. */
    compounds: listed(`
      accesskey secretkey privatekey apikey signingkey encryptionkey decryptionkey sessionkey authkey
      authenticationkey masterkey servicekey sharedkey accountkey sshkey pgpkey gpgkey rsakey hmackey
      licensekey licencekey securitykey consumerkey subscriptionkey appkey authcode authorizationcode
      securitycode verificationcode verifycode accesscode otpcode mfacode 2facode twofactorcode smscode
      resetcode recoverycode backupcode onetimecode logincode activationcode oobcode cvvcode cvccode
      securityanswer secretanswer amzsignature motdepasse cardpin atmpin simpin userpin loginpin newpin
      securitypin devicepin accountpin bankpin walletpin entrypin oldpin currentpin confirmpin debitpin
      pinnumber userpass dbpass smtppass loginpass adminpass rootpass httppass proxypass mysqlpass ftppass
      mailpass emailpass authpass newpass oldpass currentpass confirmpass sqlpass
    `),
    /** Names of parameters, which say another thing elsewhere. */
    parameters: listed(`sig signature hmac`),
    /** Last words that do not change what a name means. */
    neutral: listed(`
      confirmation confirm repeat repeated again retype verify new old current value val text txt field
      input plain plaintext raw string str hash hashed encrypted header param prod production dev staging
      test live sandbox
    `),
    /** First words of names that ask or tell about a secret. */
    askers: listed(`
      has is no show hide requires require needs need use uses without forgot forgotten toggle missing
      remember save lost
    `),
    /** Names of a card's number: twelve digits are one, whatever Luhn says. */
    cards: listed(`cardnumber cardno cardnum ccnumber ccnum ccno ccn pan creditcard debitcard`),
    /** Names of a social security number: nine digits are one. */
    ssns: listed(`ssn itin socialsecurity socialsecuritynumber socialsecurityno socialsecuritynum`),
    /** Words in front of a number that is no card. */
    ids: listed(`
      id ids sku ean gtin upc isbn barcode asin mpn variant variants product products item items order
      orders collection collections listing phone tel telephone mobile msisdn whatsapp fax cell time
      timestamp ts
    `),
  },
  form: {
    /** Words of an event's type that is about a form. */
    types: listed(`form forms`),
    /** Members that hold form fields, in any event. */
    always: listed(`formdata formfields formvalues forminputs`),
    /** Members that hold them in an event about a form. */
    inForms: listed(`fields values inputs answers responses`),
    /** What describes a field in a list of fields, and is not its value. */
    describes: listed(`name id key field label type tag required filled length index order`),
  },
  /** Members of an object by which another of its members is named, and those that may be named so. */
  pairs: {
    names: listed(`name key field id label type autocomplete`),
    values: listed(`value val values answer content text`),
  },
};

/** What was found, in the order of which counts where one and the same place is two things. */
export const kinds = [
  'card',
  'ssn',
  'iban',
  'email',
  'token',
  'userinfo',
  'secret',
  'denied',
  'field',
] as const;
export type Kind = (typeof kinds)[number];
