import type { LogLine } from './log-line.ts';

/**
 * The event types an entry can become, first rule that holds wins:
 *
 * | type            | rule                                                               |
 * | --------------- | ------------------------------------------------------------------ |
 * | `http_error`    | status 400 and up, whatever was asked for                          |
 * | `http_redirect` | status 3xx but 304, which answers from the client's own copy       |
 * | `http_request`  | any method but GET, no readable request, or a status below 200     |
 * | `asset_request` | GET of a file that belongs to a page, a feed, a download, robots.txt |
 * | `page_view`     | every other GET                                                    |
 *
 * Feeds (rss, atom, rdf, xml) are read by machines on a timer and count as assets; documents a person reads in the
 * browser (html, txt, pdf) are page views.
 */
export const EVENT_TYPES = [
  'page_view',
  'asset_request',
  'http_redirect',
  'http_error',
  'http_request',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const ASSET_EXTENSIONS = new Set(
  [
    'css js mjs cjs map json webmanifest wasm swf xsl xslt',
    'png jpg jpeg gif svg ico webp avif bmp tif tiff cur',
    'woff woff2 ttf eot otf',
    'mp4 m4v webm ogv mov avi mp3 m4a ogg oga wav flac',
    'rss atom rdf xml',
    'zip gz tgz bz2 xz zst 7z rar tar jar war deb rpm dmg pkg exe msi iso apk bin',
  ].flatMap((kinds) => kinds.split(' ')),
);
const ASSET_PATHS = new Set(['/robots.txt', '/favicon.ico']);

/** The type of event an entry is. */
export function classify({ request, status }: LogLine): EventType {
  if (status >= 400) return 'http_error';
  if (status >= 300 && status !== 304) return 'http_redirect';
  if (request?.method !== 'GET' || status < 200) return 'http_request';
  return isAsset(request.target) ? 'asset_request' : 'page_view';
}

function isAsset(target: string): boolean {
  const path = target.replace(/[?#].*$/s, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return ASSET_PATHS.has(path) || (dot >= 0 && ASSET_EXTENSIONS.has(name.slice(dot + 1).toLowerCase()));
}
