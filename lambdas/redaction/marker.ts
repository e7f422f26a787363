import type { Kind } from './rules.ts';

const MARKER = /^\[redacted:[a-z]+\]$/;

/** What stands where something was. */
export const markerOf = (kind: Kind): string => `[redacted:${kind}]`;

/** The same inside an address, which stays one for every reader of addresses. */
export const addressMarkerOf = (kind: Kind): string => `%5Bredacted%3A${kind}%5D`;

export const isMarker = (text: string): boolean => MARKER.test(text);
