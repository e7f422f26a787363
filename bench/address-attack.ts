import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type pg from 'pg';
import * as z from 'zod';
import { encodeParts } from '../lambdas/platform/encode-parts.ts';

/** What an attacker has of a database: its values, each once. */
export interface Dump {
  /** As bytes: bytea as it is, text as UTF-8, also what hexadecimal and Base64 inside of text stand for. */
  readonly values: ReadonlyMap<string, Buffer>;
  /** What looks like a secret: 32 bytes where secrets are kept. */
  readonly secrets: readonly Buffer[];
  /** Whatever in a text is spelled like an address, to find those that were never hashed. */
  readonly addresses: ReadonlySet<string>;
}

const column = z.object({ relation: z.string(), name: z.string(), type: z.string() });
const valueRow = z.object({ bytes: z.instanceof(Buffer).nullable(), text: z.string().nullable() });

/** Values beyond this are bodies; what stands inside of them is taken apart as text. */
const LONGEST_KEY = 128;
const SPELLED = /[0-9a-f.:]{7,}/g;
const ENCODED = /[0-9a-f]{16,}|[A-Za-z0-9+/_-]{16,}={0,2}/gi;

/**
 * Reads every column of every table of a database, what the planner keeps of them, and the files of those tables that hold secrets, in
 * which rows may stand that are gone.
 */
export async function dumpDatabase(pool: pg.Pool): Promise<Dump> {
  const { rows } = await pool.query(
    `SELECT format('%I.%I', relation.relnamespace::regnamespace::text, relation.relname) AS relation,
       format('%I', attribute.attname) AS name, format_type(attribute.atttypid, NULL) AS type
     FROM pg_attribute AS attribute
     JOIN pg_class AS relation ON relation.oid = attribute.attrelid
     WHERE relation.relkind IN ('r', 'p') AND NOT relation.relispartition AND attribute.attnum > 0 AND NOT attribute.attisdropped
       AND relation.relnamespace::regnamespace::text IN ('auth', 'util', 'raw', 'staging', 'business', 'analytics', 'api')`,
  );
  const values = new Map<string, Buffer>();
  const addresses = new Set<string>();
  const add = (bytes: Buffer) => {
    if (bytes.length <= LONGEST_KEY) values.set(bytes.toString('latin1'), bytes);
  };
  const addText = (text: string) => {
    for (const [word] of text.toLowerCase().matchAll(SPELLED))
      addresses.add(word.replace(/^[.:]+|[.:]+$/g, ''));
    add(Buffer.from(text));
    for (const [run] of text.matchAll(ENCODED)) {
      add(Buffer.from(run.replaceAll('-', ''), 'hex'));
      add(Buffer.from(run, 'base64'));
    }
  };
  const secrets = new Map<string, Buffer>();
  const addSecret = (bytes: Buffer) => secrets.set(bytes.toString('latin1'), bytes);
  const columns = z
    .array(column)
    .parse(rows)
    .filter(({ type }) => /^(bytea|uuid|text|json|character)/.test(type));
  for (const { relation, name, type } of columns) {
    const isBytes = type === 'bytea' || type === 'bytea[]';
    const source = type.endsWith('[]') ? `unnest(${name})` : name;
    const found = await pool.query(
      `SELECT DISTINCT ${isBytes ? `value AS bytes, NULL AS text` : `NULL::bytea AS bytes, value::text AS text`}
       FROM (SELECT ${source} AS value FROM ${relation}) AS held WHERE value IS NOT NULL`,
    );
    for (const { bytes, text } of z.array(valueRow).parse(found.rows)) {
      if (bytes !== null) {
        add(bytes);
        if (relation.startsWith('auth.') && bytes.length === SECRET_BYTES) addSecret(bytes);
        // A body is text as well, and says what its sender wrote.
        if (bytes.length > LONGEST_KEY) addText(bytes.toString('utf8'));
      }
      if (text !== null) addText(type === 'uuid' ? text.replaceAll('-', '') : text);
    }
  }
  for (const { schema, text } of await sampledValues(pool)) {
    addText(text);
    if (schema === 'auth')
      for (const [run] of text.matchAll(SAMPLED_SECRET)) addSecret(Buffer.from(run, 'hex'));
  }
  for (const bytes of await bytesInFiles(pool)) {
    add(bytes);
    addSecret(bytes);
  }
  return { values, secrets: [...secrets.values()], addresses };
}

