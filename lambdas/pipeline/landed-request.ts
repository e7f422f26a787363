import * as z from 'zod';
import { isPayload, type Payload } from '../event/payload.ts';

/** A request of the raw layer as the stages read it. */
export const landedRequest = z.object({
  request_id: z.string(),
  tenant_id: z.string(),
  tenant_hk: z.instanceof(Buffer),
  site_id: z.string(),
  received_timestamp: z.date(),
  user_agent: z.string().nullable(),
  visitor_ip_hash: z.string().nullable(),
  visitor_key: z.string().nullable(),
  record_source: z.string(),
  event_ids: z.array(z.string()),
  byte_lengths: z.array(z.number()),
  body: z.instanceof(Buffer),
  envelope: z.record(z.string(), z.unknown()).nullable(),
  event_context: z.record(z.string(), z.unknown()).nullable(),
});
export type LandedRequest = z.infer<typeof landedRequest>;

/** The bytes of each event of a request, by its ordinal. */
export function bytesOfEvents({ body, byte_lengths }: LandedRequest): Buffer[] {
  let at = 0;
  return byte_lengths.map((length) => {
    const bytes = body.subarray(at, at + length);
    at += length + 1;
    return bytes;
  });
}

/** What the bytes of an event say. */
export function payloadOf(bytes: Buffer): Payload {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return isPayload(value) ? value : {};
}

/** What staging makes of an event of such a request. */
export interface StagedRow {
  readonly rawEventId: string;
  readonly requestId: string;
  readonly received: Date;
  /** Null when not even a row that says why could be made. */
  readonly row: Readonly<Record<string, unknown>> | null;
  readonly refusal: { readonly code: string; readonly reasons: readonly string[] } | null;
  /** Whose event it is; null when even that cannot be told. */
  readonly visitorId: string | null;
}
