/** An address a page view can be counted under, taken apart. */
export interface Page {
  /** Host in lower case, or null for an address without one. */
  readonly hostname: string | null;
  readonly path: string;
  /**
   * The business key of the page: scheme and host in lower case, path as sent; no query and no fragment, which name a
   * visit rather than a page.
   */
  readonly key: string;
  readonly parameters: URLSearchParams;
}

/** Stands for the host of an address that has none. */
const NO_HOST = 'http://page.invalid';

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** Takes an address apart; a path without a host is a page too. Null when nothing can be made of it. */
export function readPage(address: string): Page | null {
  const absolute = HAS_SCHEME.test(address) || address.startsWith('//');
  const parsed = URL.parse(absolute ? address : `${NO_HOST}/${address.replace(/^[/\\]+/, '')}`, NO_HOST);
  if (parsed === null) return null;
  const path = parsed.pathname === '' ? '/' : parsed.pathname;
  if (!absolute) return { hostname: null, path, key: path, parameters: parsed.searchParams };
  const hasHost = parsed.host !== '';
  return {
    hostname: hasHost ? parsed.hostname : null,
    path,
    key: hasHost ? `${parsed.protocol}//${parsed.host}${path}` : `${parsed.protocol}${path}`,
    parameters: parsed.searchParams,
  };
}
