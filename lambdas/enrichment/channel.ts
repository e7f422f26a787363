import * as z from 'zod';
import { cutText, storableText } from '../event/json-text.ts';
import type { FieldValues } from '../event/payload.ts';
import type { Page } from './page.ts';
import { readPage } from './page.ts';
import { classifyReferrer, type ReferrerClass } from './referrer-sources.ts';

export const attributionSchema = z.object({
  channel: z.string(),
  /** Host of the referrer, or null without one. */
  referrerHost: z.string().nullable(),
  source: z.string().nullable(),
  medium: z.string().nullable(),
  campaign: z.string().nullable(),
  content: z.string().nullable(),
  term: z.string().nullable(),
});
export type Attribution = Readonly<z.infer<typeof attributionSchema>>;

/**
 * Query parameters that advertisers' networks add to a click that was paid for, and where their clicks come from.
 * Meta's fbclid is not among them: it is on unpaid links too.
 */
const paidClickIds: ReadonlyMap<string, ReferrerClass | null> = new Map([
  ['gclid', 'search'],
  ['gbraid', 'search'],
  ['wbraid', 'search'],
  ['dclid', null],
  ['msclkid', 'search'],
  ['yclid', 'search'],
  ['ttclid', 'social'],
  ['twclid', 'social'],
  ['li_fat_id', 'social'],
]);

/** Characters of a utm value that are kept, wherever it comes from. */
const UTM_LENGTH = 100;

/** Characters of a host name that are kept: what DNS allows. */
const HOST_LENGTH = 255;

const PAID_MEDIUM =
  /^(cpc|ppc|cpm|cpv|cpa|paid|paid[-_ ]?(search|social|media|video)|display|banner|retargeting|sem)$/i;
const EMAIL_MEDIUM = /^(e[-_ ]?mail|newsletter)$/i;
const SOCIAL_MEDIUM = /^(social|social[-_ ]?(media|network)|sm)$/i;
const AFFILIATE_MEDIUM = /^affiliates?$/i;
const REFERRAL_MEDIUM = /^(referral|link)$/i;

/** The channel of one event: what its own address and referrer say. The session takes the first of its events. */
export function attribute(values: FieldValues, page: Page | null): Attribution {
  // An address spells any byte as %00, also those that the database cannot hold.
  const utm = (sent: string | undefined, parameter: string): string | null =>
    cutText(storableText(sent ?? page?.parameters.get(parameter) ?? '').trim(), UTM_LENGTH) || null;
  const source = utm(values.utmSource, 'utm_source');
  const medium = utm(values.utmMedium, 'utm_medium');
  const referrer = values.pageReferrer === undefined ? null : readPage(values.pageReferrer);
  const referrerHost = referrer?.hostname ?? null;
  return {
    channel: channelOf(page, referrerHost, source, medium),
    referrerHost: referrerHost === null ? null : cutText(referrerHost, HOST_LENGTH),
    source,
    medium,
    campaign: utm(values.utmCampaign, 'utm_campaign'),
    content: utm(values.utmContent, 'utm_content'),
    term: utm(values.utmTerm, 'utm_term'),
  };
}

function channelOf(
  page: Page | null,
  referrerHost: string | null,
  source: string | null,
  medium: string | null,
): string {
  const kind =
    classifyReferrer(source ?? '') ?? (referrerHost === null ? null : classifyReferrer(referrerHost));
  const clickId = [...paidClickIds].find(([name]) => page?.parameters.has(name));
  if (clickId !== undefined || (medium !== null && PAID_MEDIUM.test(medium))) {
    const paidKind = kind ?? clickId?.[1] ?? null;
    return paidKind === null ? 'paid' : `paid_${paidKind}`;
  }
  if (medium !== null) {
    if (EMAIL_MEDIUM.test(medium)) return 'email';
    if (SOCIAL_MEDIUM.test(medium)) return 'social';
    if (AFFILIATE_MEDIUM.test(medium)) return 'affiliate';
    if (REFERRAL_MEDIUM.test(medium)) return 'referral';
  }
  if (kind !== null) return kind;
  if (source !== null || medium !== null) return 'campaign';
  if (referrerHost === null) return 'direct';
  return sameSite(referrerHost, page?.hostname ?? null) ? 'internal' : 'referral';
}

const withoutWww = (host: string): string => host.replace(/^www\./, '');

const sameSite = (a: string, b: string | null): boolean => b !== null && withoutWww(a) === withoutWww(b);
