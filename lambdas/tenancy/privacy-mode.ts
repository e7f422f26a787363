import type { VisitorWishes } from '../event/visitor-wishes.ts';
import type { RequestHeaders } from '../platform/http.ts';
import type { TokenHolder } from './caller.ts';

/** What becomes of an event on its visitor's account. */
export type Treatment = 'stored' | 'without_ids' | 'not_stored';

/**
 * What a tenant's privacy mode makes of an event (docs/privacy.md has the table). Headers count where a browser sends them itself: a
 * server's say nothing of the visitor it speaks for. What the event says counts for every token.
 */
export function treatmentOf(
  { kind, settings }: Pick<TokenHolder, 'kind' | 'settings'>,
  headers: RequestHeaders,
  wishes: VisitorWishes,
): Treatment {
  const mode = settings.privacy_mode;
  if (mode === 'off') return 'stored';
  const isBrowser = kind === 'public';
  if (wishes.optsOut || (isBrowser && headers['sec-gpc'] === '1')) return 'not_stored';
  if (mode === 'strict' && (wishes.doNotTrack || (isBrowser && headers.dnt === '1'))) return 'not_stored';
  // Where nothing is said, standard leaves it to the site to ask.
  return (wishes.consent ?? mode === 'standard') ? 'stored' : 'without_ids';
}
