import { crawler, people } from '../support/industries.ts';

/** What a visitor's device is to analytics, and the fields that say so. */
export interface Device {
  readonly device: string;
  readonly browser: string | null;
  readonly os: string | null;
  readonly screen: string | null;
  readonly botReason: string | null;
  readonly fields: object;
}

const byAgent = ({ userAgent, device, botReason }: typeof crawler, screen: string | null): Device => ({
  device: String(device.device_type),
  browser: text(device.browser_name),
  os: text(device.operating_system),
  screen,
  botReason,
  fields: { user_agent: userAgent, ...(screen !== null && { screen_resolution: screen }) },
});
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const [desktop, phone, otherDesktop, tablet] = people;
export const bot = byAgent(crawler, null);
export const desk = byAgent(desktop, '1920x1080');
export const devices: readonly [Device, ...Device[]] = [
  desk,
  ...(phone === undefined ? [] : [byAgent(phone, '390x844')]),
  ...(otherDesktop === undefined ? [] : [byAgent(otherDesktop, '1920x1080'), byAgent(otherDesktop, null)]),
  ...(tablet === undefined ? [] : [byAgent(tablet, '820x1180')]),
  {
    device: 'tv',
    browser: 'Silk',
    os: 'Fire OS',
    screen: null,
    botReason: null,
    fields: { device_type: 'tv', browser_name: 'Silk', operating_system: 'Fire OS' },
  },
  // A server that says nothing of its visitor's agent.
  { device: 'desktop', browser: null, os: null, screen: null, botReason: null, fields: {} },
];

/** Where a visit comes from, and what analytics has to make of it. */
export interface Origin {
  readonly channel: string;
  /** The campaign's source or, without one, the referring host. */
  readonly source: string | null;
  readonly campaign: string | null;
  readonly query: string;
  readonly referrer: string | null;
}
const origin = (
  channel: string,
  source: string | null,
  campaign: string | null,
  query: string,
  referrer: string | null,
): Origin => ({ channel, source, campaign, query, referrer });

const PARTNER = 'https://partner.example/tips';
export const direct = origin('direct', null, null, '', null);
export const origins: readonly [Origin, ...Origin[]] = [
  direct,
  origin('search', 'www.google.com', null, '', 'https://www.google.com/'),
  origin('referral', 'partner.example', null, '', PARTNER),
  origin('internal', 'shop.example', null, '', 'https://shop.example/cart'),
  origin(
    'email',
    'newsletter',
    'week 45',
    '?utm_source=newsletter&utm_medium=email&utm_campaign=week+45',
    null,
  ),
  origin(
    'paid_search',
    'google',
    'autumn',
    '?utm_source=google&utm_medium=cpc&utm_campaign=autumn',
    'https://www.google.com/',
  ),
  origin('campaign', 'flyer', 'autumn', '?utm_source=flyer&utm_campaign=autumn', PARTNER),
  origin('direct', null, 'autumn', '?utm_campaign=autumn', null),
  origin('paid_search', null, null, '?gclid=1', null),
];

export const places = ['/', '/products', '/products/tent-1', '/cart', '/Ärmel', '/docs/'] as const;
