import { hash } from 'node:crypto';
import { encodeParts } from '../platform/encode-parts.ts';

type Value = string | number | boolean | null | undefined;

/**
 * Names a state by its content: the first 64 bits of SHA-256 over the encoded values, as a signed integer in decimal.
 * It has to be unique among the states of one visitor, page or item only.
 */
export const stateId = (values: readonly Value[]): string =>
  hash('sha256', encodeParts(values.map((value) => (value == null ? null : String(value)))), 'buffer')
    .readBigInt64BE(0)
    .toString();
