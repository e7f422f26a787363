import { measureValue, type Span } from '../event/json-text.ts';
import { isPayload } from '../event/payload.ts';
import type { Credentials } from '../tenancy/caller.ts';

/** Members that carry what the headers of other calls do. */
const TOKEN = 'token';
const CUSTOMER = 'customer_id';

/** The credentials of a page that unloads, whose beacon cannot set headers: `token` and `customer_id` beside the event's fields. */
export function credentialsIn(body: Buffer): Credentials {
  const sent = objectIn(body);
  return { token: textOf(sent?.[TOKEN]), customerId: textOf(sent?.[CUSTOMER]) };
}

/**
 * Cuts the credentials out of the bytes, however often they stand there, so that no stage ever sees them. It takes longer than
 * reading them: first know the caller.
 * @param body one that `credentialsIn` has found credentials in.
 */
export function withoutCredentials(body: Buffer): Buffer {
  const kept = membersOf(body).filter(({ key }) => key !== TOKEN && key !== CUSTOMER);
  const parts = kept.flatMap(({ span }, index) => [
    ...(index === 0 ? [] : [Buffer.from(',')]),
    body.subarray(span.start, span.end),
  ]);
  return Buffer.concat([Buffer.from('{'), ...parts, Buffer.from('}')]);
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function objectIn(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const sent: unknown = JSON.parse(body.toString('utf8'));
    return isPayload(sent) ? sent : null;
  } catch {
    return null;
  }
}

/** Each member of the object with its bytes from key to value; of two with one name, both. */
function membersOf(body: Buffer): { key: string; span: Span }[] {
  const members: { key: string; span: Span }[] = [];
  let at = body.indexOf('{') + 1;
  for (;;) {
    // A colon ends no value, so what is measured from a key is the member.
    const span = measureValue(body, at);
    const member: unknown = JSON.parse(`{${body.toString('utf8', span.start, span.end)}}`);
    const [key = ''] = isPayload(member) ? Object.keys(member) : [];
    members.push({ key, span });
    const comma = body.indexOf(',', span.end);
    if (comma === -1) return members;
    at = comma + 1;
  }
}