const SECRET_BYTES = 32;
const SAMPLED_SECRET = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/** What ANALYZE has kept of the columns, in hexadecimal without its mark. */
async function sampledValues(pool: pg.Pool) {
  const { rows } = await pool.query(
    `SELECT schemaname AS schema,
       replace(concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text), '\\x', ' ') AS text
     FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  return z.array(z.object({ schema: z.string(), text: z.string() })).parse(rows);
}

/** How Postgres marks a bytea of 32 bytes in a row, in short and aligned. */
const MARKS = [Buffer.of((SECRET_BYTES + 1) * 2 + 1), Buffer.of((SECRET_BYTES + 4) * 4, 0, 0, 0)];
/** Text in a row may look like a mark, and is none of random bytes. */
const isRandom = (bytes: Buffer): boolean => new Set(bytes).size > 20 && bytes.some((byte) => byte >= 0x80);

/** What looks like a secret in the files of the tables that hold secrets, as they are on the disk: in rows or in what is left of them. */
async function bytesInFiles(pool: pg.Pool): Promise<Buffer[]> {
  const { rows } = await pool.query(
    `SELECT pg_read_binary_file(pg_relation_filepath(oid), true) AS file FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'auth'::regnamespace`,
  );
  const files = z.array(z.object({ file: z.instanceof(Buffer).nullable() })).parse(rows);
  return files.flatMap(({ file }) => (file === null ? [] : secretsIn(file)));
}

function secretsIn(file: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (const mark of MARKS) {
    for (let at = file.indexOf(mark); at >= 0; at = file.indexOf(mark, at + 1)) {
      const bytes = file.subarray(at + mark.length, at + mark.length + SECRET_BYTES);
      if (isRandom(bytes)) found.push(bytes);
    }
  }
  return found;
}

/** Bytes that have to agree for a hash to be found: a chance agreement would be a wonder. */
const AGREED = 8;

/** The places in which a hash may begin: at the front, or behind a byte that says a version. */
function windowsOf({ values }: Dump): ReadonlySet<string> {
  const windows = new Set<string>();
  for (const bytes of values.values())
    for (const start of [0, 1])
      if (bytes.length >= start + AGREED) windows.add(bytes.toString('latin1', start, start + AGREED));
  return windows;
}

/** How an address may have been written before it was hashed. */
function spellingsOf(address: string, agent: string): string[] {
  const network = networkOf(address);
  const plain = [...new Set([address, network])];
  return [
    ...plain,
    ...plain.map((each) => encodeParts([each])),
    ...plain.flatMap((each) => ['', agent].map((own) => encodeParts([each, own]))),
    ...plain.flatMap((each) => [`${each}${agent}`, `${each}|${agent}`, `${each}:${agent}`]),
  ];
}

const networkOf = (address: string): string =>
  isIPv6(address)
    ? (URL.parse(`http://[${address}]`)?.hostname.slice(1, -1).split(':').slice(0, 4).join(':') ?? address)
    : address;

const plainHashes = [
  'md5',
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha3-256',
  'blake2s256',
  'ripemd160',
];

/** Ways from a key and a message to what may be stored. */
type Keyed = (message: string | Buffer) => Buffer;
const keyedHashes = (key: Buffer): readonly Keyed[] => [
  hmacUnder(key),
  (message) => hash('sha256', Buffer.concat([key, Buffer.from(message)]), 'buffer'),
  (message) => hash('sha256', Buffer.concat([Buffer.from(message), key]), 'buffer'),
];

const BLOCK = 64;

/** HMAC-SHA-256 as RFC 2104 has it: for millions of keys many times as fast as an object for each. */
function hmacUnder(key: Buffer): Keyed {
  const block = Buffer.alloc(BLOCK);
  (key.length > BLOCK ? hash('sha256', key, 'buffer') : key).copy(block);
  const [inner, outer] = [0x36, 0x5c].map((pad) => Buffer.from(block.map((byte) => byte ^ pad)));
  const part = (pad: Buffer | undefined, message: string | Buffer) =>
    hash('sha256', Buffer.concat([pad ?? block, Buffer.from(message)]), 'buffer');
  return (message) => part(outer, part(inner, message));
}

/** What anybody would try first. */
function guessedKeys(days: readonly string[], tenants: readonly string[]): Buffer[] {
  const words = [
    ...days,
    ...tenants,
    ...days.flatMap((day) => tenants.flatMap((tenant) => [`${tenant}${day}`, `${day}${tenant}`])),
  ];
  return [
    Buffer.alloc(0),
    Buffer.alloc(32),
    Buffer.alloc(32, 0xff),
    ...words.flatMap((word) => [
      Buffer.from(word),
      hash('sha256', word, 'buffer'),
      hash('md5', word, 'buffer'),
    ]),
  ];
}

interface Attack {
  readonly dump: Dump;
  /** Addresses to try, those of the visitors among them. */
  readonly candidates: readonly string[];
  /** Addresses of the attacker's own that were stored as well: a key that fits them fits all of their day. */
  readonly known: readonly string[];
  readonly agent: string;
  readonly days: readonly string[];
  readonly tenants: readonly string[];
}

/**
 * Tries to find addresses in a dump: in plain sight, by every plain hash, and by every keyed hash whose key is a value of the dump, two
 * of them combined as the product combines key and salt, or a guess. Keys are tried on the attacker's own address first, since trying
 * each on all candidates would take years and find no more.
 * @returns the candidates that were found.
 */
export function recover({ dump, candidates, known, agent, days, tenants }: Attack): Set<string> {
  const windows = windowsOf(dump);
  const isStored = (bytes: Buffer): boolean => windows.has(bytes.toString('latin1', 0, AGREED));
  const keys = [...dump.values.values(), ...guessedKeys(days, tenants)];
  const own = known.flatMap((address) => spellingsOf(address, agent));
  const fitting: Keyed[] = [];
  const tryKey = (key: Buffer) => {
    fitting.push(...keyedHashes(key).filter((keyed) => own.some((message) => isStored(keyed(message)))));
  };
  for (const key of keys) tryKey(key);
  const halves = [...dump.secrets, Buffer.alloc(32)];
  for (const secret of halves) for (const salt of halves) tryKey(hmacUnder(secret)(salt));
  const found = new Set<string>();
  for (const address of candidates) {
    const messages = spellingsOf(address, agent);
    if (
      dump.addresses.has(address) ||
      messages.some((message) => plainHashes.some((name) => isStored(hash(name, message, 'buffer')))) ||
      fitting.some((keyed) => messages.some((message) => isStored(keyed(message))))
    )
      found.add(address);
  }
  return found;
}
