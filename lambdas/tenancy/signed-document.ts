import { createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { canonicalText } from '../event/event-id.ts';
import type { VisitorKey } from './visitor-keys.ts';

/** What the seed of the signing key is derived for: another purpose would need another key. */
const PURPOSE = 'onevault signed document 1';
const SEED_BYTES = 32;
/** Everything of an Ed25519 key in DER but its 32 bytes (RFC 8410). */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_KEY_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const signature = z.strictObject({
  algorithm: z.literal('Ed25519'),
  /** The 32 bytes of the public key, in base64. */
  public_key: z.base64(),
  /** SHA-256 over these bytes, in hexadecimal: what people compare. */
  fingerprint: z.string(),
  /** Over the canonical text of all other members, in base64. */
  value: z.base64(),
});
const signedDocument = z.looseObject({ signature });

export type Signature = z.infer<typeof signature>;
export type Signed<Document> = Document & { readonly signature: Signature };

const fingerprintOf = (publicKey: Buffer): string => createHash('sha256').update(publicKey).digest('hex');

/** The private key that a tenant's visitor key leads to by HKDF-SHA-256, and nobody has without it. */
function signingKey({ secret }: VisitorKey) {
  const seed = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), PURPOSE, SEED_BYTES));
  return createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

const publicKeyOf = (key: VisitorKey): Buffer =>
  createPublicKey(signingKey(key)).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_KEY_HEAD.length);

/** By what people know the key that signs for a tenant. */
export const fingerprintOfKey = (key: VisitorKey): string => fingerprintOf(publicKeyOf(key));

/** The document with a signature over its canonical text, so that it may be stored and printed in any order and spacing. */
export function signDocument<Document extends object>(key: VisitorKey, document: Document): Signed<Document> {
  const publicKey = publicKeyOf(key);
  return {
    ...document,
    signature: {
      algorithm: 'Ed25519',
      public_key: publicKey.toString('base64'),
      fingerprint: fingerprintOf(publicKey),
      value: sign(null, Buffer.from(canonicalText(document)), signingKey(key)).toString('base64'),
    },
  };
}

/** The fingerprint of the key that signed a document; null when it is not signed, or says something else than what was signed. */
export function signerOf(document: unknown): string | null {
  const read = signedDocument.safeParse(document);
  if (!read.success) return null;
  const { signature: own, ...said } = read.data;
  const publicKey = Buffer.from(own.public_key, 'base64');
  if (publicKey.length !== 32 || fingerprintOf(publicKey) !== own.fingerprint) return null;
  const key = createPublicKey({
    key: Buffer.concat([PUBLIC_KEY_HEAD, publicKey]),
    format: 'der',
    type: 'spki',
  });
  const isSigned = verify(null, Buffer.from(canonicalText(said)), key, Buffer.from(own.value, 'base64'));
  return isSigned ? own.fingerprint : null;
}
