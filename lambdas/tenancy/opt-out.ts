import type { RequestHeaders } from '../platform/http.ts';
import type { TokenHolder } from './caller.ts';

/** Whether a visitor's browser asks not to be tracked in a way that the tenant honours. A server speaks for nobody's browser. */
export function isOptedOut({ kind, settings }: TokenHolder, headers: RequestHeaders): boolean {
  if (kind !== 'public' || settings.privacy_mode === 'off') return false;
  return headers['sec-gpc'] === '1' || (settings.privacy_mode === 'strict' && headers.dnt === '1');
}
