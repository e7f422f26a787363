import { isbot, isbotMatch } from 'isbot';
import { UAParser } from 'ua-parser-js';
import { cutText } from '../event/json-text.ts';

export interface Agent {
  readonly deviceType: 'desktop' | 'mobile' | 'tablet' | 'bot';
  readonly browserName: string | null;
  readonly browserVersion: string | null;
  readonly operatingSystem: string | null;
  /** What gave a bot away, or null for a person. The event is kept either way. */
  readonly botReason: string | null;
}

const UNKNOWN: Agent = {
  deviceType: 'desktop',
  browserName: null,
  browserVersion: null,
  operatingSystem: null,
  botReason: null,
};

/** Traffic repeats a few thousand agents; parsing one takes longer than all else that staging does with an event. */
const CACHED_AGENTS = 5_000;
const cache = new Map<string, Agent>();

/**
 * Reads a user agent. An empty one is a bot's, since every browser sends it; null means that nobody said, as with a server
 * that speaks for a visitor.
 */
export function readAgent(userAgent: string | null): Agent {
  if (userAgent === null) return UNKNOWN;
  if (userAgent === '') return { ...UNKNOWN, deviceType: 'bot', botReason: 'no_user_agent' };
  const known = cache.get(userAgent);
  if (known !== undefined) return known;
  const agent = parseAgent(userAgent);
  const oldest = cache.size >= CACHED_AGENTS ? cache.keys().next() : undefined;
  if (oldest?.value !== undefined) cache.delete(oldest.value);
  cache.set(userAgent, agent);
  return agent;
}

function parseAgent(userAgent: string): Agent {
  const { browser, os, device } = new UAParser(userAgent).getResult();
  const bot = isbot(userAgent);
  return {
    deviceType: bot ? 'bot' : device.type === 'mobile' || device.type === 'tablet' ? device.type : 'desktop',
    browserName: browser.name === undefined ? null : cutText(browser.name, 50),
    browserVersion: browser.version === undefined ? null : cutText(browser.version, 20),
    operatingSystem: cutText([os.name, os.version].filter(Boolean).join(' '), 50) || null,
    botReason: bot ? cutText(`user_agent:${isbotMatch(userAgent) ?? 'pattern'}`, 100) : null,
  };
}
