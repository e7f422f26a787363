/**
 * Where visitors come from, by the registrable part of the referring host.
 * A change of this list changes channels: raise the version, so that a shift in a chart can be explained.
 */
export const REFERRER_SOURCES_VERSION = '2026-11-21';

export type ReferrerClass = 'search' | 'social' | 'email' | 'ai_assistant' | 'video';

const sources: Readonly<Record<ReferrerClass, readonly string[]>> = {
  search: [
    'google',
    'bing',
    'duckduckgo',
    'yahoo',
    'yandex',
    'baidu',
    'ecosia',
    'startpage',
    'qwant',
    'brave',
    'naver',
    'seznam',
    'sogou',
    'ask',
    'aol',
    'kagi',
    'mojeek',
    'swisscows',
    'presearch',
    'daum',
    'dogpile',
    'ixquick',
    'metager',
  ],
  social: [
    'facebook',
    'fb',
    'instagram',
    'twitter',
    't.co',
    'x.com',
    'linkedin',
    'lnkd',
    'reddit',
    'pinterest',
    'tiktok',
    'threads',
    'mastodon',
    'bsky',
    'tumblr',
    'vk',
    'weibo',
    'quora',
    'ycombinator',
    'lobste',
    'snapchat',
    'telegram',
    't.me',
    'whatsapp',
    'discord',
    'stumbleupon',
    'digg',
    'xing',
    'slashdot',
  ],
  email: [
    'mail.google',
    'outlook.live',
    'outlook.office',
    'mail.yahoo',
    'mail.proton',
    'mail.aol',
    'mail.yandex',
    'mail.ru',
  ],
  ai_assistant: [
    'chatgpt',
    'chat.openai',
    'claude',
    'perplexity',
    'gemini.google',
    'copilot.microsoft',
    'you.com',
    'poe.com',
    'deepseek',
    'mistral',
    'grok',
    'meta.ai',
    'phind',
  ],
  video: ['youtube', 'youtu.be', 'vimeo', 'twitch', 'dailymotion', 'bilibili'],
};

/** Longer names first: `mail.google` is e-mail and `gemini.google` an assistant before `google` is a search engine. */
const byName = Object.entries(sources)
  .flatMap(([kind, names]) => names.map((sourceName) => ({ kind, labels: sourceName.split('.') })))
  .sort((a, b) => b.labels.length - a.labels.length);

const isReferrerClass = (kind: string): kind is ReferrerClass => Object.hasOwn(sources, kind);

/** Second-level domains that countries put before their own: google.co.uk is Google's as google.com is. */
const SHARED_SECOND_LEVELS = ['co', 'com', 'net', 'org'];

/**
 * The class of a referring host or of a bare source name, or null for any other site.
 * Whole labels are compared, and the name must be the site's own: neither notgoogle.com nor google.example.com is Google.
 */
export function classifyReferrer(host: string): ReferrerClass | null {
  const labels = host.toLowerCase().split('.');
  const found = byName.find(({ labels: wanted }) => labels.some((_, at) => namesSite(labels, wanted, at)));
  return found !== undefined && isReferrerClass(found.kind) ? found.kind : null;
}

function namesSite(labels: readonly string[], wanted: readonly string[], at: number): boolean {
  if (!wanted.every((label, offset) => labels[at + offset] === label)) return false;
  const suffix = labels.slice(at + wanted.length);
  return suffix.length <= 1 || (suffix.length === 2 && SHARED_SECOND_LEVELS.includes(suffix[0] ?? ''));
}
