import { CommandFailure, printable } from '../failure.ts';
import type { EventType } from './classify.ts';
import type { LogLine } from './log-line.ts';

/** Parsed lines looked at to find out which site the log is of. */
export const SITE_SAMPLE_LINES = 1_000;
const SITE_WHEN_UNKNOWN = 'http://localhost';

/** The event of one entry, as the tracking API takes it. */
export function eventJson(id: string, type: EventType, line: LogLine, site: string): string {
  return JSON.stringify({
    event_id: id,
    event_type: type,
    timestamp: new Date(line.time).toISOString(),
    page_url: pageUrl(line, site),
    page_referrer: line.referrer,
    // A host name too: the server turns this field into a pseudonym and keeps no other trace of it.
    client_ip: line.client,
    user_agent: line.userAgent,
    event_data: {
      method: line.request?.method,
      status: line.status,
      bytes: line.bytes,
      protocol: line.request?.protocol,
      request_target: line.request?.target,
      // What no field above can hold is kept beside them.
      malformed_request: line.request === undefined ? line.loggedRequest : undefined,
      line_truncated: line.truncated ? true : undefined,
    },
  });
}

/** Where the request went: the site and the target; the site's root when there is no readable path. */
function pageUrl({ request }: LogLine, site: string): string {
  const target = request?.target ?? '/';
  if (target.startsWith('/')) return `${site}${target}`;
  return /^https?:/i.test(target) && URL.canParse(target) ? target : `${site}/`;
}

/**
 * The site given by the user.
 * @throws CommandFailure unless it is scheme and host only, which is all a log leaves open.
 */
export function siteFromFlag(text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search + url.hash !== ''
  ) {
    throw new CommandFailure(
      `--site-url takes scheme and host, like https://example.com, not "${printable(text)}".`,
    );
  }
  return url.origin;
}

/** The site a log is of: the host that refers most often, since pages refer to their own assets and links. */
export function siteFromReferrers(referrers: Iterable<string>): string {
  const hosts = new Map<string, number>();
  const origins = new Map<string, number>();
  for (const referrer of referrers) {
    const url = URL.parse(referrer);
    if (url === null || !/^https?:$/.test(url.protocol)) continue;
    hosts.set(url.host, (hosts.get(url.host) ?? 0) + 1);
    origins.set(url.origin, (origins.get(url.origin) ?? 0) + 1);
  }
  const host = mostFrequent(hosts);
  if (host === undefined) return SITE_WHEN_UNKNOWN;
  const schemes = [...origins].filter(([origin]) => origin.endsWith(`//${host}`));
  return mostFrequent(schemes) ?? SITE_WHEN_UNKNOWN;
}

function mostFrequent(counts: Iterable<[string, number]>): string | undefined {
  let best: [string, number] | undefined;
  for (const entry of counts) if (best === undefined || entry[1] > best[1]) best = entry;
  return best?.[0];
}
