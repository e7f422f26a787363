import { RequestRedactor } from '../../pipeline/redact-request.ts';
import type { Tenant } from '../../platform/postgres.ts';
import type { VisitorKey } from '../../tenancy/visitor-keys.ts';

/**
 * The ids under which a visitor may be stored: the one that is asked for, as releases before redaction kept it and others still are, and
 * for one that says who somebody is, such as an e-mail address, its pseudonym.
 */
export async function storedIds(
  tenant: Tenant,
  firstKey: VisitorKey,
  visitorId: string,
): Promise<readonly string[]> {
  const redactor = new RequestRedactor({ ...tenant, siteId: '', kind: 'secret' }, () =>
    Promise.resolve(firstKey),
  );
  return [...new Set([visitorId, await redactor.id(visitorId)])];
}
