/**
 * Writes parts so that no two lists of parts share an encoding, whatever strangers put into them: byte length, colon, value;
 * a bare `n` for a missing part. Everything that is hashed from several parts goes through it; its twin in SQL is
 * `util.hash_key`.
 */
export function encodeParts(parts: readonly (string | null)[]): string {
  return parts.map((part) => (part === null ? 'n' : `${Buffer.byteLength(part)}:${part}`)).join('');
}
