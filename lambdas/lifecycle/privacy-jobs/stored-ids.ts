import { storableText } from '../../event/json-text.ts';
import { idPseudonym } from '../../pipeline/redact-request.ts';
import type { VisitorKey } from '../../tenancy/visitor-keys.ts';

/**
 * The ids under which a visitor may be stored: the one that is asked for, and its pseudonym. Which of them it was is decided when an
 * event lands, by rules and by lists of the tenant that may have changed since.
 */
export function storedIds(firstKey: VisitorKey, visitorId: string): readonly string[] {
  const storable = storableText(visitorId);
  return [storable, idPseudonym(firstKey, storable)];
}
