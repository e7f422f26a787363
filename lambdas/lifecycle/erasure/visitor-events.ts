import * as z from 'zod';
import type { Queryable } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

const readEvents = readStatement('erasure/read_events');

const key = z.instanceof(Buffer);
const text = z.string().nullable();
const item = z.object({
  /** Hash key in hexadecimal. */
  hk: z.string(),
  state_id: z.string(),
  key: z.string(),
  is_described: z.boolean(),
  name: z.string(),
  type: z.string(),
  category: text,
  description: text,
  value: z.number().nullable(),
  currency: text,
  is_active: z.boolean(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
});
export type VisitorItem = z.infer<typeof item>;

const visitorEvent = z.object({
  site_event_hk: key,
  event_id: z.string(),
  event_timestamp: z.date(),
  load_date: z.date(),
  record_source: z.string(),
  site_id: z.string(),
  site_visitor_hk: key,
  session_slice_hk: key,
  is_named_session: z.boolean(),
  event_type: z.string(),
  event_category: z.string(),
  event_action: z.string(),
  event_label: text,
  event_value: z.number().nullable(),
  scroll_depth: z.number().nullable(),
  time_on_page: z.number().nullable(),
  click_x: z.number().nullable(),
  click_y: z.number().nullable(),
  business_item_type: text,
  transaction_funnel_step: text,
  conversion_funnel_stage: text,
  bot_reason: text,
  site_page_hk: key,
  page_key: text,
  page_state_id: text,
  traffic_source_id: z.string(),
  channel: z.string(),
  referrer_host: text,
  utm_source: text,
  utm_medium: text,
  utm_campaign: text,
  utm_content: text,
  utm_term: text,
  device_type: text,
  browser_name: text,
  operating_system: text,
  items: z.array(item),
});
/** An event of a visitor as the vault has it, without what only it says. */
export type VisitorEvent = z.infer<typeof visitorEvent>;

export async function readVisitorEvents(
  database: Queryable,
  tenantHk: Buffer,
  visitors: readonly Buffer[],
): Promise<VisitorEvent[]> {
  const { rows } = await database.query(readEvents, [tenantHk, visitors]);
  return z.array(visitorEvent).parse(rows);
}
