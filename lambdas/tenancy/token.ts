import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Public: writes from browsers. Secret: writes from servers. Read: analytics. Admin: everything of its tenant. */
export const tokenKinds = ['public', 'secret', 'read', 'admin'] as const;
export type TokenKind = (typeof tokenKinds)[number];

const prefixes: Readonly<Record<TokenKind, string>> = {
  public: 'ovt_pub_',
  secret: 'ovt_sec_',
  read: 'ovt_read_',
  admin: 'ovt_admin_',
};

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const TOKEN = /^(ovt_(?:pub|sec|read|admin)_)([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

function base62(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i += 1) {
    text = ALPHABET[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    // Bytes from 248 on would favour the first letters of the alphabet.
    for (const byte of randomBytes(length))
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
  }
  return text;
}

const checksum = (body: string): string => base62(crc32(body), CHECKSUM_LENGTH);

/** A new token: prefix by kind, 30 random letters (178 bits), checksum, so that scanners can tell one from noise. */
export function createToken(kind: TokenKind): string {
  const body = prefixes[kind] + randomText(RANDOM_LENGTH);
  return body + checksum(body);
}

/** How people recognise a token that nobody can show them any more. @param lastLetters null for one of before they were kept */
export const maskedToken = (kind: TokenKind, lastLetters: string | null): string =>
  `${prefixes[kind]}…${lastLetters ?? ''}`;

/** Whether a text is built like a token; a mistyped one is refused without asking the database. */
export function isWellFormedToken(text: string): boolean {
  const match = TOKEN.exec(text);
  return match !== null && checksum(`${match[1]}${match[2]}`) === match[3];
}

/** What is stored of a token. Plain SHA-256 is enough for 178 random bits. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();
